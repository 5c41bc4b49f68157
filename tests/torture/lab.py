"""The lab that is tormented: one Envoy of eight workers with the token filter, and its recovery."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import psutil

from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.errors import LabError
from lab_helpers.token_api import Fault

__all__ = ["WORKERS", "Lab"]

WORKERS = 8
TICK_MS = 200
# What a machine of two cores, with other work on it, needs at most.
TOKENS_S = 60.0
END_S = 30.0


class Lab:
    """A running lab, and what may be done to it.

    Args:
        envoy: Not started yet.
        module: The token filter.
        random: Chooses.
        folder: An empty folder to work in.
    """

    def __init__(self, envoy: Envoy, module: Module, random: Random, folder: Path) -> None:
        self.envoy = envoy
        self.module = module
        self.random = random
        self.folder = folder
        self.refusals: list[LabError] = []

    @property
    def process(self) -> psutil.Process:
        """Return Envoy's process."""
        return psutil.Process(self.envoy.pid)

    def attempt(self, what: Callable[[], object]) -> LabError | None:
        """Do what may fail while a fault is on: with a `LabError` that says what to try.

        Args:
            what: What a person would do now.

        Returns:
            The error; None where there was none.

        Raises:
            AssertionError: It failed with an error that says nothing to try.
        """
        failed = None
        try:
            what()
        except LabError as error:
            failed = error
        if failed is not None:
            assert failed.hint, f"no hint: {failed!r}"
            self.refusals.append(failed)
        return failed

    def ask_somebody(self) -> None:
        """Ask one worker, as a person does who does not know yet."""
        worker = f"worker_{self.random.randrange(self.envoy.workers)}"
        self.attempt(lambda: self.envoy.ask(worker))

    def await_end(self) -> None:
        """Wait until the lab says that its Envoy has ended: who watches it hears so a moment later.

        Raises:
            AssertionError: It never does.
        """
        deadline = time.monotonic() + END_S
        while self.attempt(self.envoy.check) is None:
            assert time.monotonic() < deadline, "Envoy has ended, and the lab does not say so"
            time.sleep(0.02)  # between two looks, until the deadline

    def recover(self) -> None:
        """Bring it back by what the lab advises: start it again where it does not answer.

        Raises:
            LabError: That did not help.
            AssertionError: A worker answers otherwise than it should.
        """
        self.envoy.token_api.fault = Fault.NONE
        if self.attempt(self.envoy.ask_every_worker) is not None:
            self.attempt(self.envoy.stop)
            self.envoy.start()
        self.envoy.wait_for_tokens(TOKENS_S)
        answers = self.envoy.ask_every_worker()
        assert [answer.status for answer in answers] == [200] * self.envoy.workers
        assert {answer.headers.get("x-wasm-filter") for answer in answers} == {"hello from wasm"}
        assert all(answer.headers.get("x-auth", "").startswith("Bearer ") for answer in answers)
