"""`lab follow` and `lab up` in a terminal: what crossed, and at which line a filter failed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.failing import failing, line_of

LAB = [sys.executable, "-m", "lab_helpers.commands.cli"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a filter that fails at the end of each request, in a work folder of its own."""
    source = failing(tmp_path_factory.mktemp("failing"))
    file = source / "response.go"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("settings = string(raw)", 'settings = string(raw) + `"done"`'))
    return source


def lab(*words: str, work: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LAB_WORK": str(work), "COLUMNS": "40", "NO_COLOR": "1"}
    return subprocess.run(
        [*LAB, *words], capture_output=True, text=True, check=False, env=environment
    )


def test_a_journey_is_told_a_line_each_and_drawn(work: Path) -> None:
    picture = work / "journey.svg"
    work.mkdir()
    done = lab(
        *("follow", "hello", "--path", "/x", "-H", "x-user: ada", "--data", "hi"),
        *("--picture", str(picture), "--worker", "worker_1"),
        work=work,
    )
    assert done.returncode == 0, done.stderr
    assert "What crossed: POST /x: 3 entries, 1 did something; 200 after" in done.stdout
    wanted = r"[\d,]+ µs +◀ ReplaceHttpResponseHeader \"x-wasm-filter\", 15 bytes → ok  \(\d+ µs\)"
    assert re.search(wanted, done.stdout)
    assert "ada" not in done.stdout
    assert "it ended: Envoy deleted the request's context." in done.stdout
    drawn = picture.read_text(encoding="utf-8")
    assert "<svg" in drawn
    assert "OnHttpResponseHeaders 5 headers" in drawn


def test_a_failure_is_told_with_its_line_and_an_exit_code(folder: Path, work: Path) -> None:
    done = lab("follow", str(folder), work=work)
    assert done.returncode == 1
    assert "OnHttpStreamDone → panic: when all is done, on purpose" in done.stdout
    assert f"✗ The VM of worker_0 failed in OnHttpStreamDone, at {line_of('done')}." in done.stdout
    assert "| panic: when all is done, on purpose" in done.stdout


def test_up_says_which_vm_failed_and_where(folder: Path, work: Path) -> None:
    words = [*LAB, "up", str(folder), "--port", "0", "--admin-port", "0"]
    environment = os.environ | {"LAB_WORK": str(work), "NO_COLOR": "1"}
    with (
        subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process,
        contextlib.ExitStack() as ends,  # before the process is waited for
    ):
        assert process.stdout is not None
        ends.callback(process.kill)
        url, said = "", ""
        while not url:
            line = process.stdout.readline()
            assert line, "it ended by itself"
            url = line.split("curl -i ")[1].strip() if "curl -i" in line else ""
        assert httpx.get(url, trust_env=False).status_code == 200
        while "✗" not in said:
            said = process.stdout.readline()
            assert said, "it ended by itself"
        quoted = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert re.search(rf"The VM of worker_\d failed in OnHttpStreamDone, at {line_of('done')}", said)
    assert quoted.strip() == "| panic: when all is done, on purpose"
    assert process.returncode == 0


def test_a_filter_that_fetches_has_its_token_before_it_is_asked(work: Path) -> None:
    done = lab("follow", "upstream", work=work)
    assert "; 200 after " in done.stdout
    assert 'ReplaceHttpRequestHeader "authorization"' in done.stdout
