"""The crossings of an Envoy in a container, whose log Docker keeps, rotates and passes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.docker_engine import containers
from lab_helpers.envoy import Envoy
from lab_helpers.envoy import lookout as lookout_module
from lab_helpers.folders import repository_folder
from tests.load import statuses_of

Launch = Callable[..., Envoy]


@pytest.fixture(scope="module")
def hello_module() -> Module:
    return compile_filter(repository_folder() / "filter" / "hello", reuse=True)


def counted(picture: Snapshot, what: str) -> int:
    return sum(thread.crossed.get(what, 0) for thread in picture.threads)


def test_all_is_counted_while_the_log_rotates(
    launch: Launch, hello_module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "_LOG_MOST", "1m")
    envoy = launch(hello_module, workers=2, see="crossings")
    sent = 1_600  # some 5 MB of log as Docker keeps it
    assert statuses_of(envoy.url, sent, connections=4) == {200: sent}
    picture = envoy.wait_until(lambda now: counted(now, "responses") >= sent, "all are seen", 60)
    assert counted(picture, "responses") == counted(picture, "requests") == sent
    assert picture.seeing.whole


def test_too_much_is_switched_off_in_a_container_as_well(
    launch: Launch, hello_module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout_module, "BUDGET_LINES_S", 200)
    envoy = launch(hello_module, workers=2)
    # The pace is judged by the half second: a burst that ends within the first one is none.
    for _ in range(30):
        assert statuses_of(envoy.url, 400, connections=4) == {200: 400}
        if not envoy.snapshot().seeing.on:
            break
    picture = envoy.wait_until(lambda now: not now.seeing.on, "the trace is off", 30)
    assert picture.seeing.since
    assert not picture.count(picture.thread("worker_0"), "requests").whole
