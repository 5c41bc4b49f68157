"""The cost bench in its shortest form: each way is built, run and measured. No figure is judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.cost import load
from benchmarks.cost.report import write
from benchmarks.cost.rounds import Rounds
from benchmarks.cost.run import QUICK, Extent, Findings, measure
from benchmarks.cost.ways import BASE, CONTROL
from lab_helpers.errors import ToolchainError, TrafficError
from lab_helpers.token_api import TokenApi
from lab_helpers.token_api.faults import Fault
from tests.dynamic_modules import needs_gcc


@pytest.fixture(scope="module")
def findings() -> Findings:
    needs_gcc()
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
