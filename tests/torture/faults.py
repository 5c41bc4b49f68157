"""Faults of a lab on this machine, each a function that provokes one and looks at what is said."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.folders import repository_folder, runs_folder
from lab_helpers.token_api import Fault
from tests.load import statuses_of
from tests.rooted import small_disk
from tests.torture.lab import TICK_MS, Lab

__all__ = ["FAULTS", "Torment"]

Torment = Callable[[Lab], None]

_END_S = 30.0
_LAB = (sys.executable, "-m", "lab_helpers.commands.cli")
_DEADLY = (
    signal.SIGKILL,
    signal.SIGTERM,
    signal.SIGSEGV,
    signal.SIGABRT,
    signal.SIGBUS,
    signal.SIGQUIT,
)
_FULL_KB = 64


def signalled(lab: Lab) -> None:
    """Send Envoy a signal that ends it."""
    process = lab.process
    process.send_signal(lab.random.choice(_DEADLY))
    lab.ask_somebody()
    process.wait(_END_S)
    lab.await_end()


def held(lab: Lab) -> None:
    """Stop Envoy in its tracks: it runs, does nothing, and is started again as the hint says."""
    lab.process.send_signal(signal.SIGSTOP)
    lab.ask_somebody()
    lab.envoy.restart()


def keeper_killed(lab: Lab) -> None:
    """End the process that watches over Envoy: Envoy ends with it."""
    process = lab.process
    keeper = process.parent()
    assert keeper is not None
    assert keeper.pid != os.getpid()
    keeper.kill()
    process.wait(_END_S)
    lab.ask_somebody()
    lab.await_end()


def token_service_down(lab: Lab) -> None:
    """Let the JWT service fail in one of its ways: clients are answered at once all the same."""
    fault = lab.random.choice([each for each in Fault if each is not Fault.NONE])
    lab.envoy.token_api.fault = fault
    answers = lab.envoy.ask_every_worker()
    # It is the upstream as well, and one that refuses is not there for anybody.
    expected = 503 if fault is Fault.REFUSE else 200
    assert {answer.status for answer in answers} == {expected}


def loaded(lab: Lab) -> None:
    """Send many requests at once: each is answered."""
    assert statuses_of(lab.envoy.url, 800) == {200: 800}


def restarted(lab: Lab) -> None:
    """Start it anew with other settings."""
    lab.envoy.restart(settings={"tick_ms": lab.random.choice((TICK_MS, 2 * TICK_MS))})


def bad_settings(lab: Lab) -> None:
    """Start it anew with settings that the filter refuses."""
    bad = lab.random.choice(({"tick_ms": "soon"}, {"tik_ms": 5}, {"path": 7}))
    assert lab.attempt(lambda: lab.envoy.restart(settings=bad)) is not None
    assert not lab.envoy.running


def damaged_module(lab: Lab) -> None:
    """Start another Envoy with a module that was cut short, or overwritten."""
    whole = lab.module.path.read_bytes()
    damaged = lab.folder / "damaged.wasm"
    at = lab.random.randrange(9, len(whole) - 1)
    cut = lab.random.random() < 0.5  # a coin
    damaged.write_bytes(whole[:at] if cut else b"\0" * 8 + whole[8:])
    module = Module(damaged, damaged.stat().st_size, "", (), ())
    assert lab.attempt(lambda: Envoy(module, workers=1).start().stop()) is not None


def disk_full(lab: Lab) -> None:
    """Start another Envoy where the disk for its run is full."""
    place = lab.folder / f"full-{lab.random.randrange(1_000_000)}"
    with small_disk(place, _FULL_KB), pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_RUNS", str(place))
        (place / "ballast").write_bytes(b"\0" * _room(place))
        assert lab.attempt(lambda: Envoy(lab.module, workers=1).start().stop()) is not None
        assert [each.name for each in place.iterdir()] == ["ballast"]


def rubbish_among_the_runs(lab: Lab) -> None:
    """Leave things among the runs that are none; clearing up passes them by, and ends nothing."""
    runs = runs_folder()
    outside = lab.folder / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "kept").write_text("mine", encoding="utf-8")
    (runs / "a-file").write_text("{", encoding="utf-8")
    (runs / "a-link").symlink_to(outside)
    noted = runs / "noted"
    noted.mkdir()
    (noted / "owner.json").write_text(lab.random.choice(("", "[]", '{"owner": 5}')), "utf-8")
    try:
        assert _lab("clean") == 0
        assert (outside / "kept").read_text(encoding="utf-8") == "mine"
        lab.envoy.check()
    finally:
        for name in ("a-file", "a-link"):
            (runs / name).unlink(missing_ok=True)


def second_lab_killed(lab: Lab) -> None:
    """Run another lab beside it, and kill that one at any moment: its Envoy ends with it."""
    with _another_lab() as other:
        lines = iter(other.stdout or ())
        for _ in range(lab.random.randrange(4)):
            next(lines, "")
        children = psutil.Process(other.pid).children(recursive=True)
        other.kill()
        other.wait(_END_S)
    _, alive = psutil.wait_procs(children, _END_S)
    assert alive == []
    lab.envoy.check()


def second_lab_interrupted(lab: Lab) -> None:
    """Run another lab beside it, and press Ctrl-C after its first words: it says no trace."""
    with _another_lab() as other:
        lines = iter(other.stdout or ())
        for _ in range(lab.random.randrange(1, 4)):
            next(lines, "")
        children = psutil.Process(other.pid).children(recursive=True)
        other.send_signal(signal.SIGINT)
        said, failed = other.communicate(timeout=_END_S)
    assert "Traceback" not in said + failed, failed
    _, alive = psutil.wait_procs(children, _END_S)
    assert alive == []


def compiled_meanwhile(lab: Lab) -> None:
    """Compile a filter while Envoy runs."""
    compile_filter(repository_folder() / "filter" / "hello", lab.folder / "hello.wasm", reuse=True)
    lab.envoy.check()


# Only root may mount a disk of its own.
FAULTS: tuple[Torment, ...] = (
    signalled,
    held,
    keeper_killed,
    token_service_down,
    loaded,
    restarted,
    bad_settings,
    damaged_module,
    *((disk_full,) if os.geteuid() == 0 else ()),
    rubbish_among_the_runs,
    second_lab_killed,
    second_lab_interrupted,
    compiled_meanwhile,
)
"""What is chosen among."""


@contextlib.contextmanager
def _another_lab() -> Iterator[subprocess.Popen[str]]:
    words = [*_LAB, "up", "--port", "0", "--admin-port", "0", "--tick-ms", "200", "--workers", "2"]
    pipe = subprocess.PIPE
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, env=environment) as other:
        try:
            yield other
        finally:
            if other.poll() is None:
                other.kill()


def _room(place: Path) -> int:
    figures = os.statvfs(place)
    return figures.f_bavail * figures.f_frsize


def _lab(*words: str) -> int:
    done = subprocess.run([*_LAB, *words], check=False, capture_output=True, text=True)
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done.returncode
