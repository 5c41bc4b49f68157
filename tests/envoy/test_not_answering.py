"""An Envoy that has not ended and does not answer: what is said of it is seen, and each hint works.

Native; what a container adds is in `tests/docker/test_not_answering.py`.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy, connection, readiness
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.errors import LabError, LaunchError, TrafficError
from lab_helpers.launch import EnvoyProcess, LaunchPlan
from lab_helpers.launch.native import NativeLauncher
from tests.conftest import TellFault
from tests.looping import looping

Launch = Callable[..., Envoy]
GOES_ON = "what was seen, in `snapshot()` and `.log`; restart() and stop() work"


@pytest.fixture(scope="module")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Module:
    return looping(tmp_path_factory.mktemp("looping"))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for an answer that never comes no longer than it takes to see that."""
    monkeypatch.setattr(connection, "_TIMEOUT_S", 2.0)


@pytest.fixture
def stopped(launch: Launch, loops: Module) -> Iterator[Envoy]:
    """An Envoy that answered, and is stopped."""
    envoy = launch(loops)
    envoy.ask_every_worker()
    os.kill(envoy.pid, signal.SIGSTOP)
    yield envoy
    with contextlib.suppress(ProcessLookupError, LaunchError):
        os.kill(envoy.pid, signal.SIGCONT)


