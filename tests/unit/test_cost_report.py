"""The cost bench's report: each part has its rows, its picture and its words."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from pathlib import Path

import pytest

from benchmarks._report import Conditions
from benchmarks.cost.allocated import Allocated
from benchmarks.cost.building import Built
from benchmarks.cost.crossed import COUNTED, Crossed
from benchmarks.cost.endurance import Endured
from benchmarks.cost.figures import judge_costs
from benchmarks.cost.footprint import Footprint, Grown
from benchmarks.cost.processes import Cores
from benchmarks.cost.report import write
from benchmarks.cost.rounds import Sample
from benchmarks.cost.run import FULL, Findings
from benchmarks.cost.ways import APART, BASE, CONTROL, GROWING, OURS, WAYS

PICTURE = re.compile(r"^!\[(?P<words>[^\]]+)\]\((?P<file>[^)]+)\)$", re.MULTILINE)
MB = 1_000_000


@pytest.fixture(scope="module")
def findings() -> Findings:
    """A run of all scenes, whose figures are made up: nothing is judged by them."""
    plans = [plan for chain in FULL.chains for plan in chain]
    samples = [
        Sample(way.name, plan.scene, half, number, 50.0 + place * plan.times, 9_000 / (1 + place),
               100 + place, 300 + place)
        for plan in plans
        for half in range(FULL.halves)
        for number in range(plan.number)
        for place, way in enumerate(WAYS)
        if not (way.only_ten and plan.times == 1)
    ]  # fmt: skip
    ways = [way.name for way in WAYS]
    return Findings(
        samples,
        {plan.scene: judge_costs(samples, plan.scene, plan.times) for plan in plans},
        {
            way: None if way in (BASE, CONTROL, "Lua") else Built(Path("x"), 519, 1.5)
            for way in ways
        },
        [Footprint(way, 0.5 + n, (90 + n) * MB, (100 + 9 * n) * MB) for n, way in enumerate(ways)],
        [Grown(way, n, n * MB, 0.1 * n, n + 1, 1) for way in GROWING for n in FULL.workers],
        [Endured("what ships", (100_000, 1_000_000), (100 * MB, 101 * MB), 10_000)],
        Cores(0, 1),
        Conditions(dt.datetime(2026, 11, 28, tzinfo=dt.UTC), 0.1, versions={"envoy": "1.40.0"}),
        1260.0,
        [Crossed(way, 3, 2, 2, 0) for way in COUNTED],
        [Allocated(OURS, 0, 0), Allocated(APART, 1, 4)],
    )


@pytest.fixture(scope="module")
def report(findings: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(findings, "cost", tmp_path_factory.mktemp("report"))


def test_the_whole_report_has_every_part_and_its_pictures(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    parts = dict(part.split("\n", 1) for part in text.split("\n## ")[1:])
    filters = [way.name for way in WAYS if way.filter_of]
    ways = {
        "What one filter adds": filters,
        "With a body of 4 KB": filters,
        "Latency below saturation": [BASE, *filters],
        "One filter alone": [way.name for way in WAYS if way.filter_of and not way.only_ten],
        "Size, compilation, memory, start": [way.name for way in WAYS],
        "Crossings of a request": COUNTED,
        "What Go allocates for a request": [OURS, APART],
        "More workers": GROWING,
    }
    for title, names in ways.items():
        for name in names:
            assert f"\n| {name} |" in parts[title], (title, name)
    assert parts["Where Wasm loses, and to what"].count("loses to") == len(
        [name for name in filters if name.startswith("Wasm")]
    )
    assert "1,000,000 requests and 10,000 ticks" in parts["Memory over time"]
    assert "within 15 %" in parts["How to read it"]
    assert "envoy 1.40.0" in parts["Conditions"]
    assert "The run took 21 minutes" in parts["Conditions"]
    assert "Against the run before" not in parts
    pictures = list(PICTURE.finditer(text))
    assert {one["file"] for one in pictures} == {file.name for file in report.parent.glob("*.png")}
    assert len(pictures) == 6
    assert all(len(one["words"]) > 20 for one in pictures)


def test_a_second_report_says_whether_both_runs_agree(
    findings: Findings, report: Path, tmp_path: Path
) -> None:
    shutil.copy(report.with_suffix(".json"), tmp_path)
    text = write(findings, "cost", tmp_path).read_text(encoding="utf-8")
    part = text.partition("## Against the run before")[2].partition("\n## ")[0]
    assert "apart, each in the same order." in part
    assert "is within 15% of it" in part
    told = json.loads((tmp_path / "cost.json").read_text(encoding="utf-8"))
    assert len(told["samples"]) == len(findings.samples)
