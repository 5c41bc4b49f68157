"""The log's live view without a page: what it sends, how it rests, what a saved notebook keeps."""

from __future__ import annotations

import dataclasses
import time

import pytest

from lab_helpers.board.events import FilterSaid, Panicked, ThreadsNamed
from lab_helpers.dashboard import Threads, show_log
from lab_helpers.dashboard.frames import Frames
from lab_helpers.dashboard.look import Look
from lab_helpers.envoy import Envoy
from lab_helpers.errors import ConfigurationError
from tests.moody import EVIL
from tests.unit.dashboard.test_dashboard import WIDGET, Sent, nothing_is_left, sent

__all__ = ["nothing_is_left", "sent"]

MAIN, WORKER_0 = 100, 101


@pytest.fixture
def envoy() -> Envoy:
    """An Envoy that does not run, with a board that knows of a run."""
    quiet = Envoy(workers=1)
    quiet.record(ThreadsNamed(time.time(), ((MAIN, "main"), (WORKER_0, "worker_0"))))
    quiet.record(FilterSaid(time.time(), WORKER_0, "info", "one"))
    return quiet


def test_it_sends_each_line_once(envoy: Envoy, sent: Sent) -> None:
    log = show_log(envoy).start()
    assert [row[4] for row in log.complete()["lines"]["rows"]] == ["one"]
    envoy.record(Panicked(time.time(), WORKER_0, "two"))
    change = sent.wait(lambda frame: not frame.get("whole") and "lines" in frame)
    assert change["lines"]["total"] == 2
    assert [(row[0], row[2], row[3], row[4], row[5]) for row in change["lines"]["rows"]] == [
        (2, WORKER_0, "✖ panic", "two", True)
    ]
    log.stop()
    assert sent.frames[-1]["watching"]["rests"] == "stopped"
    assert [row[4] for row in log.complete()["lines"]["rows"]] == ["one", "two"]


def test_more_lines_than_it_keeps_are_counted_and_bounded(envoy: Envoy) -> None:
    frames = Frames(("status", "log"))
    frames.whole(Look(envoy.snapshot(), 1))
    for number in range(1000):
        envoy.record(FilterSaid(time.time(), WORKER_0, "info", f"{number} {'x' * 500}"))
    later = dataclasses.replace(envoy.snapshot(), time=time.time() + 1)
    lines = (frames.next(Look(later, 1)) or {})["lines"]
    assert lines["total"] == 1001
    assert lines["rows"][-1][0] == 1001
    assert 20 < len(lines["rows"]) <= 200
    assert sum(len(row[4]) for row in lines["rows"]) <= 32 * 1024


def test_a_saved_notebook_keeps_a_table_and_words(envoy: Envoy) -> None:
    envoy.record(FilterSaid(time.time(), WORKER_0, "info", EVIL))
    bundle, _ = show_log(envoy)._repr_mimebundle_()
    assert bundle.keys() == {WIDGET, "text/plain", "text/html"}
    assert "worker_0 info: one" in bundle["text/plain"]
    assert "<script>" not in bundle["text/html"]
    assert "&lt;script&gt;" in bundle["text/html"]


def test_the_threads_alone_have_a_picture_without_a_tick(envoy: Envoy) -> None:
    threads = Threads(envoy)
    bundle, metadata = threads._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"].startswith("2 threads: ")
    assert metadata["image/png"]["alt"] == bundle["text/plain"]
    assert threads.parts == ["status", "threads"]


@pytest.mark.parametrize("show", [show_log, Threads])
def test_what_is_no_envoy_is_said(show: type[Threads]) -> None:
    with pytest.raises(ConfigurationError, match=r"envoy is 'mine' \(str\)"):
        show("mine")  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_a_picture_can_be_saved(envoy: Envoy, tmp_path: object, suffix: str) -> None:
    for view in (show_log(envoy), Threads(envoy)):
        assert view.save(f"{tmp_path}/{type(view).__name__}{suffix}").stat().st_size > 1000
