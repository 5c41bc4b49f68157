"""What the cost bench makes of its samples: added costs, noise, what is known and what is not."""

from __future__ import annotations

import dataclasses
import itertools
import json
from pathlib import Path

import pytest

from benchmarks.cost.again import Before, doubt, read_before, told_again
from benchmarks.cost.alone import told_alone
from benchmarks.cost.endurance import Endured
from benchmarks.cost.figures import KNOWN, NOISE, NOT_KNOWN, judge_costs
from benchmarks.cost.left import told_left
from benchmarks.cost.rounds import Sample
from benchmarks.cost.telling import (
    MISSED,
    REACHED,
    UNKNOWN,
    told_body,
    told_goals,
    told_losses,
    told_order,
    told_over_time,
)
from benchmarks.cost.ways import (
    APART,
    BARE,
    BASE,
    CONTEXTS,
    CONTROL,
    NO_HEADER,
    ONE_HEADER,
    OURS,
    TEN_VMS,
)

LUA, GO, C_WASM = "Lua", "dynamic module, Go", "Wasm, C, used exports"
ROUNDS = list(itertools.product((0, 1), (0, 1, 2)))


def samples(cpu_us: dict[str, tuple[float, float]], scene: str = "ten") -> list[Sample]:
    """Each way's processor time in the first half and in the second, three rounds each."""
    return [
        Sample(way, scene, half, number, halves[half], 10_000 / halves[half], 100, 300)
        for half, number in ROUNDS
        for way, halves in cpu_us.items()
    ]


def plain(**more: tuple[float, float]) -> dict[str, tuple[float, float]]:
    return {BASE: (50, 50), CONTROL: (52, 51), **{name: more[name] for name in more}}


def test_what_is_added_is_a_filters_share_over_both_without_one() -> None:
    costs = judge_costs(samples({**plain(), LUA: (91, 90.5)}), "ten", 10)
    (row,) = costs.rows
    assert row.added_us == pytest.approx(4.0)
    assert row.halves_us == pytest.approx((4.0, 4.0))
    assert costs.noise_us == pytest.approx(0.2)
    assert costs.request_us == pytest.approx(50.75)


@pytest.mark.parametrize(
    ("halves", "verdict"),
    [
        ((51 + 40, 50.5 + 45.9), KNOWN),
        ((51 + 40, 50.5 + 46.6), NOT_KNOWN),
        ((51 + 46.6, 50.5 + 40), NOT_KNOWN),
        ((51 + 3.9, 50.5 + 3.9), NOISE),
        ((51 + 5.0, 50.5 + 5.0), KNOWN),
        ((51 - 20, 50.5 - 20), NOISE),
    ],
)
def test_a_cost_is_known_where_the_halves_agree_and_it_is_above_the_noise(
    halves: tuple[float, float], verdict: str
) -> None:
    (row,) = judge_costs(samples({**plain(), LUA: halves}), "ten", 10).rows
    assert row.verdict == verdict


def test_a_round_that_another_program_disturbed_moves_no_median() -> None:
    told = samples({**plain(), LUA: (91, 90.5)})
    at = next(n for n, one in enumerate(told) if one.way == LUA)
    told[at] = dataclasses.replace(told[at], cpu_us=900)
    (row,) = judge_costs(told, "ten", 10).rows
    assert row.added_us == pytest.approx(4.0)
    assert row.high_us == pytest.approx(84.9)
    assert row.verdict == KNOWN


def test_a_way_that_lacks_in_a_round_is_no_figure() -> None:
    told = samples({**plain(), LUA: (91, 90.5)})
    with pytest.raises(ValueError, match="not every way was measured in each round of ten"):
        judge_costs(told[:-1], "ten", 10)
    with pytest.raises(ValueError, match="each round of body"):
        judge_costs(told, "body", 10)


