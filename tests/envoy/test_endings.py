"""An Envoy that ends: what is quoted is the reason, wherever it stands in the log."""

from __future__ import annotations

import os
import shlex
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from lab_helpers.envoy import Envoy, readiness
from lab_helpers.errors import ConfigurationError, LaunchError
from lab_helpers.launch.failures import launch_failure
from lab_helpers.toolchain import find_envoy
from tests.conftest import TellFault

Launch = Callable[..., Envoy]
GOES_ON = "what was seen, in `snapshot()` and `.log`; start() works"


def ended(envoy: Envoy) -> LaunchError:
    """Wait until it has ended, and see that the hint works: it can be started again."""
    with pytest.raises(LaunchError) as caught:
        # A core of forty gigabytes of addresses, most of them empty, takes its time.
        envoy.wait_until(lambda _now: False, "never", timeout_s=90)
    assert "envoy.start()" in caught.value.hint
    assert envoy.start().ask("worker_0").status == 200
    return caught.value


def test_a_crash_is_quoted_by_its_name(launch: Launch) -> None:
    envoy = launch(workers=1)
    os.kill(envoy.pid, signal.SIGSEGV)
    error = ended(envoy)
    assert error.quote.startswith("Caught Segmentation fault, suspect faulting address 0x")
    assert "\n" not in error.quote
    assert any(line.startswith("#0: ") for line in error.log_tail)


@pytest.mark.parametrize(
    ("number", "quote"), [(signal.SIGABRT, "Caught Aborted"), (signal.SIGFPE, "Caught Floating")]
)
def test_other_crashes_have_their_names(launch: Launch, number: signal.Signals, quote: str) -> None:
    envoy = launch(workers=1)
    os.kill(envoy.pid, number)
    assert ended(envoy).quote.startswith(quote)


@pytest.mark.fault("Somebody ends Envoy (SIGTERM)")
def test_an_end_that_was_asked_for_names_the_signal(launch: Launch, fault: TellFault) -> None:
    envoy = launch(workers=1)
    os.kill(envoy.pid, signal.SIGTERM)
    error = ended(envoy)
    assert error.what.endswith("for it was asked to by SIGTERM.")
    assert error.quote == "caught ENVOY_SIGTERM"
    fault(error, kept=GOES_ON)


@pytest.mark.fault("Somebody ends Envoy by its admin port (/quitquitquit)")
def test_an_end_by_the_admin_port_is_told_from_a_signal(launch: Launch, fault: TellFault) -> None:
    envoy = launch(workers=1, admin_port=0)
    httpx.post(f"{envoy.admin_url}/quitquitquit", trust_env=False)
    error = ended(envoy)
    assert "not by a signal: by /quitquitquit on its admin port" in error.what
    assert error.quote == ""
    fault(error, kept=GOES_ON)


def test_a_signal_that_envoy_does_not_note_is_another_programs(launch: Launch) -> None:
    envoy = launch(workers=1)
    os.kill(envoy.pid, signal.SIGQUIT)
    error = ended(envoy)
    assert "ended by SIGQUIT while it ran, which another program sent" in error.what
    assert "no configured limit" not in error.quote


@pytest.fixture
def wrapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Start each Envoy by a line of shell; `"$@"` are its arguments."""

    def wrap(line: str) -> None:
        envoy = shlex.quote(str(find_envoy().path))
        script = tmp_path / "envoy"
        plain = f'[ "$1" = --version ] && exec {envoy} --version\n'
        script.write_text(f"#!/bin/sh\n{plain}{line.replace('ENVOY', envoy)}\n", encoding="utf-8")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("LAB_ENVOY", str(script))

    return wrap


# Now it ends, now it computes for ever: as many files as it needs are not always the same.
def test_too_few_files_are_said_by_the_reason(
    launch: Launch,
    wrapped: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readiness, "_READY_S", 3.0)  # it does not end, but computes for ever
    wrapped('ulimit -n 14; exec ENVOY "$@"')
    with pytest.raises(LaunchError) as caught:
        launch(workers=2)
    assert "Too many open files" in caught.value.quote
    assert "ulimit -n 1024" in caught.value.hint
    monkeypatch.undo()
    wrapped('ulimit -n 1024; exec ENVOY "$@"')  # the hint
    assert launch(workers=2).running


@pytest.mark.fault("Envoy may have too little memory (ulimit -v)")
def test_too_little_memory_is_the_allocators_word(
    launch: Launch, wrapped: Callable[[str], None], fault: TellFault
) -> None:
    wrapped('ulimit -v 300000; exec ENVOY "$@"')
    with pytest.raises(LaunchError) as caught:
        launch(workers=1)
    assert "FATAL ERROR: Out of memory" in caught.value.quote
    assert "run out of memory" in caught.value.hint
    fault(caught.value, kept="nothing had begun")


def test_a_flag_that_this_envoy_does_not_know(
    launch: Launch, wrapped: Callable[[str], None]
) -> None:
    wrapped('exec ENVOY "$@" --no-such-flag')
    with pytest.raises(LaunchError) as caught:
        launch(workers=1)
    assert caught.value.quote == (
        "PARSE ERROR: Argument: --no-such-flag\nCouldn't find match for argument"
    )
    with pytest.raises(ConfigurationError) as refused:
        Envoy(workers=1).validate()
    assert "--no-such-flag" in refused.value.quote
    assert "USAGE" not in refused.value.quote


IN_GO = """panic: on purpose

goroutine 17 [running, locked to thread]:
main.f(...)
\t/a.go:3"""
OF_A_LIMIT = """\
[2026-01-01 17:48:30.5][12800][critical][assert] [source/a.cc:223] assert failure: false. Details: \
Unable to create a thread with return code: 11
[2026-01-01 17:48:30.5][12800][error][envoy_bug] [./source/a.h:60] stacktrace for envoy bug
[2026-01-01 17:48:30.6][12800][error][envoy_bug] [./source/a.h:66] #0 UNKNOWN [0x562c466569e2]
[2026-01-01 17:48:30.6][12800][critical][backtrace] [./source/b.h:173] Caught Aborted, suspect \
faulting address 1
[2026-01-01 17:48:30.6][12800][critical][backtrace] [./source/b.h:167] #0: [0x7f1ff7440050]"""


@pytest.mark.parametrize(
    ("log", "exit_code", "quote"),
    [
        (IN_GO, 2, "panic: on purpose"),  # as a dynamic module in Go ends Envoy
        (OF_A_LIMIT, -6, "assert failure: false. Details: Unable to create a thread"),
        ("a line\n# Fatal error in , line 0\n# Check failed: x.\n#\n#\n#FailureMessage", -5, "#"),
        ("terminate called after throwing an instance of 'std::bad_alloc'\n#1: [0x1]", -6, "term"),
        ("envoy: error while loading shared libraries: libx.so.1: cannot open", 127, "envoy: err"),
        ("one\ntwo\n\n", 3, "one\ntwo"),
    ],
)
def test_the_reason_is_found_wherever_it_stands(log: str, exit_code: int, quote: str) -> None:
    error = launch_failure(log.splitlines(), exit_code, while_doing="while it ran", served=True)
    assert error.quote.startswith(quote)
    assert "0x" not in error.quote
    assert "goroutine" not in error.quote
