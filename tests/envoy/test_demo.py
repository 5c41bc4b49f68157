"""`lab demo` as a person runs it: the command, its output, its report, its picture."""

from __future__ import annotations

import functools
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from lab_helpers.commands.cli import app
from lab_helpers.envoy import Envoy
from lab_helpers.token_api import Fault, TokenApi

LAB = [sys.executable, "-m", "lab_helpers.commands.cli"]


def demo(folder: Path, *options: str, **environment: str) -> tuple[dict[str, Any], str]:
    """Run `lab demo`; return its report and what it printed."""
    report = folder / "demo.json"
    picture = folder / "demo.png"
    words = [*LAB, "demo", "--json", str(report), "--picture", str(picture), *options]
    done = subprocess.run(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | environment,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
    return json.loads(report.read_text()), done.stdout


def holds(report: dict[str, Any], workers: int) -> None:
    """Assert what every demo must show."""
    threads = {thread["name"]: thread for thread in report["threads"]}
    names = [f"worker_{number}" for number in range(workers)]
    assert list(threads) == [*names, "main"]
    assert len({thread["vm"] for thread in threads.values()}) == workers + 1
    assert len({thread["tid"] for thread in threads.values()}) == workers + 1
    for thread in threads.values():
        assert thread["ticks"] >= 2
        assert thread["fetches"] >= 2
    for name in names:
        last = threads[name]["responses"][-1]
        assert last["status"] == 200
        assert last["headers"]["x-wasm-filter"] == "hello from wasm"
        assert re.fullmatch(r"Bearer ey\S+…\S{4} \(\d+ characters\)", last["headers"]["x-auth"])
        assert last["headers"]["x-wasm-vm"] == threads[name]["vm"]
    assert threads["main"]["responses"] == []
    assert report["jwt_verified"] is True
    assert report["calls_per_period"] == pytest.approx(workers + 1, rel=0.15)
    assert report["module"]["bytes"] > 100_000


@pytest.mark.parametrize(
    ("compiler", "columns", "row"),
    [
        (
            "tinygo",
            "80",
            r"worker_2 +\w{6} +\d+ +\d+ ok +\w{8} +\d × 200  hello from wasm  ✓",
        ),
        ("go", "40", r"worker_2: VM \w{6}, \d+ ticks\n  fetches \d+ ok, token \w{8}\n"),
    ],
)
def test_the_demo_shows_the_whole_thing(
    tmp_path: Path, compiler: str, columns: str, row: str
) -> None:
    options = ("--compiler", compiler, "--tick-ms", "500", "--seconds", "4", "--workers", "3")
    report, said = demo(tmp_path, *options, COLUMNS=columns)
    assert re.search(row, said)
    said = " ".join(said.split())
    holds(report, workers=3)
    assert report["compiler"] == compiler
    assert "3 + 1 = 4 calls a period" in said
    assert "worker_2 ticks in VM" in said
    assert "no traffic" in said
    assert "whose signature is valid" in said
    assert f"The report: {tmp_path / 'demo.json'}" in said


def test_two_demos_at_once_do_not_meet(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    with ExitStack() as stack:
        running = []
        for folder in folders:
            folder.mkdir()
            words = [*LAB, "demo", "--json", str(folder / "demo.json"), "--picture"]
            words += [str(folder / "demo.png"), "--tick-ms", "500", "--seconds", "4"]
            process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            running.append(stack.enter_context(process))
        said = [process.communicate(timeout=90)[0].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    for folder in folders:
        holds(json.loads((folder / "demo.json").read_text()), workers=2)


def test_a_demo_too_short_for_a_tick_says_so_at_once() -> None:
    words = [*LAB, "demo", "--tick-ms", "15000", "--seconds", "8"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "never fires" in done.stderr
    assert "--seconds 47" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_demo_without_a_token_fails_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TokenApi() as api:
        api.fault = Fault.ERROR
        monkeypatch.setattr(
            "lab_helpers.commands.demo.Envoy", functools.partial(Envoy, token_api=api)
        )
        words = ["demo", "--tick-ms", "500", "--seconds", "2", "--json", "-"]
        done = CliRunner().invoke(app, [*words, "--picture", str(tmp_path / "demo.png")])
    assert done.exit_code == 1
    assert "worker_0 answered 200, but it carries no x-auth" in done.output
    assert "of the fetches some ended with status" in done.output
    assert "no token" in done.output

    def refused(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    told = json.loads(done.stdout, parse_constant=refused)
    assert told["first_token_s"] is None
    assert told["jwt_verified"] is False
    assert all(thread["ticks"] > 0 for thread in told["threads"])


@pytest.mark.matrix
@pytest.mark.parametrize("envoy_of", ["1.36", "1.37", "1.38", "1.39", "1.40"], indirect=True)
def test_the_demo_on_every_envoy(tmp_path: Path, envoy_of: Path) -> None:
    options = ("--tick-ms", "500", "--seconds", "4")
    report, _ = demo(tmp_path, *options, LAB_ENVOY=str(envoy_of))
    holds(report, workers=2)
    wanted = envoy_of.parents[2].name
    assert report["envoy_version"].startswith(f"{wanted}.")


def test_a_picture_that_cannot_be_saved_is_said_at_once(tmp_path: Path) -> None:
    words = [*LAB, "demo", "--picture", str(tmp_path / "demo.gif")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot be saved as demo.gif" in done.stderr
    assert "a name that ends in .svg, .png or .pdf" in done.stderr
    assert "Compiling" not in done.stdout


def test_ctrl_c_ends_a_demo_and_leaves_nothing(tmp_path: Path) -> None:
    words = [*LAB, "demo", "--seconds", "60", "--picture", str(tmp_path / "demo.png")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        assert any(b"ticks in VM" in line for line in process.stdout)
        children = psutil.Process(process.pid).children(recursive=True)
        assert any("envoy" in child.name() for child in children)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