def test_neighbours_that_are_not_told_apart_are_named() -> None:
    crossed = judge_costs(samples({**plain(), LUA: (91, 90.5), GO: (90, 98)}), "ten", 10)
    assert [row.way for row in crossed.rows] == [LUA, GO]
    assert told_order(crossed).endswith(f"their order is not known: {LUA} and {GO}.")
    close = judge_costs(samples({**plain(), LUA: (91, 90.5), GO: (93, 93.5)}), "ten", 10)
    assert told_order(close).endswith(f"their order is not known: {LUA} and {GO}.")
    settled = judge_costs(samples({**plain(), LUA: (91, 90.5), GO: (97, 96)}), "ten", 10)
    assert told_order(settled).endswith("Each is told apart from the next.")


def test_it_is_said_to_what_wasm_loses() -> None:
    told = samples({**plain(), GO: (91, 90.5), OURS: (131, 130.5), LUA: (151, 150.5)})
    (sentence,) = told_losses(judge_costs(told, "ten", 10))
    assert sentence == (
        f"**{OURS}** (8.0 µs) loses to {GO} (4.0 µs: 2.0 times that). It wins against {LUA}."
    )
    told = samples({**plain(), GO: (130, 129.5), OURS: (131, 130.5), LUA: (151, 150.5)})
    (sentence,) = told_losses(judge_costs(told, "ten", 10))
    assert "loses to none of them." in sentence
    assert sentence.endswith(f"Not told apart: {GO}.")
    # In the other direction, so that no sentence is there in any case.
    told = samples({**plain(), GO: (131, 130.5), OURS: (91, 90.5)})
    (sentence,) = told_losses(judge_costs(told, "ten", 10))
    assert sentence.endswith(f"loses to none of them. It wins against {GO}.")


def test_who_pays_for_a_body_is_told_from_who_does_not() -> None:
    bare = judge_costs(samples({**plain(), LUA: (91, 90.5), GO: (91, 90.5)}), "ten", 10)
    told = samples({**plain(), LUA: (91, 90.5), GO: (131, 130.5)}, "body")
    pays, free = told_body(bare, judge_costs(told, "body", 10))
    assert f"{GO} (+4.0 µs)" in pays
    assert LUA not in pays
    assert free == f"Not seen to pay for it: {LUA}."


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [((81, 80.5), REACHED), ((131, 130.5), MISSED), ((81, 130.5), UNKNOWN)],
)
def test_a_goal_is_reached_or_missed_or_not_known(ours: tuple[float, float], verdict: str) -> None:
    ways = {**plain(), OURS: ours, GO: (95, 94.5), LUA: (141, 140.5), C_WASM: (81, 80.5)}
    goals = list(told_goals(judge_costs(samples(ways), "ten", 10), None))
    assert [each for _, _, each in goals] == [verdict] * 3


def test_what_lies_within_the_noise_of_a_goal_is_not_known() -> None:
    ways = {**plain(), OURS: (95, 94.5), GO: (94, 93.5)}
    ((_, measured, verdict),) = told_goals(judge_costs(samples(ways), "ten", 10), None)
    assert measured.startswith("4.4 of 4.3 µs")
    assert verdict == UNKNOWN


@pytest.mark.parametrize(
    ("rss", "verdict"),
    [
        ((1000, 1010, 1029, 1020), "+2.9% since the first tenth: flat."),
        ((100, 120, 160, 198), "grows"),
    ],
)
def test_memory_over_time_is_flat_or_grows(rss: tuple[int, ...], verdict: str) -> None:
    run = Endured("a filter", (100, 400, 700, 1000), [each * 999_999 for each in rss], 0)
    assert verdict in told_over_time(run)
    assert run.grown == pytest.approx(max(rss) / rss[0] - 1)


def before(lua: float, go: float, noise_us: float = 0.2) -> Before:
    halves = {LUA: (lua, lua), GO: (go, go)}
    return Before("then", "one", noise_us, {LUA: lua, GO: go}, halves)


