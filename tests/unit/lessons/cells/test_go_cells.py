"""Go in a cell: saved and compiled by the real Go, problems marked where they are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder
from lab_helpers.go_helper import AdviceBeside, build_go_helper
from lab_helpers.lessons.cells import go_cells
from lab_helpers.lessons.cells.go_cells import save_go, show_go
from lab_helpers.lessons.cells.source import Source
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.shown.page import Note

TICK = """package main

func (plugin *pluginContext) OnTick() {
	plugin.ticks++
}
"""


@pytest.fixture
def mine(work: Path) -> Path:
    start_filter("mine")
    return work / "filters" / "mine"


def test_what_compiles_is_saved_and_says_so(mine: Path) -> None:
    note = save_go("mine/tick.go", TICK)
    assert isinstance(note, Note)
    assert note.text.startswith("✓ saved as `mine/tick.go`; the filter compiles (")
    assert (mine / "tick.go").read_text("utf-8") == TICK


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        (TICK.replace("plugin.ticks++", "plugin.tics++"), 4, "plugin.tics undefined"),
        (TICK.replace("main", "main\n\nimport `strings`"), 3, "imported and not used"),
        (TICK.rstrip().rstrip("}"), 4, "unexpected EOF"),  # past the last line, for the compiler
        (TICK.replace("package main", "pakage main"), 1, "expected 'package'"),
    ],
)
def test_a_problem_is_marked_on_its_line(mine: Path, source: str, line: int, words: str) -> None:
    shown = save_go("mine/tick.go", source)
    assert isinstance(shown, Source)
    assert list(shown.problems) == [line]
    assert words in shown.problems[line]
    assert "mine/tick.go is saved. Go cannot compile mine. Try: " in shown.text
    assert (mine / "tick.go").read_text("utf-8") == source


def test_a_problem_in_another_file_is_told_with_its_place(mine: Path) -> None:
    note = save_go("mine/contexts.go", "package main\n")
    assert isinstance(note, Note)
    assert "saved as `mine/contexts.go`, but the filter does not compile:" in note.text
    assert "main.go:11:" in note.text
    assert "undefined: vmContext" in note.text


def test_a_file_without_anything_is_told(mine: Path) -> None:
    assert "EOF" in save_go("mine/tick.go", "").text


def test_what_was_edited_outside_the_cell_is_kept(mine: Path) -> None:
    file = mine / "response.go"
    copied = file.read_text("utf-8")
    # Before the cell ran at all, then twice between its runs: none of the three is lost.
    for number in (1, 2, 3):
        file.write_text(f"{copied}// by hand {number}\n", encoding="utf-8")
        note = save_go("mine/response.go", copied)
        assert f"you had edited it outside this cell; that is in `response.go.edited-{number}`" in (
            note.text
        )
    kept = [(mine / f"response.go.edited-{number}").read_text("utf-8") for number in (1, 2, 3)]
    assert kept == [f"{copied}// by hand {number}\n" for number in (1, 2, 3)]
    assert "edited" not in save_go("mine/response.go", f"{copied}// the cell\n").text


def test_what_was_edited_outside_is_told_when_the_cell_does_not_compile_too(mine: Path) -> None:
    file = mine / "response.go"
    for source in ("package main\nfunc\n", "package mine\n"):  # marked, and told by a note
        file.write_text(f"package main // instead of {source!r}\n", encoding="utf-8")
        shown = save_go("mine/response.go", source)
        assert "✗" in shown.text
        assert "you had edited it outside this cell" in shown.text


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("", "is no place for Go"),
        ("tick.go", "is no place for Go"),
        ("mine/tick.py", "is no place for Go"),
        ("../mine/tick.go", "is no place for Go"),
        ("yours/tick.go", "There is no filter 'yours' yet"),
        ("token/main.go", "is a filter of the lab"),
    ],
)
def test_a_place_that_is_none_is_refused(work: Path, place: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        save_go(place, TICK)
    assert "mine/tick.go" in caught.value.hint or "start_filter(" in caught.value.hint
    assert list(work.rglob("*.go")) == []


def test_go_is_shown_by_its_part_its_file_or_not_at_all(mine: Path) -> None:
    part = show_go("token", "tick")
    source = (repository_folder() / "filter" / "token" / "main.go").read_text("utf-8")
    assert part.title == "filter/token/main.go"
    assert part.link == "../filter/token/main.go"
    assert part.lines[0].startswith("func (plugin *pluginContext) OnTick()")
    assert source.splitlines()[part.first - 1] == part.lines[0]
    assert show_go("mine/main.go").text.endswith("}")
    for place, region in (("token", "nothing"), ("token/nothing.go", None), ("token", None)):
        with pytest.raises(ConfigurationError, match="There is no token") as caught:
            show_go(place, region)
        assert "token/main.go" in caught.value.hint
        assert "_test.go" not in caught.value.hint


def test_what_the_compiler_says_without_a_place_is_quoted(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_words: object, **_options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "", "go: no space left on device")

    monkeypatch.setattr(subprocess, "run", full)
    note = save_go("mine/tick.go", TICK)
    assert "no space left on device" in note.text
    assert "free some disk space" in note.text
    assert (mine / "tick.go").read_text("utf-8") == TICK


WAITS = """package main

