"""A start cell that is run twice leaves one Envoy, not two."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

from lab_helpers.envoy import Envoy
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells import lost_envoys
from lab_helpers.lessons.shown.page import Note

START = "envoy = new_envoy()"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Note]:
    notes: list[Note] = []
    monkeypatch.setattr(lost_envoys, "display", notes.append)
    return notes


@pytest.fixture
def run(launch: Callable[..., Envoy]) -> Iterator[Callable[[str], list[bool]]]:
    """A notebook's shell, in which cells can start an Envoy without a filter."""
    shell = InteractiveShell()
    lost_envoys.register(shell)
    bare = repository_folder() / "envoy" / "bare.yaml"
    shell.user_ns["_started"] = started = []

    def new_envoy() -> Envoy:
        started.append(launch(None, configuration=bare, workers=1))
        return started[-1]

    shell.user_ns["new_envoy"] = new_envoy

    def run_cell(cell: str) -> list[bool]:
        shell.run_cell(cell).raise_error()
        return [envoy.running for envoy in started]

    yield run_cell
    shell.reset()


def test_the_envoy_that_lost_its_name_is_stopped(
    run: Callable[[str], list[bool]], shown: list[Note]
) -> None:
    assert run(START) == [True]
    assert shown == []
    assert run(START) == [False, True]
    (note,) = shown
    assert note.text == (
        "· The Envoy that ran before was stopped: no name is left for it. To keep two, give each a"
        " name of its own."
    )
    assert run("envoy.stop(); del envoy") == [False, False]
    assert len(shown) == 1  # what was stopped by hand is not spoken of


def test_an_envoy_that_something_still_refers_to_runs_on(
    run: Callable[[str], list[bool]], shown: list[Note]
) -> None:
    run(START)
    assert run("mine = {'first': envoy}; envoy = None") == [True]
    assert run("pair = [mine.pop('first')]") == [True]
    assert run("again, = pair; pair.clear()") == [True]
    assert run("1 / 1") == [True]
    assert shown == []
    assert run("del again") == [False]
    assert len(shown) == 1


def test_what_a_stop_has_to_say_is_shown_though_envoy_ran_no_more(
    run: Callable[[str], list[bool]], shown: list[Note]
) -> None:
    run(START)
    assert run("envoy._run._problem = ValueError('on purpose'); envoy = None") == [False]
    (note,) = shown
    assert note.text.startswith("✗ The thread that read Envoy's log had failed.")
    assert "on purpose" in note.text


def test_a_start_that_fails_leaves_the_one_before(
    run: Callable[[str], list[bool]], shown: list[Note]
) -> None:
    run(START)
    with pytest.raises(ZeroDivisionError):
        run("envoy = 1 / 0")
    assert run("envoy.check()") == [True]
    assert shown == []
