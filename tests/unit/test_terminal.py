"""Nothing that somebody else wrote acts on a terminal, whichever way it comes to be printed."""

from __future__ import annotations

import io

import pytest
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from lab_helpers.errors import CompileError, CompileProblem, LabError
from lab_helpers.terminal import terminal

EVIL = "\x1b]0;title\x1b\\ \x1b[2J \u202egone\x9b31m"
SPELLED = r"\x1b]0;title\x1b\ \x1b[2J \u202egone\x9b31m"


def printed(what: object) -> str:
    console = terminal()
    console.file = io.StringIO()
    console.print(what, soft_wrap=True, highlight=False)
    return console.file.getvalue()


@pytest.mark.parametrize("form", ["text", "markup", "Text", "table", "repr"])
def test_what_would_act_is_spelled_out(form: str) -> None:
    table = Table("what")
    table.add_row(EVIL)
    forms: dict[str, object] = {
        "text": EVIL,
        "markup": f"[bold]{escape(EVIL)}[/]",
        "Text": Text(EVIL, style="red"),
        "table": table,
        "repr": LabError("x", quote=EVIL),
    }
    said = printed(forms[form])
    assert SPELLED in said
    assert "\x1b" not in said


def test_the_labs_own_colours_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    said = printed(f"[bold red]✗[/] {escape(EVIL)}")
    assert "\x1b[1;31m✗\x1b[0m" in said
    assert SPELLED in said


def test_an_error_spells_out_what_it_quotes() -> None:
    problem = CompileProblem("a\x1b[1m.go", 1, 1, EVIL, source_line=f"x := {EVIL}")
    for error in (
        LabError(f"{EVIL} broke", quote=EVIL, hint=EVIL),
        CompileError("It does not compile.", problems=[problem]),
    ):
        shown = "\n".join([str(error), *error._render_traceback_()])  # as IPython
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert r"\x1b[2J" in shown
    assert LabError("x", quote=EVIL).quote == EVIL  # for a program, as it was said
