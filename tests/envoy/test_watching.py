"""A filter that is watched: each save is tried in the emulator, compiled, and live."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Outcome
from lab_helpers.envoy.watching import Watching
from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.cells.go_cells import save_go
from lab_helpers.lessons.cells.workspace import start_filter
from tests.conftest import TellFault

Launch = Callable[..., Envoy]

SAID = "hello from wasm"


@pytest.fixture
def response(work: Path) -> Path:
    """The file of a learner's filter that sets the header."""
    work.mkdir()
    start_filter("mine")
    return work / "filters" / "mine" / "response.go"


def says(envoy: Envoy) -> set[str]:
    return {answer.headers["x-wasm-filter"] for answer in envoy.ask_every_worker()}


def test_each_save_is_live_and_what_does_not_compile_changes_nothing(
    launch: Launch, response: Path
) -> None:
    envoy = launch(compile_filter("mine"))
    told: list[object] = []
    watching = envoy.watch("mine", tell=told.append)
    source = response.read_text(encoding="utf-8")
    assert watching.wait_for_newest() is None  # nothing was saved
    response.write_text(source.replace(SAID, "from an editor"), encoding="utf-8")
    done = watching.wait_for_newest()
    assert done is not None
    assert done.problem is None
    assert 0 < done.verdict_s < done.live_s
    assert says(envoy) == {"from an editor"}

    response.write_text(source.replace(SAID, 'no end"'), encoding="utf-8")
    done = watching.wait(2)
    assert done is not None
    assert "response.go:" in str(done.problem)
    assert watching.wait_for_newest() is done
    assert says(envoy) == {"from an editor"}

    # A cell of a notebook saves a file, too.
    save_go("mine/response.go", source.replace(SAID, "from a cell"))
    done = watching.wait(3)
    assert done is not None
    assert done.problem is None
    assert says(envoy) == {"from a cell"}
    assert len(told) >= 2
    envoy.restart()
    assert says(envoy) == {"from a cell"}
    assert watching.active
    envoy.stop()
    assert not watching.active


@pytest.mark.fault("A filter that is watched is saved with a panic in it")
def test_what_panics_in_the_emulator_never_reaches_envoy(
    launch: Launch, response: Path, fault: TellFault
) -> None:
    envoy = launch(compile_filter("mine", reuse=True), workers=1)
    watching = envoy.watch("mine")
    source = response.read_text(encoding="utf-8")
    callback = "types.Action {\n"
    response.write_text(source.replace(callback, f'{callback}\tpanic("on purpose")\n'), "utf-8")
    done = watching.wait(1)
    assert done is not None
    assert done.problem is not None
    assert "on purpose" in done.problem.quote
    fault(done.problem, kept="the code that ran serves on; the next save is tried")
    assert says(envoy) == {SAID}
    assert envoy.figures().vms_created == 4


def test_what_cannot_be_watched_is_said(launch: Launch, response: Path) -> None:
    del response
    envoy = launch(compile_filter("mine", reuse=True), workers=1)
    with pytest.raises(ConfigurationError, match="no filter 'yours'"):
        envoy.watch("yours")
    first: Watching = envoy.watch("mine")
    second = envoy.watch("mine")
    assert (first.active, second.active) == (False, True)


def test_lab_watch_tells_each_stage(response: Path) -> None:
    words = [sys.executable, "-m", "lab_helpers.commands.cli", "watch", "mine"]
    words += ["--port", "0", "--admin-port", "0"]
    source = response.read_text(encoding="utf-8")
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = ""
        while "Ctrl-C ends it" not in said:
            said = process.stdout.readline()
            assert said, "it ended by itself"
        response.write_text(source.replace(SAID, "from an editor"), encoding="utf-8")
        while "mine saved at" not in said:
            said = process.stdout.readline()
            assert said, "it ended by itself"
        assert re.search(
            r"verdict after .* s → compiled by .* → loaded by Envoy after .* s → every worker", said
        )
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    assert "nothing is left running" in rest


@pytest.mark.parametrize(
    ("like", "old", "refused"),
    [
        ("gate", "This way needs a key", "This door needs a key"),
        ("upstream", "There is no token to ask", "No token came to ask"),
    ],
)
def test_gate_and_upstream_are_watched_and_their_crashes_named(
    launch: Launch, work: Path, like: str, old: str, refused: str
) -> None:
    work.mkdir()
    start_filter("mine", like=like)
    settings = {"tick_ms": 86_400_000} if like == "upstream" else None
    lab = compile_filter(f"filter/{like}", reuse=True)
    envoy = launch(lab, configuration=f"{like}.yaml", settings=settings)
    assert old in envoy.ask("worker_0").text
    watching = envoy.watch("mine")
    main = work / "filters" / "mine" / "main.go"
    source = main.read_text(encoding="utf-8").replace(old, refused)
    # Only a request of this kind comes there: the emulator's does not.
    head = "OnHttpRequestHeaders(numHeaders int, endOfStream bool) types.Action {\n"
    crash = '\tif way, _ := proxywasm.GetHttpRequestHeader("x-crash"); way != "" {\n'
    crash += '\t\tpanic("on purpose")\n\t}\n'
    assert head in source
    main.write_text(source.replace(head, head + crash), encoding="utf-8")
    done = watching.wait(1)
    assert done is not None
    assert done.problem is None
    assert refused in envoy.ask("worker_0").text
    assert envoy.ask("worker_0", headers={"x-crash": "now"}).outcome is Outcome.VM_FAILED
    picture = envoy.wait_until(lambda now: now.thread("worker_0").failure, "its VM has failed")
    assert picture.thread("worker_0").failure.startswith("proxy_on_request_headers: ")
    assert refused in envoy.ask("worker_1").text
