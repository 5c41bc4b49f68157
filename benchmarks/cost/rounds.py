"""The rounds: every way is measured in turn, again and again, each in an Envoy of its own.

All Envoys of a half are started before its first round. But for the one that is measured they are
stopped (SIGSTOP), so that each round needs no start, and none takes anything from another. The
second half starts all of them anew: where a program happens to lie in memory makes it quicker or
slower as long as it runs, and only a new start draws that again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.cost.building import Built
from benchmarks.cost.chains import envoy_configuration
from benchmarks.cost.filters import GREETING
from benchmarks.cost.load import Load, answer_headers, send
from benchmarks.cost.processes import Cores, Measured, started, wait_for
from benchmarks.cost.ways import Way
from lab_helpers.token_api import TokenApi

__all__ = ["Bench", "Rounds", "Sample", "Tell", "run_rounds"]

Tell = Callable[[str], None]

_MICRO = 1_000_000
_WARMING = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """One way in one round.

    Attributes:
        way: Its name.
        scene: `ten`, `alone`, `body`, or `paced`.
        half: 0 or 1.
        number: The round's.
        cpu_us: Processor time for each request, in microseconds.
        per_s: Requests a second.
        p50_us: The median latency, in microseconds.
        p99_us: The latency that one in a hundred exceeds.
    """

    way: str
    scene: str
    half: int
    number: int
    cpu_us: float
    per_s: float
    p50_us: float
    p99_us: float


@dataclasses.dataclass(frozen=True, slots=True)
class Rounds:
    """Which rounds are run in a half.

    Attributes:
        scene: As in `Sample`.
        times: How often the filter stands in the chain.
        number: How many rounds.
        seconds: How long each way is measured in each.
        path: What is asked for.
        paced: Whether with pauses, to see latencies below saturation.
    """

    scene: str
    times: int
    number: int
    seconds: float
    path: str = "/"
    paced: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Bench:
    """What all rounds share.

    Attributes:
        built: What was built, by way.
        api: The token service.
        token: A token of it, for those that do not ask.
        folder: For the files of the Envoys.
        cores: Which core is whose.
        tell: Says what is done now.
        heat: Whether each Envoy first serves for a second, until V8 has compiled what is hot.
    """

    built: Mapping[str, Built | None]
    api: TokenApi
    token: str
    folder: Path
    cores: Cores
    tell: Tell
    heat: bool = True

    @contextlib.contextmanager
    def envoy(
        self,
        way: Way,
        times: int,
        name: str,
        *,
        workers: int = 1,
        core: int | None = None,
        log_level: str = "error",
    ) -> Iterator[Measured]:
        """Start an Envoy of one way, and wait until its filters have what they need.

        Args:
            way: Which.
            times: How often its filter stands in the chain.
            name: Of its folder.
            workers: Its worker threads.
            core: On which core; None for any.
            log_level: What its filters log, from this level on.

        Raises:
            LaunchError: It does not come up.
        """
        built = self.built[way.name]

        def configuration(port: int | None) -> Mapping[str, Any]:
            filters = way.chain(times, built, self.token)
            services = way.services_of(built) if way.services_of and built else ()
            return envoy_configuration(filters, self.api.port, services=services, asked_port=port)

        service = way.kind == "service" and built is not None
        before = self.api.asked_total
        with started(
            configuration,
            self.folder / name,
            workers=workers,
            core=core,
            asked=[str(built.path), self.token] if service and built else [],
            libraries=built.path.parent if way.kind == "library" and built else None,
            log_level=log_level,
        ) as measured:
            wanted = before + way.calls_a_period(times, workers)
            wait_for(lambda: self.api.asked_total >= wanted, f"The tokens of {way.name}")
            if way.filter_of is not None:
                what = f"The headers ({way.headers}), by {way.name},"
                wait_for(lambda: _sets(measured, way.headers), what)
            yield measured


def run_rounds(
    bench: Bench, ways: Sequence[Way], half: int, plans: Sequence[Rounds]
) -> Iterator[Sample]:
    """Run the rounds of a half that have the same chain.

    Args:
        bench: What all rounds share.
        ways: What is measured.
        half: Which half.
        plans: Their rounds are run one of each in turn.

    Yields:
        What was measured.

    Raises:
        LabError: A way cannot be measured.
    """
    times = plans[0].times
    with contextlib.ExitStack() as ending:
        running: list[tuple[Way, Measured]] = []
        for way in ways:
            bench.tell(f"half {half + 1}: starting {way.name}, {times} in a chain")
            core = bench.cores.measured
            name = f"{half}-{times}-{len(running)}"
            envoy = ending.enter_context(bench.envoy(way, times, name, core=core))
            if bench.heat:
                send(envoy.netloc, "/", 1, bench.cores.load)
            envoy.pause()
            running.append((way, envoy))
        for number in range(max(plan.number for plan in plans)):
            for plan in plans:
                if number < plan.number:
                    bench.tell(f"half {half + 1}: {plan.scene}, round {number + 1}")
                    for way, envoy in running:
                        yield _sample(bench, way, envoy, plan, half, number)


def _sample(  # each says which sample it is
    bench: Bench, way: Way, envoy: Measured, plan: Rounds, half: int, number: int
) -> Sample:
    envoy.go_on()
    _warm(envoy.netloc, plan.path)
    before = envoy.cpu_s()
    pace: Any = "paced" if plan.paced else "full"
    load: Load = send(envoy.netloc, plan.path, plan.seconds, bench.cores.load, pace=pace)
    spent = envoy.cpu_s() - before
    envoy.check()
    envoy.pause()
    return Sample(
        way.name,
        plan.scene,
        half,
        number,
        spent * _MICRO / load.requests,
        load.requests / load.seconds,
        load.p50_us,
        load.p99_us,
    )


def _warm(netloc: str, path: str) -> None:
    """Ask a few times after a rest: what the processor had at hand is another's by now."""
    connection = http.client.HTTPConnection(netloc)
    for _ in range(_WARMING):
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()


def _sets(envoy: Measured, wanted: int) -> bool:
    headers = answer_headers(envoy.netloc)
    greeted = headers.get("x-wasm-filter") == GREETING
    told = headers.get("x-auth", "").startswith("Bearer ")
    return (greeted, told) == (wanted > 0, wanted > 1)