def test_two_runs_are_held_against_each_other() -> None:
    costs = judge_costs(samples({**plain(), LUA: (91, 90.5), GO: (131, 130.5)}), "ten", 10)
    order, each = told_again(costs, before(4.5, 8.5), "one")
    assert order == (
        "Of 1 pairs of ways, this run and the one before (then) both tell 1 apart, each in the same"
        " order."
    )
    assert each == "Each cost above twice the noise (0.20 µs) is within 15% of it."
    other = before(9.0, 8.5)
    order, each = told_again(costs, other, "one")
    assert order.endswith(f"Not known, for they came in the other order: {LUA} and {GO}.")
    assert each == f"Not known, for the two differ by more than 15%: {LUA} (9.00 µs then)."
    verdicts = {row.way: row.verdict for row in doubt(costs, other, "one").rows}
    assert verdicts == {LUA: NOT_KNOWN, GO: KNOWN}
    assert doubt(costs, other, "two") == costs
    (elsewhere,) = told_again(costs, other, "two")
    assert elsewhere.endswith("was on another processor: one.")


@pytest.mark.parametrize("one_before", [before(8.6, 8.5), before(9.0, 8.5, noise_us=0.3)])
def test_a_tie_in_either_run_is_no_contradiction(one_before: Before) -> None:
    costs = judge_costs(samples({**plain(), LUA: (91, 90.5), GO: (131, 130.5)}), "ten", 10)
    order, _ = told_again(costs, one_before, "one")
    assert "both tell 0 apart" in order


def test_what_was_written_is_read_as_the_run_before(tmp_path: Path) -> None:
    file = tmp_path / "cost.json"
    assert read_before(file) is None
    costs = judge_costs(samples({**plain(), LUA: (91, 90.5)}), "ten", 10)
    conditions = {"began": "then", "processor": "one"}
    told = {"conditions": conditions, "costs": {"ten": dataclasses.asdict(costs)}}
    file.write_text(json.dumps(told), encoding="utf-8")
    (row,) = costs.rows
    added, halves = {LUA: row.added_us}, {LUA: list(row.halves_us)}
    assert read_before(file) == Before("then", "one", costs.noise_us, added, halves)


def test_what_is_left_is_told_by_cause() -> None:
    added = {NO_HEADER: 20, ONE_HEADER: 40, BARE: 50, CONTEXTS: 70, OURS: 85, APART: 86}
    seen = plain(**{way: (51 + cpu, 50.5 + cpu) for way, cpu in added.items()})
    told = list(told_left(judge_costs(samples(seen), "ten", 10)))
    assert [cost for _, cost, _ in told] == [
        "2.00",
        "2.00",
        "1.00",
        "2.00",
        "1.50",
        "0.10, within the noise",
    ]
    assert "the SDK" in told[3][2]
    # What was not measured is not told.
    few = {way: seen[way] for way in seen if way not in (ONE_HEADER, APART)}
    assert len(list(told_left(judge_costs(samples(few), "ten", 10)))) == 3


def test_what_the_first_filter_costs_is_told_from_what_one_more_does() -> None:
    ten_us = {OURS: (81, 80.5), TEN_VMS: (91, 90.5), LUA: (101, 100.5), GO: (101, 100.5)}
    ten = judge_costs(samples({**plain(), **ten_us}), "ten", 10)
    # Alone, two rounds without a filter differ by two microseconds: the noise.
    alone_us = {OURS: (66, 65.5), LUA: (57, 56.5), GO: (91, 90.5)}
    alone = judge_costs(samples({**plain(), **alone_us}, "alone"), "alone", 1)
    unlike, shared, against = told_alone(ten, alone)
    assert f"more than a tenth of ten in {OURS} (5.0 times); {GO} (8.0 times)." in unlike
    assert shared.endswith("with ten VMs, one of ten costs 4.00 in place of 3.00 µs.")
    assert (
        against
        == f"Alone, **{OURS}** (15.0 µs) loses to {LUA} (6.0 µs), and wins against {GO} (40.0 µs)."
    )
    few = judge_costs(samples({**plain(), OURS: (55, 55)}, "alone"), "alone", 1)
    (like,) = told_alone(ten, few)
    assert like.startswith("Ten are like one")
