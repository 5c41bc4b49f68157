"""A filter that crashes where it is asked to: what Envoy does, on which worker, and who goes on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import httpx
import pytest

from lab_helpers.board.events import Panicked
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.telling_failures import tell_failures
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Outcome
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.errors import ConfigurationError, LaunchError, TrafficError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.shown.failure_tables import show_failures
from tests.conftest import TellFault
from tests.trailing import ask_with_trailers, trailing_configuration, trailing_upstream

Launch = Callable[..., Envoy]
SETTINGS = {"vm_header": "x-wasm-vm"}
_V8 = "envoy.wasm.runtime.v8"
_WASM = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"


@pytest.fixture(scope="module")
def crash() -> Module:
    return compile_filter(repository_folder() / "filter" / "crash", reuse=True)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for an answer only as long as Envoy's watchdog needs, which is a second."""
    monkeypatch.setattr("lab_helpers.envoy.connection._TIMEOUT_S", 3.0)


@pytest.mark.parametrize(
    ("at", "callback", "status", "workers"),
    [
        ("request_headers", "proxy_on_request_headers", 503, 1),
        ("request_headers", "proxy_on_request_headers", 503, 2),
        ("request_headers", "proxy_on_request_headers", 503, 8),
        ("request_body", "proxy_on_request_body", 503, 2),
        ("response_headers", "proxy_on_response_headers", 503, 2),
        # The response's head is on its way already, or all of it.
        ("response_body", "proxy_on_response_body", 200, 2),
        ("stream_done", "proxy_on_log", 200, 2),
    ],
)
def test_one_request_crashes_one_worker_and_the_others_go_on(
    launch: Launch, crash: Module, at: str, callback: str, status: int, workers: int
) -> None:
    envoy = launch(crash, workers=workers, settings=SETTINGS)
    before = envoy.ask_every_worker()
    assert {answer.status for answer in before} == {200}
    answer = envoy.ask("worker_0", method="POST", body="text", headers={"x-crash": at})
    assert answer.status == status
    picture = envoy.wait_until(lambda now: now.thread("worker_0").failure, "worker_0's VM failed")
    assert picture.thread("worker_0").failure.startswith(f"{callback}: ")
    after = envoy.ask_every_worker()
    assert [each.status for each in after] == [503] + [200] * (workers - 1)
    assert after[0].outcome is Outcome.VM_FAILED
    for was, now in zip(before[1:], after[1:], strict=True):
        assert now.headers["x-wasm-vm"] == was.headers["x-wasm-vm"]
    first, *others = tell_failures(envoy.snapshot())
    vm = before[0].headers["x-wasm-vm"]
    assert first == (
        f"The VM {vm} of worker_0 failed in {callback}. Its worker answered before, 200;"
        f" during, {status}; after, 503. No other VM has taken its place."
    )
    names = [f"worker_{number}" for number in range(1, workers)] + ["main"]
    assert others == [f"No VM has failed on {', '.join(names)}."]


@pytest.mark.parametrize("at", ["request_trailers", "response_trailers"])
def test_trailers_crash_one_worker_too(launch: Launch, crash: Module, at: str) -> None:
    """The lab's own configuration lets none pass, as Envoy does not by itself."""
    code = {"local": {"filename": "optimized.wasm"}}
    plugin = {"name": "crash", "vm_config": {"vm_id": "crash", "runtime": _V8, "code": code}}
    place = {"@type": _WASM, "config": plugin}
    with trailing_upstream() as upstream:
        told = trailing_configuration(
            upstream, [{"name": "envoy.filters.http.wasm", "typed_config": place}]
        )
        theirs = Configuration.parse(json.dumps(told))
        envoy = launch(crash, configuration=theirs, workers=2, settings=SETTINGS)
        port = httpx.URL(envoy.url).port or 0
        assert ask_with_trailers(port).startswith("HTTP/1.1 200")
        during = ask_with_trailers(port, {"x-crash": at})
        picture = envoy.wait_until(
            lambda now: any(thread.failure for thread in now.threads), "a VM has failed"
        )
        (failed,) = (thread for thread in picture.threads if thread.failure)
        assert failed.name in ("worker_0", "worker_1")
        assert failed.failure.startswith(f"proxy_on_{at}: ")
        # A request's trailers may still be answered 503; a response's come when its head has gone.
        assert during.startswith("HTTP/1.1 503" if at == "request_trailers" else "HTTP/1.1 200")
        assert "x-trailer: a" not in during
        answers = {answer.worker: answer.status for answer in envoy.ask_every_worker()}
        assert answers.pop(failed.name) == 503
        assert set(answers.values()) == {200}
        (told_of, others) = tell_failures(envoy.snapshot())
        assert f"of {failed.name} failed in proxy_on_{at}." in told_of
        assert others.startswith("No VM has failed on ")


