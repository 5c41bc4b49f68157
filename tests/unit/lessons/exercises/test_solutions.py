"""One file for a stub and its solution: the marks, and what is said when they do not match."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest
import ruamel.yaml

from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.regions import excerpt
from lab_helpers.lessons.exercises import solutions
from lab_helpers.lessons.exercises.solutions import (
    exercise_names,
    read_cell,
    solution_cell,
    solution_file,
    stub_cell,
    why_so,
)

GO = """// cell: %%go mine/tick.go
package main

func tick() {
\t// solution
\tticks++ // counts
\t//> // Count here.
\t//>
\t// end
\t// stays
}
"""


def test_the_solution_has_its_lines_and_no_mark() -> None:
    assert read_cell(GO, "//", solved=True) == (
        "%%go mine/tick.go\npackage main\n\nfunc tick() {\n\tticks++ // counts\n\t// stays\n}"
    )


def test_the_stub_has_what_stands_instead_where_it_stood() -> None:
    assert read_cell(GO, "//", solved=False) == (
        "%%go mine/tick.go\npackage main\n\nfunc tick() {\n\t// Count here.\n\n\t// stays\n}"
    )


def test_python_and_yaml_have_another_mark() -> None:
    text = "# solution\nworkers = 5  # five\n#> workers = ...\n# end\nprint(workers)\n"
    assert read_cell(text, "#", solved=True) == "workers = 5  # five\nprint(workers)"
    assert read_cell(text, "#", solved=False) == "workers = ...\nprint(workers)"
    nested = "- a: 1\n  # solution\n  b: 2\n  #> c: 2\n  # end\n"
    assert read_cell(nested, "#", solved=True) == "- a: 1\n  b: 2"
    assert read_cell(nested, "#", solved=False) == "- a: 1\n  c: 2"


def test_why_is_in_neither_and_is_read_as_a_paragraph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solutions, "_folder", lambda: tmp_path)
    file = tmp_path / "99-x.py"
    plain = "# solution\nx = 1\n#> x = ...\n# end\ny = 2  # why: y\n"
    file.write_text(f"{plain}\n# why: It is one,\n# why: and no more.\n", "utf-8")
    assert why_so("99-x") == "It is one, and no more."
    assert solution_cell("99-x") == "x = 1\ny = 2  # why: y"
    assert stub_cell("99-x") == "x = ...\ny = 2  # why: y"
    file.write_text(plain, "utf-8")
    assert why_so("99-x") == ""


@pytest.mark.parametrize("name", exercise_names())
def test_each_solution_of_the_lab_says_why_it_is_so(name: str) -> None:
    assert 20 <= len(why_so(name).split()) <= 90
    assert "why:" not in stub_cell(name) + solution_cell(name)


def test_outside_of_the_marks_such_a_line_is_a_comment_like_any_other() -> None:
    assert read_cell("#> no mark\n", "#", solved=False) == "#> no mark"
    assert read_cell("#> no mark\n", "#", solved=True) == "#> no mark"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# end\n", "'# end' has no partner"),
        ("# solution\nx\n# solution\n# end\n", "'# solution' has no partner"),
        ("# solution\nx\n# end\n# end\n", "'# end' has no partner"),
        ("# solution\nx\n", "'# solution' has no end"),
    ],
)
def test_a_mark_without_its_partner_is_said(text: str, words: str) -> None:
    for solved in (True, False):
        with pytest.raises(ConfigurationError, match=words):
            read_cell(text, "#", solved=solved)


@pytest.mark.parametrize(
    ("suffix", "comment", "cell"),
    [(".go", "//", "%%go x/y.go\n"), (".py", "#", ""), (".yaml", "#", "%%envoy x.yaml y\n")],
)
def test_each_kind_of_file_is_found_and_named_when_it_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, comment: str, cell: str
) -> None:
    monkeypatch.setattr(solutions, "_folder", lambda: tmp_path)
    first = f"{comment} cell: {cell}" if cell else ""
    file = tmp_path / f"99-x{suffix}"
    file.write_text(f"{first}{comment} solution\na\n{comment}> b\n{comment} end\n", "utf-8")
    (tmp_path / "README.md").touch()
    assert exercise_names() == ("99-x",)
    assert solution_file("99-x") == file
    assert (solution_cell("99-x"), stub_cell("99-x")) == (f"{cell}a", f"{cell}b")
    file.write_text(f"{comment} end\n", "utf-8")
    with pytest.raises(ConfigurationError, match=rf"99-x\{suffix}: .*no partner"):
        stub_cell("99-x")


@pytest.mark.parametrize("find", [stub_cell, solution_cell, solution_file])
def test_an_exercise_that_is_not_there_is_said_with_those_that_are(find: object) -> None:
    with pytest.raises(ConfigurationError, match="no exercise '02-tock'") as caught:
        find("02-tock")  # type: ignore[operator]
    assert "02-tick" in caught.value.hint
    assert "05-tags" in caught.value.hint


@pytest.mark.parametrize("name", exercise_names())
def test_the_labs_stubs_and_solutions_are_cells_without_marks(name: str) -> None:
    for cell in (stub_cell(name), solution_cell(name)):
        words = [line.strip() for line in cell.splitlines()]
        assert not {"# solution", "# end", "// solution", "// end"} & set(words)
        assert not any(word.startswith(("#>", "//>", "// cell:", "# cell:")) for word in words)
        suffix = solution_file(name).suffix
        if suffix == ".py":
            ast.parse(cell)
        elif suffix == ".yaml":
            magic, _, text = cell.partition("\n")
            assert magic.startswith("%%envoy ")
            assert isinstance(ruamel.yaml.YAML(typ="safe").load(text), list)
        else:
            assert cell.startswith("%%go ")
            assert cell.splitlines()[1] == "package main"


def test_the_cluster_that_is_mended_is_the_articles() -> None:
    """The cell of 04-mend must not drift from the part that the lesson shows above it."""
    yaml = ruamel.yaml.YAML(typ="safe")
    shown = excerpt(repository_folder() / "envoy" / "envoy.yaml", "cluster").text
    cell = solution_cell("04-mend").partition("\n")[2]
    assert yaml.load(cell) == yaml.load(textwrap.dedent(shown))
