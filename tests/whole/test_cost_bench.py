"""The cost bench in its shortest form: each way is built, run and measured. No figure is judged."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from benchmarks.cost import load
from benchmarks.cost.footprint import growth
from benchmarks.cost.processes import Cores
from benchmarks.cost.report import write
from benchmarks.cost.rounds import Bench, Rounds, run_rounds
from benchmarks.cost.run import QUICK, Extent, Findings, measure
from benchmarks.cost.ways import APART, BASE, CONTROL, OURS, WAYS, Way
from lab_helpers.errors import ToolchainError, TrafficError
from lab_helpers.folders import repository_folder
from lab_helpers.token_api import TokenApi
from lab_helpers.token_api.faults import Fault
from tests.dynamic_modules import needs_gcc

# The first one of a machine compiles gRPC, and the token filter.
pytestmark = pytest.mark.timeout(600)

REPOSITORY = repository_folder()
EXT_PROC = "`ext_proc`, Go"
# The bench's own command, with what needs no compiler.
ENDED = """
import dataclasses
from benchmarks.cost.command import run
from benchmarks.cost.run import QUICK
ways = [way for way in QUICK.ways if way.build is None]
run(dataclasses.replace(QUICK, ways=ways, heat=False), "never")
"""


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    """Leave these tests out where a tool is missing that only they need, but not in CI."""
    needs_gcc()
    if shutil.which("wrk") is None:
        reason = "the cost bench needs wrk: apt-get install wrk"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="module")
def findings() -> Findings:
    shortest = (Rounds("ten", 2, 1, 1),)
    return measure(Extent(QUICK.ways, (shortest,), halves=1, heat=False))


def test_every_way_of_the_short_run_is_measured(findings: Findings) -> None:
    ways = [way.name for way in QUICK.ways]
    assert [sample.way for sample in findings.samples] == ways
    assert {row.way for row in findings.costs["ten"].rows} == {*ways} - {BASE, CONTROL}
    for sample in findings.samples:
        assert sample.cpu_us > 0
        assert sample.per_s > 0
        assert 0 < sample.p50_us <= sample.p99_us


def test_the_report_has_a_row_for_each_way_with_versions_and_machine(
    findings: Findings, tmp_path: Path
) -> None:
    text = write(findings, "quick", tmp_path).read_text(encoding="utf-8")
    _, _, table = text.partition("## What one filter adds")
    rows = [line for line in table.partition("## Where")[0].splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + len(QUICK.ways) - 2
    assert "loses to" in text
    assert f"envoy {findings.conditions.versions['envoy']}" in text
    assert "wrk 4" in text
    assert (tmp_path / "quick-added.png").stat().st_size > 10_000
    told = json.loads((tmp_path / "quick.json").read_text(encoding="utf-8"))
    assert len(told["samples"]) == len(QUICK.ways)
    assert told["built"]["Lua"] is None
    assert told["built"]["Wasm, TinyGo, used exports"]["bytes"] > 100_000


def test_what_a_request_crosses_is_counted(findings: Findings) -> None:
    crossed = {one.way: one for one in findings.crossed}
    ours = crossed[OURS]
    # It is made, the response's headers come, it is deleted; and two headers are set.
    assert (ours.entries, ours.idle, ours.calls, ours.allocations) == (3, 2, 2, 0)
    assert crossed["Wasm, TinyGo, all exports"].entries > ours.entries


def test_one_context_for_all_requests_allocates_nothing(findings: Findings) -> None:
    # The context of its own, which holds one pointer, shows that what is allocated is counted.
    assert {one.way: (one.objects, one.bytes) for one in findings.allocated} == {
        OURS: (0, 0),
        APART: (1, 4),
    }


def test_without_wrk_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolchainError) as caught:
        measure(QUICK)
    assert str(caught.value).endswith("Try: apt-get install wrk")


def test_requests_that_go_wrong_are_no_measurement() -> None:
    with TokenApi() as api:
        netloc = f"127.0.0.1:{api.port}"
        assert load.send(netloc, "/", 1, None).requests > 0
        api.fault = Fault.ERROR
        with pytest.raises(TrafficError, match=r"\d+ requests went wrong"):
            load.send(netloc, "/auth", 1, None)
    with pytest.raises(TrafficError, match=f"wrk sent nothing to {netloc}"):
        load.send(netloc, "/", 1, None)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    built = {way.name: way.build() for way in WAYS if way.name == EXT_PROC and way.build}
    built_or_not = {BASE: None, CONTROL: None, **built}
    with TokenApi() as api:
        yield Bench(built_or_not, api, "Bearer x", tmp_path, Cores.here(), lambda _: None, False)


def test_a_run_that_is_ended_leaves_no_envoy_behind() -> None:
    words = [sys.executable, "-c", ENDED]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY) as run:
        assert run.stderr is not None
        # The last is about to start: the others are stopped.
        assert next(line for line in run.stderr if f"starting {CONTROL}" in line)
        left = psutil.Process(run.pid).children(recursive=True)
        assert {one.name() for one in left} >= {"envoy"}
        run.send_signal(signal.SIGTERM)
        assert run.wait() == 128 + signal.SIGTERM
    assert not [one for one in left if one.is_running()]


def way_of(name: str) -> Way:
    return next(way for way in WAYS if way.name == name)


def children() -> Mapping[int, psutil.Process]:
    return {child.pid: child for child in psutil.Process().children() if child.name() == "envoy"}


def test_only_what_is_measured_runs(bench: Bench) -> None:
    before = children().keys()
    ways = [way_of(BASE), way_of(CONTROL)]
    for sample in run_rounds(bench, ways, 0, (Rounds("ten", 2, 1, 1),)):
        ours = [child for pid, child in children().items() if pid not in before]
        assert len(ours) == 2
        assert {child.status() for child in ours} == {psutil.STATUS_STOPPED}
        assert sample.cpu_us > 0
    assert children().keys() == before


@pytest.mark.parametrize(("name", "ticks"), [("dynamic module, Go", 1), (OURS, 2)])
def test_ticks_and_calls_of_a_period_are_counted(bench: Bench, name: str, ticks: int) -> None:
    way = way_of(name)
    built = way.build() if way.build else None
    (grown,) = growth(dataclasses.replace(bench, built={name: built}), [way], [1])
    # A tick more or less at the edges of three periods, or on a busy machine.
    assert grown.ticks == pytest.approx(ticks, abs=0.7 * ticks)
    assert grown.calls == pytest.approx(ticks, abs=0.7 * ticks)
    assert grown.rss > 50_000_000
    assert grown.ready_s > 0


def test_processor_time_is_that_of_the_process(bench: Bench) -> None:
    before = children().keys()
    with bench.envoy(way_of(BASE), 1, "one", core=bench.cores.measured) as envoy:
        load.send(envoy.netloc, "/", 1, bench.cores.load)
        (process,) = [child for pid, child in children().items() if pid not in before]
        envoy.pause()
        spent = process.cpu_times()
        # Hundredths of a second, of user's and of system's time.
        assert envoy.cpu_s() == pytest.approx(spent.user + spent.system, abs=0.03)
        assert envoy.cpu_s() > 0.1
        assert process.cpu_affinity() == [bench.cores.measured]
    assert os.sched_getaffinity(0) == set(psutil.Process().cpu_affinity() or [])


def test_a_service_that_is_asked_is_counted_and_shares_the_core(bench: Bench) -> None:
    with bench.envoy(way_of(EXT_PROC), 1, "asking", core=bench.cores.measured) as envoy:
        assert load.answer_headers(envoy.netloc)["x-auth"] == "Bearer x"
        envoy_alone = psutil.Process().children()
        services = [child for child in envoy_alone if child.name() == "ext_proc"]
        (service,) = services
        assert service.cpu_affinity() == [bench.cores.measured]
        load.send(envoy.netloc, "/", 1, bench.cores.load)
        envoy.pause()
        (process,) = [child for child in psutil.Process().children() if child.name() == "envoy"]
        both = [one.cpu_times() for one in (process, service)]
        total = sum(times.user + times.system for times in both)
        assert envoy.cpu_s() == pytest.approx(total, abs=0.06)
        assert both[1].user > 0.02
        assert envoy.rss_bytes() > process.memory_info().rss


def test_paced_requests_stay_below_their_rate(bench: Bench) -> None:
    with bench.envoy(way_of(BASE), 1, "paced") as envoy:
        paced = load.send(envoy.netloc, "/", 1, None, pace="paced")
        full = load.send(envoy.netloc, "/", 1, None)
    # Each connection sends one at once, and may have sent the last before the end.
    most = load.PACED_CONNECTIONS * (1 + 1000 * paced.seconds / load.PAUSE_MS)
    assert 0 < paced.requests <= most < full.requests