import "time"

func (ctx *httpContext) OnHttpStreamDone() {
	time.Sleep(time.Second)
}

func (ctx *httpContext) OnHTTPResponseHeaders(int, bool) {}
"""


def test_what_compiles_but_does_not_do_what_it_seems_to_is_said_after_it(mine: Path) -> None:
    build_go_helper()
    note = save_go("mine/wait.go", WAITS)
    assert isinstance(note, Note)
    assert [mark for mark, _ in note.lines] == ["✓", "!", "!"]
    first, second = (text for _, text in note.lines[1:])
    assert first.startswith("`wait.go:6` time.Sleep does not sleep in a filter")
    assert second.startswith("`wait.go:9` Envoy never calls OnHTTPResponseHeaders")
    assert "The callback is OnHttpResponseHeaders, which httpContext has, too" in second


def test_the_result_does_not_wait_for_advice_that_is_late(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AdviceBeside, "ready", lambda _beside, _patience_s: False)
    build_go_helper()
    shown: list[Note] = []
    monkeypatch.setattr(go_cells, "display", shown.append)
    monkeypatch.setenv("IPYTHONDIR", str(mine / "ipython"))
    shell = InteractiveShell()
    go_cells.register(shell)
    shell.run_cell_magic("go", "mine/wait.go", WAITS)
    assert [[mark for mark, _ in note.lines] for note in shown] == [["✓"], ["!", "!"]]


def test_a_cell_without_a_helper_compiles_and_says_why_there_is_no_advice(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))
    note = save_go("mine/wait.go", WAITS)
    assert isinstance(note, Note)
    assert note.lines[0][0] == "✓"
    assert note.lines[1] == (
        "·",
        "no advice on the source: The lab's Go helper is not built. Try: run `lab setup`",
    )


def test_the_magic_saves_its_cell_and_shows_the_result(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(mine / "ipython"))
    shown: list[object] = []
    monkeypatch.setattr(go_cells, "display", shown.append)
    shell = InteractiveShell()
    go_cells.register(shell)
    shell.run_cell_magic("go", " mine/tick.go ", TICK)
    assert (mine / "tick.go").read_text("utf-8") == TICK
    assert [type(one) for one in shown] == [Note]


@pytest.mark.parametrize("name", ["tick_test.go", "tick_windows.go", "tick_wasm.go"])
def test_a_file_that_go_would_leave_out_is_refused(mine: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Go would leave {name} out"):
        save_go(f"mine/{name}", "package main\n")
    assert not (mine / name).exists()


def test_what_another_hand_wrote_is_kept_whatever_its_letters_are(mine: Path) -> None:
    strange = "package main // gr\xfcezi\n".encode("latin-1")
    (mine / "tick.go").write_bytes(strange)
    assert "tick.go.edited-1" in save_go("mine/tick.go", "package main\n").text
    assert (mine / "tick.go.edited-1").read_bytes() == strange
