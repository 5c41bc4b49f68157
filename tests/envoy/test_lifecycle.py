"""Starts, stops and restarts, from several threads too: nothing is left, what failed is told."""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from lab_helpers.board.events import TokenAsked
from lab_helpers.envoy import Envoy
from lab_helpers.errors import LabError, LaunchError, TokenApiError
from lab_helpers.folders import runs_folder
from lab_helpers.token_api import TokenApi


def left() -> list[str]:
    """Return what of an Envoy of this process still runs or lies about."""
    processes = [child.name() for child in psutil.Process().children(recursive=True)]
    return [*processes, *(run.name for run in runs_folder().iterdir())]


def test_restart_changes_what_it_is_given(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=1)
    envoy.restart(workers=3, settings={"tick_ms": 300})
    picture = envoy.wait_for_tokens()
    assert (len(picture.workers), picture.tick_ms) == (3, 300)
    assert envoy.settings == {"tick_ms": 300, "vm_header": "x-wasm-vm"}


def test_a_restart_that_fails_leaves_what_it_was_to_change(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=1)
    before = dict(envoy.settings)
    with pytest.raises(LaunchError, match="refused its settings"):
        envoy.restart(workers=2, settings={"greting": "hi"})
    assert not envoy.running
    assert (envoy.workers, envoy.settings) == (1, before)
    assert envoy.restart(settings={"greeting": "hi"}).ask("worker_0").status == 200


def test_stopping_twice_is_fine_and_asking_then_is_said(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=1)
    envoy.stop()
    envoy.stop()
    assert not envoy.running
    assert "SIGTERM" in "\n".join(envoy.log)
    with pytest.raises(LaunchError, match="does not run"):
        envoy.ask("worker_0")


def test_starts_and_stops_from_several_threads_leave_one_or_none(
    launch: Callable[..., Envoy],
) -> None:
    envoy = launch(workers=1)
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(step) for step in (envoy.stop, envoy.start, envoy.restart, envoy.start)]
        for future in done:
            future.result()
    envoy.start()
    assert envoy.ask("worker_0").status == 200
    pid = envoy.pid
    envoy.stop()
    assert not psutil.pid_exists(pid)


def test_a_stop_while_others_ask_leaves_nothing_and_they_are_told(
    launch: Callable[..., Envoy],
) -> None:
    envoy = launch(None, configuration="bare.yaml")
    over = threading.Event()
    told: collections.Counter[str] = collections.Counter()

    def keep_asking(ask: Callable[[], object]) -> None:
        while not over.is_set():
            try:
                ask()
                told["answered"] += 1
            except LabError as error:
                told[error.what] += 1
                over.wait(0.002)

    with ThreadPoolExecutor(3) as pool:
        asking = [
            pool.submit(keep_asking, ask)
            for ask in (envoy.figures, lambda: envoy.ask("worker_0"), lambda: envoy.log)
        ]
        try:
            for _ in range(6):
                envoy.start()
                envoy.ask_every_worker()
                envoy.stop()
                assert left() == []
        finally:
            over.set()
        for future in asking:
            future.result()
    assert told["answered"] > 0
    assert told["This Envoy does not run."] > 0


def test_an_envoy_whose_log_cannot_be_read_is_ended(
    launch: Callable[..., Envoy], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "envoy-log":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="new thread"):
        launch(None, configuration="bare.yaml", workers=1)
    assert left() == []


def block(*, fails: bool) -> None:
    """Use an Envoy whose stop has something to say, in a block that may fail by itself."""

    def fail(_call: TokenAsked) -> None:
        raise ValueError("a listener failed")

    with Envoy(configuration="bare.yaml", workers=1) as envoy:
        envoy.token_api.subscribe(fail)
        envoy.ask("worker_0", "/auth")
        if fails:
            raise KeyError("the person's own")


def test_the_error_of_a_block_is_the_one_to_see() -> None:
    with pytest.raises(KeyError, match="the person's own") as caught:
        block(fails=True)
    assert "a listener failed" in "".join(caught.value.__notes__)
    with pytest.raises(TokenApiError, match="failed"):
        block(fails=False)


def test_an_envoy_that_has_stopped_counts_no_calls_of_an_api_that_others_use(
    launch: Callable[..., Envoy],
) -> None:
    with TokenApi() as api:
        first = launch(None, configuration="bare.yaml", workers=1, token_api=api)
        second = launch(None, configuration="bare.yaml", workers=1, token_api=api)
        first.ask("worker_0", "/auth")
        first.stop()
        second.ask("worker_0", "/auth")
        second.wait_until(lambda now: now.calls == 2, "both calls")
        assert first.snapshot().calls == 1
