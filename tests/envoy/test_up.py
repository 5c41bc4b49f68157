"""`lab up`: the article's own run, and `lab build` and `lab doctor` as commands."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from lab_helpers.commands.given_settings import read_settings
from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.toolchain import find_envoy
from tests.unit.envoy.documents import HOME

LAB = [sys.executable, "-m", "lab_helpers.commands.cli"]


def lab(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*LAB, *words], capture_output=True, text=True, check=False)


SAYS_HELLO = """package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (plugin *pluginContext) OnPluginStart(int) types.OnPluginStartStatus {
	proxywasm.LogInfo("good morning")
	return types.OnPluginStartStatusOK
}
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_up_serves_until_it_is_ended(end: signal.Signals) -> None:
    words = [*LAB, "up", "--port", "0", "--admin-port", "0", "--tick-ms", "300"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = ""
        while "curl -i" not in said:
            said = process.stdout.readline()
            assert said, "it ended by itself"
        url = said.split("curl -i ")[1].strip()
        while "calls; tokens:" not in said:
            said = process.stdout.readline()
            assert said, "it ended by itself"
        headers = httpx.get(url, trust_env=False).headers
        process.send_signal(end)
        rest, _ = process.communicate(timeout=30)
    assert headers["x-wasm-filter"] == "hello from wasm"
    assert headers["x-auth"].startswith("Bearer ")
    assert "nothing is left running" in rest
    assert process.returncode == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def test_ctrl_c_while_the_filter_compiles_ends_it(tmp_path: Path) -> None:
    compiling, began = tmp_path / "tinygo", tmp_path / "began"
    os.mkfifo(began)
    compiling.write_text(
        "#!/bin/sh\n[ $1 = version ] && exec echo tinygo version 0.41.1\n"
        f"echo begins > {began}; exec sleep 600\n"
    )
    compiling.chmod(0o755)
    words = [*LAB, "up", "--port", "0", "--admin-port", "0"]
    environment = os.environ | {"LAB_TINYGO": str(compiling)}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        words, stdout=pipe, stderr=pipe, text=True, env=environment, start_new_session=True
    ) as process:
        assert began.read_text() == "begins\n"
        compilers = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        said, failed = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "cannot compile" not in failed
    assert "Interrupted." in failed
    assert "Envoy listens" not in said
    _, alive = psutil.wait_procs(compilers, timeout=20)
    assert alive == []


def test_up_runs_a_filter_of_ones_own_and_shows_what_it_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_WORK", str(tmp_path))
    start_filter("mine")
    (tmp_path / "filters" / "mine" / "start.go").write_text(SAYS_HELLO, "utf-8")
    words = [*LAB, "up", "mine", "--port", "0", "--admin-port", "0", "--workers", "1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        # That nothing ticks is known only once every thread's start has been read.
        awaited = {
            "  main: good morning\n",
            "  worker_0: good morning\n",
            "  This filter sets no timer, so nothing ticks.\n",
        }
        said = [process.stdout.readline()]
        while said[-1] and not awaited <= set(said):
            said.append(process.stdout.readline())
        url = next(line for line in said if "curl -i" in line).split("curl -i ")[1].strip()
        headers = httpx.get(url, trust_env=False).headers
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    assert headers["x-wasm-filter"] == "hello from wasm"
    assert "x-wasm-vm" not in headers
    assert "nothing is left running" in rest
    assert awaited <= set(said)


def test_up_counts_the_ticks_of_any_filter() -> None:
    ticking = str(repository_folder() / "tests" / "filters" / "ticking")
    words = [*LAB, "up", ticking, "--port", "0", "--admin-port", "0", "--workers", "1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        while not re.fullmatch(r"  \d+ ticks, 0 calls\n", said):
            said = process.stdout.readline()
            assert said, "it ended by itself"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_up_says_that_a_port_is_taken_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = lab("up", "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} for the listener is taken by another program." in done.stderr
    assert "--port" in done.stderr
    assert done.stdout == ""


def test_build_prints_the_module_as_json(tmp_path: Path) -> None:
    target = tmp_path / "optimized.wasm"
    done = lab("build", "hello", "-o", str(target), "--json")
    module = json.loads(done.stdout)
    assert module["path"] == str(target)
    assert module["bytes"] == target.stat().st_size
    assert "tinygo build" in module["command"]
    assert "proxy_on_response_headers" in module["exports"]
    assert "proxy_on_tick" in module["removed_exports"]
    kept = json.loads(lab("build", "hello", "-o", str(target), "--json", "--keep-exports").stdout)
    assert "proxy_on_tick" in kept["exports"]
    assert kept["bytes"] == module["bytes_with_all_exports"] > module["bytes"]


def test_build_says_what_does_not_compile(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module broken\n\ngo 1.24\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {\n\tnothing()\n}\n")
    done = lab("build", str(tmp_path))
    assert done.returncode == 1
    assert "main.go:4:2: undefined: nothing" in done.stderr
    assert "  nothing()\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_as_json() -> None:
    done = lab("doctor", "--json")
    assert json.loads(done.stdout)["ok"] is (done.returncode == 0)


def test_the_articles_file_runs_as_it_stands(tmp_path: Path) -> None:
    """Envoy itself, without the lab: `envoy -c envoy/envoy.yaml` beside an `optimized.wasm`."""
    target = str(tmp_path / "optimized.wasm")
    built = lab("build", str(repository_folder() / "filter" / "token"), "-o", target)
    assert built.returncode == 0, built.stderr
    words = [str(find_envoy().path), "--mode", "validate"]
    words += ["-c", str(repository_folder() / "envoy" / "envoy.yaml")]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "OK" in done.stdout


def test_up_runs_somebody_elses_configuration_with_settings_from_a_file(tmp_path: Path) -> None:
    theirs, settings = tmp_path / "theirs.yaml", tmp_path / "settings.json"
    theirs.write_text(HOME, encoding="utf-8")
    settings.write_text('{"tick_ms": 300, "vm_header": "x-vm"}', encoding="utf-8")
    words = [*LAB, "up", "token", "--port", "0", "--admin-port", "0", "--workers", "1"]
    words += ["--configuration", str(theirs), "--settings", f"@{settings}"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        while said[-1] and "calls; tokens:" not in said[-1]:
            said.append(process.stdout.readline())
        url = next(line for line in said if "curl -i" in line).split("curl -i ")[1].strip()
        headers = httpx.get(url, trust_env=False).headers
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert headers["x-wasm-filter"] == "hello from wasm"
    assert headers["x-vm"]
    where = "HTTP filter my_plugin (vm_id my_vm) ← token, compiled by tinygo"
    assert where in "".join(said)
    assert "every 0.3 s" in "".join(said)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("{", "not valid JSON"),
        ("", "not valid JSON"),
        ("[1]", "no object"),
        ("@/none.json", "cannot be read"),
    ],
)
def test_settings_that_are_none_are_said_before_anything_starts(settings: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_settings(settings)
    assert "--settings" in caught.value.hint
