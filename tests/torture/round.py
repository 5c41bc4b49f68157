"""Fault after fault on one lab, natively and in Docker, with a look at what is left in the end."""

from __future__ import annotations

import collections
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import psutil
import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.envoy import Envoy
from lab_helpers.folders import repository_folder
from lab_helpers.launch import Launcher
from tests.torture.faults import Torment
from tests.torture.lab import TICK_MS, WORKERS, Lab
from tests.torture.leftovers import Traces

__all__ = ["Torture", "temporary_files_in"]


class Torture:
    """Torment one lab, in an order that a seed decides; `done` counts each kind.

    Args:
        seed: Decides what is done.
        folder: An empty folder to work in.
        say: Takes a line for each fault.
    """

    def __init__(self, seed: int, folder: Path, say: Callable[[str], None]) -> None:
        self._random = Random(seed)  # noqa: S311  # no secret
        self._folder = folder
        self._temporary = folder / "tmp"
        self._temporary.mkdir()
        self._say = say
        self.done: collections.Counter[str] = collections.Counter()
        self._refusals = 0

    @property
    def summary(self) -> str:
        """Return what was done, in a line."""
        each = ", ".join(f"{name} {count}" for name, count in sorted(self.done.items()))
        total = sum(self.done.values())
        return f"{total} faults, {self._refusals} errors with something to try: {each}"

    def run(
        self,
        seconds: float,
        faults: Sequence[Torment],
        launcher: Launcher | str = "native",
        workers: int = WORKERS,
        others: Callable[[], set[psutil.Process]] = set,
    ) -> list[str]:
        """Provoke faults, each kind once, and on until the time is over.

        Args:
            seconds: How long.
            faults: What is chosen among.
            launcher: How Envoy is started.
            workers: How many workers it has.
            others: Returns processes that are not the lab's, and may come and go.

        Returns:
            What was left behind, in words.

        Raises:
            AssertionError: A fault was answered otherwise than the lab promises.
            LabError: The lab did not come back.
        """
        module = compile_filter(repository_folder() / "filter" / "token", reuse=True)
        envoy = Envoy(module, workers=workers, launcher=launcher, settings={"tick_ms": TICK_MS})
        lab = Lab(envoy, module, self._random, self._folder)
        deadline = time.monotonic() + seconds
        waiting = list[Torment]()
        with temporary_files_in(self._temporary):
            traces = Traces(self._temporary, others)
            with envoy:
                while time.monotonic() < deadline or not all(map(self._was_done, faults)):
                    waiting = waiting or self._random.sample(faults, len(faults))
                    self._torment(lab, waiting.pop())
            return traces.left()

    def _torment(self, lab: Lab, fault: Torment) -> None:
        began = time.monotonic()
        lab.refusals.clear()
        fault(lab)
        said = "".join(f" · {error.what}" for error in lab.refusals)
        lab.recover()
        self.done[fault.__name__] += 1
        self._refusals += len(lab.refusals)
        self._say(f"  {fault.__name__}: back after {time.monotonic() - began:.1f} s{said}")

    def _was_done(self, fault: Torment) -> bool:
        return self.done[fault.__name__] > 0


@contextlib.contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """Let temporary files be made in a folder that nobody else uses, by children as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        yield