@pytest.mark.parametrize("at", ["tick", "queue_ready", "new_request"])
def test_a_setting_crashes_every_vm_that_comes_there(
    launch: Launch, crash: Module, at: str
) -> None:
    settings = SETTINGS | {"at": at, "tick_ms": 200, "tick": 2}
    envoy = launch(crash, settings=settings)
    failing = {"tick": 3, "queue_ready": 1, "new_request": 2}[at]

    def failed(picture: Snapshot) -> bool:
        if at == "new_request":
            envoy.ask_every_worker()
        return sum(bool(thread.failure) for thread in picture.threads) >= failing

    picture = envoy.wait_until(failed, "they failed")
    assert len({thread.name for thread in picture.threads if thread.failure}) >= failing
    assert any(f"on purpose, in {at}" in str(line) for line in picture.lines)


@pytest.mark.fault("A filter panics in OnPluginStart, by its settings")
def test_a_start_that_panics_is_no_start(launch: Launch, crash: Module, fault: TellFault) -> None:
    with pytest.raises(LaunchError, match="panicked in OnPluginStart") as caught:
        launch(crash, settings={"at": "plugin_start"})
    assert "on purpose, in plugin_start" in caught.value.quote
    fault(caught.value, kept="the filter's code")


def test_after_a_short_backoff_a_request_brings_a_new_vm(launch: Launch, crash: Module) -> None:
    envoy = launch(crash, settings=SETTINGS, failure_policy="FAIL_RELOAD", reload_backoff_s=0.1)
    vms = [envoy.ask("worker_0").headers["x-wasm-vm"]]
    for _ in range(3):
        assert envoy.ask("worker_0", headers={"x-crash": "request_headers"}).status == 503

        def again(_picture: Snapshot) -> bool:
            return envoy.ask("worker_0").status == 200

        envoy.wait_until(again, "a new VM answers")
        vms.append(envoy.ask("worker_0").headers["x-wasm-vm"])
    assert len(set(vms)) == 4
    assert envoy.figures().reloads == 3
    picture = envoy.wait_until(lambda now: now.thread("worker_0").vms == 4, "the board knows it")
    assert picture.thread("worker_0").vm == vms[-1]
    assert not picture.thread("worker_0").failure
    *told, others = tell_failures(picture)
    for line, vm, its_heir in zip(told, vms, vms[1:], strict=False):
        assert line.startswith(f"The VM {vm} of worker_0 failed in proxy_on_request_headers. ")
        assert "during, 503" in line
        assert line.endswith(f"Then the VM {its_heir} took its place.")
    assert others == "No VM has failed on worker_1, main."
    assert envoy.ask("worker_1").status == 200
    table = str(show_failures(envoy))
    assert "VMs that run no more code: none" in table
    assert told[0] in table
    assert re.search(r"vm_reload_success.*\b3\b", table)


