"""One Envoy with two filters under load, what is done to it meanwhile, and what became of it."""

from __future__ import annotations

import collections
import contextlib
import copy
import dataclasses
import statistics
import time
from collections.abc import Iterator
from random import Random
from typing import Any

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Answer, Outcome
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.folders import repository_folder
from lab_helpers.token_api import Fault

__all__ = ["WORKERS", "Soak", "Story"]

WORKERS = 8
# A VM that failed is made anew by a request that comes this long after.
BACKOFF_S = 0.1
_MINUTE_S = 60.0
# What a client gets while nothing is wrong, and what it may get while something is.
GOOD = (200, Outcome.ANSWERED)
BAD = ((503, Outcome.VM_FAILED), (503, Outcome.UPSTREAM_DOWN))
ROUNDS_BETWEEN = 5


@dataclasses.dataclass
class Story:
    """What became of a soak.

    Attributes:
        answers: How often each status came, with what became of the request.
        unexplained: Answers that no fault of the soak explains, in words.
        reloads: How many reloads were taken.
        crashes: How many VMs were crashed, by worker.
        rss: Envoy's resident bytes over time: seconds since the start, and bytes.
    """

    answers: collections.Counter[tuple[int, Outcome]] = dataclasses.field(
        default_factory=collections.Counter
    )
    unexplained: list[str] = dataclasses.field(default_factory=list)
    reloads: int = 0
    crashes: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    rss: list[tuple[float, int]] = dataclasses.field(default_factory=list)

    @property
    def minutes(self) -> tuple[float, ...]:
        """Return the memory of each whole minute, in bytes: its median.

        While the filter is reloaded the old VMs stand beside the new ones, so one look alone may
        meet both.
        """
        found: dict[int, list[int]] = {}
        for moment, size in self.rss:
            found.setdefault(int(moment // _MINUTE_S), []).append(size)
        return tuple(statistics.median(found[minute]) for minute in sorted(found))

    @property
    def growth(self) -> float:
        """Return by which share the memory grew after the first minute: the most by the second."""
        _, *late = self.minutes or (0.0,)
        return max(late) / late[0] - 1 if late else 0.0

    def __str__(self) -> str:
        came = ", ".join(
            f"{count} x {status} {outcome.value}"
            for (status, outcome), count in self.answers.items()
        )
        crashed = sum(self.crashes.values())
        return f"{came}; {self.reloads} reloads, {crashed} crashes on {len(self.crashes)} workers"


class Soak:
    """Keep one Envoy under load, and do something to it between the rounds.

    Args:
        seed: Decides what is done.
        reload_every_s: About how often the filter is reloaded, in seconds.
    """

    def __init__(self, seed: int, reload_every_s: float) -> None:
        self._random = Random(seed)  # noqa: S311  # no secret
        self._reload_every_s = reload_every_s
        self._token = compile_filter(repository_folder() / "filter" / "token", reuse=True)
        self._crash = compile_filter(repository_folder() / "filter" / "crash", reuse=True)
        self.story = Story()

    def run(self, seconds: float) -> Story:
        """Soak for so long; what is wrong in the end is an assertion of whoever asked.

        Args:
            seconds: How long.

        Raises:
            LabError: Envoy or a worker was lost.
        """
        envoy = Envoy(
            {"token": self._token, "crash": self._crash},
            workers=WORKERS,
            configuration=_both(),
            settings={"token": {"tick_ms": 500}, "crash": {}},
            failure_policy="FAIL_RELOAD",
            reload_backoff_s=BACKOFF_S,
            launcher="native",
        )
        with envoy:
            began = time.monotonic()
            reload_at = began
            while (now := time.monotonic()) < began + seconds:
                self.story.rss.append((now - began, envoy.figures().rss_bytes))
                if now >= reload_at:
                    self._reload(envoy)
                    reload_at = now + self._reload_every_s
                else:
                    self._random.choice((self._crash_a_worker, self._break_the_service))(envoy)
                self._load(envoy, expected=())
            assert envoy.figures().vms == 2 * (WORKERS + 2), "VMs of earlier reloads are left"
        return self.story

    def _load(self, envoy: Envoy, expected: tuple[tuple[int, Outcome], ...]) -> None:
        for _ in range(ROUNDS_BETWEEN):
            for answer in envoy.ask_every_worker():
                self._count(answer, expected)

    def _count(self, answer: Answer, expected: tuple[tuple[int, Outcome], ...]) -> None:
        came = (answer.status, answer.outcome)
        self.story.answers[came] += 1
        if came != GOOD and came not in expected:
            self.story.unexplained.append(f"{answer.worker}: {answer!r} {answer.why}")

    def _reload(self, envoy: Envoy) -> None:
        """Exchange the token filter while others ask; none may notice."""
        with self._asking(envoy):
            envoy.reload({"token": self._token})
        self.story.reloads += 1

    def _crash_a_worker(self, envoy: Envoy) -> None:
        """Crash one worker's VM; it answers 503 until its new one is there, the others go on."""
        worker = f"worker_{self._random.randrange(WORKERS)}"
        answer = envoy.ask(worker, headers={"x-crash": "request_headers"})
        self._count(answer, BAD)
        assert answer.outcome is Outcome.VM_FAILED, f"{worker} did not crash: {answer!r}"
        self.story.crashes[worker] += 1
        deadline = time.monotonic() + 30
        while (answer := envoy.ask(worker)).status != GOOD[0]:
            self._count(answer, BAD)
            assert time.monotonic() < deadline, f"{worker} has no VM again: {answer!r}"
            others = (f"worker_{number}" for number in range(WORKERS))
            for other in others:
                if other != worker:
                    self._count(envoy.ask(other), ())
        self._count(answer, ())

    def _break_the_service(self, envoy: Envoy) -> None:
        """Let the token service fail for a while; where it refuses, it is no upstream either."""
        fault = self._random.choice([each for each in Fault if each is not Fault.NONE])
        envoy.token_api.fault = fault
        self._load(envoy, BAD if fault is Fault.REFUSE else ())
        envoy.token_api.fault = Fault.NONE

    @contextlib.contextmanager
    def _asking(self, envoy: Envoy) -> Iterator[None]:
        """Ask each worker before and after; `reload` itself asks each in between."""
        self._load(envoy, ())
        yield
        self._load(envoy, ())


def _both() -> Configuration:
    """Return the article's configuration with the filter that crashes before the token filter."""
    read = Configuration.read("envoy.yaml")
    document: Any = copy.deepcopy(read.document)
    (listener,) = document["static_resources"]["listeners"]
    filters = listener["filter_chains"][0]["filters"][0]["typed_config"]["http_filters"]
    crash = copy.deepcopy(filters[0])
    crash["name"] = "crash"
    crash["typed_config"]["config"] |= {"name": "crash", "root_id": "crash"}
    crash["typed_config"]["config"]["vm_config"]["vm_id"] = "crash_vm"
    del crash["typed_config"]["config"]["configuration"]
    filters.insert(0, crash)
    return Configuration(document, "the soak's configuration")
