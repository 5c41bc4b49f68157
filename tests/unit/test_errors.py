"""A person's error in a notebook: its words, and no stack trace."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

CELL = """
from lab_helpers import LabError
raise LabError("The port is taken.", quote="Address already in use", hint="choose another port")
"""


def test_a_cell_that_fails_shows_the_message_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    InteractiveShell().run_cell(CELL)
    assert capsys.readouterr().out.strip().splitlines() == [
        "LabError: The port is taken.",
        "  | Address already in use",
        "Try: choose another port",
    ]