def test_before_a_long_backoff_is_over_no_request_brings_one(launch: Launch, crash: Module) -> None:
    envoy = launch(crash, settings=SETTINGS, failure_policy="FAIL_RELOAD", reload_backoff_s=3600)
    envoy.ask("worker_0", headers={"x-crash": "request_headers"})
    assert {envoy.ask("worker_0").status for _ in range(20)} == {503}
    reloads = envoy.stats(r"^wasm\.crash\.vm_reload")
    assert reloads["wasm.crash.vm_reload_success"] == 0
    assert reloads["wasm.crash.vm_reload_backoff"] >= 20
    (told, _) = tell_failures(envoy.snapshot())
    assert "during, 503; after, 503 × 20. No other VM has taken its place." in told


@pytest.mark.fault("reload_backoff_s is given, and no VM is ever made anew")
def test_a_backoff_without_fail_reload_is_refused(crash: Module, fault: TellFault) -> None:
    envoy = Envoy(crash, reload_backoff_s=0.1, failure_policy="FAIL_OPEN")
    with pytest.raises(ConfigurationError, match="reload_backoff_s does nothing here") as caught:
        envoy.start()
    assert caught.value.quote == "failure_policy: FAIL_OPEN"
    fault(caught.value, kept="what ran before")


@pytest.mark.fault("A VM fails while it holds a request back (ActionPause)")
@pytest.mark.usefixtures("patient")
def test_a_request_that_is_held_as_its_vm_fails_is_never_answered(
    launch: Launch, crash: Module, fault: TellFault
) -> None:
    envoy = launch(crash, settings=SETTINGS)
    with pytest.raises(TrafficError, match="Its VM has failed, and Envoy never answers") as caught:
        envoy.ask("worker_0", headers={"x-crash": "callout_reply"})
    assert "proxy_on_http_call_response" in caught.value.quote
    assert [answer.status for answer in envoy.ask_every_worker()] == [503, 200]
    fault(caught.value, kept="the other workers; the next request, as the failure policy says")


@pytest.mark.fault("A filter never returns from a callback: a loop without end")
@pytest.mark.usefixtures("patient")
def test_a_loop_without_end_keeps_its_thread_and_a_stop_ends_it(
    launch: Launch, crash: Module, fault: TellFault
) -> None:
    envoy = launch(crash, settings=SETTINGS, failure_policy="FAIL_RELOAD", see="crossings")
    envoy.ask_every_worker()
    asked = {"x-crash": "response_headers", "x-crash-how": "loop"}
    with pytest.raises(TrafficError, match="worker_1 did not answer") as caught:
        envoy.ask("worker_1", headers=asked)
    assert "OnHttpResponseHeaders" in str(caught.value)
    picture = envoy.snapshot()
    assert picture.thread("worker_1").callback == "proxy_on_response_headers"
    assert not picture.thread("worker_1").failure
    assert envoy.ask("worker_0").status == 200
    assert envoy.figures().reloads == 0
    fault(caught.value, kept="the other workers", left="nothing, once it is stopped")
    envoy.stop()
    assert not envoy.running


@pytest.mark.fault("A filter takes memory without end")
def test_memory_without_end_ends_the_vm_at_a_gigabyte(
    launch: Launch, crash: Module, fault: TellFault
) -> None:
    envoy = launch(crash, settings=SETTINGS)
    before = envoy.figures().rss_bytes
    asked = {"x-crash": "request_headers", "x-crash-how": "memory"}
    answer = envoy.ask("worker_0", headers=asked)
    assert (answer.status, answer.outcome) == (503, Outcome.VM_FAILED)
    picture = envoy.wait_until(
        lambda now: any(isinstance(line, Panicked) for line in now.lines), "its panic is told"
    )
    (panicked,) = (line for line in picture.lines if isinstance(line, Panicked))
    assert "out of memory" in panicked.reason
    # One VM may have a gigabyte (proxy-wasm-cpp-host's limit), and keeps it until it is taken away.
    assert 0.4e9 < envoy.figures().rss_bytes - before < 1.5e9
    assert [each.status for each in envoy.ask_every_worker()] == [503, 200]
    fault(
        panicked.reason,
        kept="the other workers; the memory stays taken until the VM is made anew",
        left="nothing, once it is stopped",
    )
