"""When the crossings are looked at: on from the start, off when all is told or too much crosses."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

import pytest

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy import log as log_module
from lab_helpers.envoy import lookout as lookout_module
from lab_helpers.envoy.log_queue import LogQueue
from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder
from tests.load import statuses_of

Launch = Callable[..., Envoy]


@pytest.fixture(scope="module")
def hello_module() -> Module:
    return compile_filter(repository_folder() / "filter" / "hello", reuse=True)


def counted(picture: Snapshot, what: str) -> int:
    return sum(thread.crossed.get(what, 0) for thread in picture.threads)


def test_it_is_off_once_every_vm_has_told_of_itself(launch: Launch) -> None:
    envoy = launch(workers=2)
    picture = envoy.wait_until(lambda now: not now.seeing.on, "the trace is off", 10)
    assert picture.seeing.why == "every VM speaks the lab's own log lines"
    envoy.wait_for_tokens()
    envoy.ask_every_worker()
    thread = envoy.snapshot().thread("worker_0")
    assert str(envoy.snapshot().count(thread, "requests")) == "not seen"
    assert envoy.snapshot().count(thread, "ticks").words.endswith("(the filter's own log lines)")
    assert not any("|trace|" in line for line in envoy.log)


def test_a_filter_that_says_nothing_is_seen_from_its_start(
    launch: Launch, hello_module: Module
) -> None:
    envoy = launch(hello_module, workers=2)
    envoy.ask_every_worker()
    picture = envoy.wait_until(lambda now: counted(now, "responses") == 2, "both are seen", 10)
    assert picture.seeing.whole
    worker, main = picture.thread("worker_0"), picture.thread("main")
    assert [str(picture.count(worker, what)) for what in ("VM starts", "responses")] == ["1", "1"]
    assert picture.count(worker, "ticks").words == "none (Envoy's trace of the crossings)"
    assert str(picture.count(main, "requests")) == "none"


def test_log_alone_switches_nothing_on_and_says_that_it_saw_nothing(
    launch: Launch, hello_module: Module
) -> None:
    envoy = launch(hello_module, workers=1, see="log")
    envoy.ask("worker_0")
    picture = envoy.snapshot()
    count = picture.count(picture.thread("worker_0"), "responses")
    assert (str(count), count.seen) == ("not seen", 0)
    assert 'see="log"' in count.why


def test_a_way_to_see_that_there_is_not_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot be seen by 'everything'") as caught:
        Envoy(see="everything")
    assert caught.value.hint == "one of: auto, crossings, log"


@pytest.mark.parametrize("workers", [2, 64])
def test_too_much_is_switched_off_and_no_response_is_lost(
    launch: Launch, hello_module: Module, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(lookout_module, "BUDGET_LINES_S", 500)
    envoy = launch(hello_module, workers=workers)
    assert envoy.snapshot().seeing.on  # however much is written as VMs start
    sent = 4_000
    assert statuses_of(envoy.url, sent) == {200: sent}
    picture = envoy.wait_until(lambda now: not now.seeing.on, "the trace is off", 10)
    assert "lines of the log a second are more than 500" in picture.seeing.why
    seen = counted(picture, "responses")
    assert 0 < seen < sent
    assert statuses_of(envoy.url, 80) == {200: 80}
    count = envoy.snapshot().count(picture.thread("worker_0"), "responses")
    assert not count.whole
    assert count.why.startswith(f"crossings are off since {time.strftime('%H:', time.gmtime())}")
    # Asked for, they stay on however much crosses.
    forced = launch(hello_module, workers=workers, see="crossings")
    assert statuses_of(forced.url, sent) == {200: sent}
    forced.wait_until(lambda now: counted(now, "responses") == sent, "all are counted", 30)
    assert forced.snapshot().seeing.whole


def test_lines_that_came_too_fast_are_counted_and_the_board_says_so(
    launch: Launch, hello_module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "LogQueue", functools.partial(LogQueue, most_bytes=2_000))
    envoy = launch(hello_module, workers=2, see="crossings")
    assert statuses_of(envoy.url, 2_000) == {200: 2_000}
    picture = envoy.wait_until(lambda now: now.seeing.dropped, "lines were dropped", 10)
    assert picture.seeing.not_seen.endswith("lines of the log were dropped: they came too fast")
    assert not picture.count(picture.thread("worker_0"), "responses").whole