def await_answers(envoy: Envoy, path: str) -> LabError:
    """Ask until there is no answer: a loop may begin a moment after the request that wants it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            envoy.ask("worker_0", path)
        except LabError as error:
            return error
        path = "/"
    raise AssertionError("it answers")


def restarted(envoy: Envoy) -> None:
    """Follow the hint, and see that it worked."""
    before = psutil.Process(envoy.pid)
    envoy.restart()
    assert not before.is_running()
    assert [answer.status for answer in envoy.ask_every_worker()] == [200] * envoy.workers


@pytest.mark.fault("A request's callback loops for ever")
def test_a_loop_in_a_requests_callback_is_named(
    launch: Launch, loops: Module, fault: TellFault
) -> None:
    envoy = launch(loops)
    error = await_answers(envoy, "/loop")
    assert isinstance(error, TrafficError)
    assert "worker_0 computes without a pause in OnHttpRequestHeaders" in error.what
    first, *others = error.quote.splitlines()
    assert re.match(r"worker_0: computes, \d+% of a core over .* entered OnHttpRequest", first)
    assert {line.split(",")[0] for line in others[:2]} == {"main: waits", "worker_1: waits"}
    assert envoy.ask("worker_1").status == 200
    fault(error, kept=f"the other workers answer; {GOES_ON}")
    restarted(envoy)


@pytest.mark.parametrize(
    ("path", "callback"),
    [
        ("/loop-at-response", "OnHttpResponseHeaders"),
        ("/loop-at-tick", "OnTick"),
        ("/loop-at-reply", "DispatchHttpCall's callback"),
        ("/loop-and-log", "OnHttpRequestHeaders"),
    ],
)
def test_a_loop_anywhere_has_its_callbacks_name(
    launch: Launch, loops: Module, path: str, callback: str
) -> None:
    envoy = launch(loops, see="crossings")
    error = await_answers(envoy, path)
    # One that logs without end waits for the log's pipe now and then.
    does = "(computes without a pause in|has not come back from)"
    assert re.search(rf"worker_0 {does} {re.escape(callback)}[,.]", error.what), error.what
    restarted(envoy)


@pytest.mark.fault("A callback loops for ever while nobody looks at the crossings")
def test_a_loop_that_nobody_saw_begin_is_not_guessed(
    launch: Launch, loops: Module, fault: TellFault
) -> None:
    envoy = launch(loops, see="log")
    error = await_answers(envoy, "/loop-at-tick")
    assert "worker_0 computes without a pause" in error.what
    assert "crossings are off" in error.what
    assert "it may be OnTick, DispatchHttpCall's callback or one of a request's" in error.what
    fault(re.sub(r" since [\d:]+\d UTC", "", f"{error.what} Try: {error.hint}"), kept=GOES_ON)
    # The hint: with the crossings the same loop has a name.
    envoy.stop()
    again = launch(loops, see="crossings")
    assert "in OnTick," in str(await_answers(again, "/loop-at-tick"))
    envoy.start()
    restarted(envoy)


@pytest.mark.fault("OnTick loops for ever, on every thread")
def test_a_main_thread_that_loops_is_a_case_of_its_own(
    launch: Launch, loops: Module, fault: TellFault
) -> None:
    envoy = launch(loops, settings={"loop": "tick"})
    envoy.wait_until(
        lambda now: all(thread.callback == "proxy_on_tick" for thread in now.threads), "the loops"
    )
    with pytest.raises(TrafficError, match="The main thread is the one") as caught:
        envoy.stats()
    assert "main, worker_0 and worker_1 compute without a pause in OnTick" in caught.value.what
    fault(caught.value, kept=GOES_ON)
    with pytest.raises(LaunchError, match=r"not yet: a token\. .* in OnTick"):
        envoy.wait_until(lambda _now: False, "a token", timeout_s=1)
    envoy.restart(settings={"loop": "no more"})
    assert envoy.ask("worker_1").status == 200


def test_a_worker_that_takes_no_connection_is_found(launch: Launch, loops: Module) -> None:
    envoy = launch(loops, workers=1)
    host, _, port = envoy.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(b"GET /loop HTTP/1.1\r\nhost: x\r\n\r\n")
        envoy.wait_until(
            lambda now: now.thread("worker_0").callback == "proxy_on_request_headers", "the loop"
        )
        with pytest.raises(TrafficError, match="No worker took a connection") as caught:
            envoy.ask("worker_0")
    assert "worker_0 computes without a pause in OnHttpRequestHeaders" in caught.value.what
    assert "close other programs" not in caught.value.hint


def test_a_request_that_is_held_back_is_no_loop(launch: Launch, loops: Module) -> None:
    envoy = launch(loops)
    with pytest.raises(TrafficError, match="Its thread waits, so no loop keeps it") as caught:
        envoy.ask("worker_0", "/hold")
    assert "ActionPause" in caught.value.hint
    assert envoy.ask("worker_0").status == 200


@pytest.mark.fault("Envoy is stopped (SIGSTOP)")
def test_a_stopped_envoy_is_said_to_be_stopped(stopped: Envoy, fault: TellFault) -> None:
    with pytest.raises(TrafficError, match="Envoy is stopped by a signal") as caught:
        stopped.stats()
    assert "ended" not in caught.value.what
    words = f"{caught.value.what} Try: {caught.value.hint.replace(str(stopped.pid), '…')}"
    fault(words, kept=GOES_ON)
    assert stopped.snapshot().workers
    assert stopped.running
    # Both ways of the hint.
    assert f"kill -CONT {stopped.pid}" in caught.value.hint
    os.kill(stopped.pid, signal.SIGCONT)
    assert stopped.ask("worker_0").status == 200
    os.kill(stopped.pid, signal.SIGSTOP)
    restarted(stopped)


@pytest.mark.parametrize(
    "act",
    [
        lambda envoy: envoy.ask("worker_1"),
        lambda envoy: envoy.figures(),
        lambda envoy: envoy.wait_until(lambda _now: False, "never", timeout_s=1),
    ],
    ids=["ask", "figures", "wait_until"],
)
def test_whatever_is_asked_of_a_stopped_envoy(
    stopped: Envoy, act: Callable[[Envoy], object]
) -> None:
    with pytest.raises(LabError, match="Envoy is stopped by a signal"):
        act(stopped)


def test_a_journey_through_a_stopped_envoy_says_so(stopped: Envoy) -> None:
    try:
        said = stopped.follow("worker_1").words
    except LabError as error:
        said = str(
            error
        )  # of the requests before, the last line may have crossed meanwhile, or not
    assert "Envoy is stopped by a signal" in said


def test_tokens_of_a_stopped_envoy(launch: Launch) -> None:
    envoy = launch(settings={"tick_ms": 60_000})
    os.kill(envoy.pid, signal.SIGSTOP)
    with pytest.raises(LaunchError, match=r"not yet: every worker .* Envoy is stopped by a signal"):
        envoy.wait_for_tokens(timeout_s=1)


def test_bytes_for_a_stopped_envoy(launch: Launch) -> None:
    envoy = launch(None, configuration=Configuration.read("bare.yaml"), settings=None)
    os.kill(envoy.pid, signal.SIGSTOP)
    with pytest.raises(TrafficError, match="Envoy is stopped by a signal"):
        envoy.send(b"hello", timeout_s=1)


class Stopping(NativeLauncher):
    """Launch an Envoy, and stop it at once."""

    def launch(self, plan: LaunchPlan) -> EnvoyProcess:
        """Start Envoy, and send it SIGSTOP."""
        process = super().launch(plan)
        os.kill(process.pid, signal.SIGSTOP)
        return process


@pytest.mark.fault("Envoy is stopped (SIGSTOP) while it starts")
def test_a_stop_while_it_starts_is_said_at_once(
    launch: Launch, loops: Module, fault: TellFault
) -> None:
    with pytest.raises(LaunchError, match="Envoy is stopped by a signal") as caught:
        launch(loops, launcher=Stopping())
    assert "endless loop" not in str(caught.value)
    fault(caught.value, kept="nothing had begun")
    assert launch(loops).ask("worker_0").status == 200


@pytest.mark.fault("OnPluginStart loops for ever")
def test_a_loop_at_the_start_has_its_callbacks_name(
    launch: Launch, loops: Module, fault: TellFault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "_READY_S", 3.0)
    with pytest.raises(LaunchError, match="main computes without a pause") as caught:
        launch(loops, settings={"loop": "start"})
    assert "in OnPluginStart," in caught.value.what
    fault(caught.value, kept="nothing had begun")
    assert launch(loops, settings={"loop": "no more"}).ask("worker_0").status == 200


def test_an_end_that_the_keeper_does_not_tell(launch: Launch, loops: Module) -> None:
    envoy = launch(loops)
    keeper = psutil.Process(envoy.pid).parent()
    assert keeper is not None
    keeper.suspend()
    os.kill(envoy.pid, signal.SIGKILL)
    with pytest.raises(TrafficError, match="Envoy has ended, and its keeper has not said how"):
        envoy.stats()
    envoy.restart()
    assert envoy.ask("worker_0").status == 200


def test_an_end_while_somebody_asks_is_an_end(launch: Launch, loops: Module) -> None:
    envoy = launch(loops)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asking = pool.submit(envoy.ask, "worker_0", "/hold")
        envoy.wait_until(lambda now: now.thread("worker_0").crossed.get("requests"), "a request")
        os.kill(envoy.pid, signal.SIGKILL)
        with pytest.raises(LaunchError, match="SIGKILL while it ran"):
            asking.result(30)
