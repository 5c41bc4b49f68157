"""A cell of Go or YAML that does not begin with its %% says how it is to begin."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.cells.first_lines import register, right_first_line

GO = "package main\n\nfunc f() {\n}\n"


@pytest.fixture
def shell() -> InteractiveShell:
    made = InteractiveShell()
    register(made)
    register(made)  # by the kernel and by the lab
    return made


@pytest.mark.parametrize(
    ("cell", "right"),
    [
        (f"%go mine/response.go\n{GO}", "%%go mine/response.go"),
        (f"% %go mine/response.go\n{GO}", "%%go mine/response.go"),
        (f"%%Go mine/response.go\n{GO}", "%%go mine/response.go"),
        (f"%% go mine/response.go\n{GO}", "%%go mine/response.go"),
        (f"\n%go\n{GO}", "%%go"),
        (f"%%%go mine/response.go\n{GO}", "%%go mine/response.go"),
        (f"go mine/response.go\n{GO}", "%%go mine/response.go"),
        (f"%%golang mine/response.go\n{GO}", "%%go mine/response.go"),
        (f"# my first\n%%go mine/response.go\n{GO}", "%%go mine/response.go"),
        (f"// my first\n{GO}", "such as %%go mine/f.go"),
        (GO, "such as %%go mine/f.go"),
        ("%envoy mine.yaml routes\n- match: {prefix: /}\n", "%%envoy mine.yaml routes"),
        ("%%Envoy mine.yaml routes\n- match: {prefix: /}\n", "%%envoy mine.yaml routes"),
        ("%%yaml mine.yaml routes\n- match: {prefix: /}\n", "%%envoy mine.yaml routes"),
    ],
)
def test_a_first_line_that_is_nearly_right_is_said(
    shell: InteractiveShell, cell: str, right: str
) -> None:
    error = shell.run_cell(cell, silent=True).error_in_exec
    assert isinstance(error, ConfigurationError)
    assert "nothing is saved" in error.what
    assert error.hint.endswith(right)


@pytest.mark.parametrize(
    "cell",
    [
        f"%%go mine/response.go\n{GO}",
        f"\n\n%%go mine/response.go\n{GO}",
        "%%envoy mine.yaml routes\n- match: {prefix: /}\n",
        "go = 3",
        "envoy.start()",
        "envoy",
        "go",
        "# a comment alone",
        "",
        "%time x",
        "%cat mine/response.go",
        "%%writefile mine/response.go\npackage main\n",
        "package = 3",
        "!go version",
        "import json\n# go mine/tick.go\n",
    ],
)
def test_other_cells_are_left_alone(cell: str) -> None:
    assert right_first_line(cell.splitlines(keepends=True), ["cat", "time", "writefile"]) == ""
