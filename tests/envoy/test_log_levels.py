"""A filter's own lines of a real Envoy: which of them are shown, by level, and as text."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from lab_helpers.board.events import FilterSaid, Panicked
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.compiling.modules import Module
from lab_helpers.dashboard import show_log
from lab_helpers.envoy import Envoy
from lab_helpers.errors import ConfigurationError
from tests.moody import EVIL, moody

Launch = Callable[..., Envoy]
LAST = "a critical line"


@pytest.fixture(scope="module")
def filters(tmp_path_factory: pytest.TempPathFactory) -> Module:
    return moody(tmp_path_factory.mktemp("moody"))


def said(picture: Snapshot) -> list[tuple[str, str]]:
    return [(line.level, line.text) for line in picture.lines if isinstance(line, FilterSaid)]


def all_said(envoy: Envoy) -> list[tuple[str, str]]:
    envoy.ask("worker_0", "/log")
    return said(envoy.wait_until(lambda now: LAST in dict(said(now)).values(), LAST))


@pytest.mark.parametrize("see", ["auto", "crossings", "log"])
def test_debug_lines_appear_only_if_asked_for(launch: Launch, filters: Module, see: str) -> None:
    # With the crossings Envoy logs at trace, so that a filter's debug lines come along.
    envoy = launch(filters, workers=1, see=see)
    usual = [
        ("info", "an info line"),
        ("warning", "a warning line"),
        ("error", "an error line"),
        ("critical", LAST),
    ]
    assert all_said(envoy) == usual
    envoy.restart(log_level="debug")
    assert all_said(envoy) == [("debug", "a debug line"), *usual]
    assert envoy.log_level == "debug"
    envoy.restart(log_level="error")
    assert all_said(envoy) == usual[2:]


def test_panics_and_the_labs_own_counts_are_there_at_every_level(
    launch: Launch, filters: Module, token_module: Module
) -> None:
    envoy = launch(filters, workers=1, log_level="critical")
    envoy.ask("worker_0", "/panic-at-request")
    picture = envoy.wait_until(lambda now: now.thread("worker_0").failure, "the VM has failed")
    assert any(isinstance(line, Panicked) for line in picture.lines)
    launch(token_module, log_level="critical").wait_for_tokens()


@pytest.mark.parametrize("level", ["trace", "loud", ""])
def test_a_level_that_is_none_is_said(filters: Module, level: str) -> None:
    with pytest.raises(ConfigurationError, match="no level") as caught:
        Envoy(filters, log_level=level)
    assert "debug, info, warning, error, critical" in caught.value.hint


def test_the_log_shows_a_panic_by_thread_and_foreign_text_as_text(
    launch: Launch, filters: Module
) -> None:
    envoy = launch(filters, workers=2)
    envoy.ask("worker_0", "/evil")
    envoy.ask("worker_1", "/panic-at-request")
    envoy.wait_until(lambda now: now.thread("worker_1").failure, "the VM has failed")
    log = show_log(envoy)
    words = log.describe()
    assert "worker_1 ✖ panic: at the request, on purpose" in words
    assert "worker_1 ✖ VM failed: proxy_on_request_headers" in words
    evil = next(line for line in words.splitlines() if "worker_0 info: <script>" in line)
    assert r"\x1b[31mred\x1b[0m" in evil
    assert EVIL not in words
    bundle, _ = log._repr_mimebundle_()
    assert "<script>" not in bundle["text/html"]


def test_up_shows_debug_lines_on_request_and_no_escape_acts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moody(tmp_path)
    folder = str(tmp_path / "filter" / "hello")
    words = [sys.executable, "-m", "lab_helpers.commands.cli", "up", folder, "--workers", "1"]
    words += ["--port", "0", "--admin-port", "0", "--log-level", "debug"]
    # A terminal's colours, so that what is printed is what a terminal would get.
    environment = os.environ | {"FORCE_COLOR": "1"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline()]
        while "curl -i" not in printed[-1]:
            printed.append(process.stdout.readline())
            assert printed[-1], "it ended by itself"
        url = next(word for word in printed[-1].split() if word.startswith("http"))
        url = url.partition("\x1b")[0].rstrip("/")
        for path in ("/log", "/evil"):
            assert httpx.get(f"{url}{path}", trust_env=False).status_code == 200
        while "window.acted" not in printed[-1]:
            printed.append(process.stdout.readline())
            assert printed[-1], "it ended by itself"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert any("worker_0: debug: a debug line" in line for line in printed)
    assert any("worker_0: an info line" in line for line in printed)
    assert "\x1b]0;" not in printed[-1]
    assert r"\x1b]0;title\x07" in printed[-1]
