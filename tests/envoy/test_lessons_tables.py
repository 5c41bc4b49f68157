"""What a running Envoy shows: its threads, counters, answers and tokens; modules side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.errors import LaunchError, TokenApiError
from lab_helpers.lessons.cells.go_cells import save_go
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.exercises.forging import forge
from lab_helpers.lessons.exercises.trying import try_in_envoy
from lab_helpers.lessons.shown.envoy_tables import show_answer, show_stats, show_threads, show_token
from lab_helpers.lessons.shown.module_tables import compare_modules


@pytest.fixture(scope="module")
def bare() -> Iterator[Envoy]:
    with Envoy(configuration="bare.yaml", workers=2) as running:
        yield running


def test_each_thread_has_its_row_with_its_vm_and_its_token(envoy: Envoy) -> None:
    envoy.ask_every_worker()
    table = show_threads(envoy)
    rows = {row[0]: dict(zip(table.headings, row, strict=True)) for row in table.rows}
    assert list(rows) == ["worker_0", "worker_1", "main"]
    assert table.title == "3 threads: 2 workers and the main thread"
    for thread in envoy.snapshot().threads:
        row = rows[thread.name]
        assert row["number in the log"] == str(thread.tid)
        assert row["VM"] == thread.vm
        assert row["serves clients"] == ("no" if thread.name == "main" else "yes")
        assert row["connections now"] == ("none" if thread.name == "main" else "1")
        assert 0 < int(row["ticks"]) <= thread.ticks
        assert len(row["token it holds"]) == 8
    assert len({row["token it holds"] for row in rows.values()}) == 3


def test_without_a_filter_there_is_nothing_of_vms(bare: Envoy) -> None:
    table = show_threads(bare)
    assert list(table.headings) == [
        "thread",
        "number in the log",
        "serves clients",
        "connections now",
    ]
    assert [row[0] for row in table.rows] == ["worker_0", "worker_1", "main"]
    assert len({row[1] for row in table.rows}) == 3


@pytest.mark.parametrize("connections", [True, False])
def test_an_envoy_that_has_ended_has_no_threads_to_show(connections: bool) -> None:
    stopped = Envoy(configuration="bare.yaml", workers=1)
    with stopped:
        show_threads(stopped, connections=connections)
    with pytest.raises(LaunchError) as caught:
        show_threads(stopped, connections=connections)
    assert "start()" in caught.value.hint


def test_counters_that_are_0_are_left_out(bare: Envoy) -> None:
    before = _value(bare, "cluster.my_custom_svc.upstream_rq_total")
    bare.ask_every_worker()
    assert _value(bare, "cluster.my_custom_svc.upstream_rq_total") == before + 2
    table = show_stats(bare, "upstream_rq")
    assert table.title == f"{len(table.rows)} counters that are not 0"
    assert [row for row in table.rows if row[1] == "0"] == []
    assert [row[0] for row in table.rows] == sorted(row[0] for row in table.rows)
    assert show_stats(bare, "no_such_counter").rows == []


def test_a_long_list_is_cut_and_says_so(bare: Envoy) -> None:
    table = show_stats(bare, "")
    assert len(table.rows) == 60
    assert table.title.endswith("; the first 60")


def _value(envoy: Envoy, name: str) -> int:
    values = {row[0]: row[1] for row in show_stats(envoy, name).rows}
    return int(values.get(f"`{name}`", "0"))


def test_an_answer_has_all_its_headers_and_no_whole_token(envoy: Envoy) -> None:
    answer = envoy.ask("worker_1")
    table = show_answer(answer)
    assert table.title.startswith("worker_1 answered 200 in ")
    assert [row[0].strip("`") for row in table.rows] == [
        name for name, _ in answer.headers.multi_items()
    ]
    token = answer.headers["x-auth"]
    assert token not in table.text
    assert token not in table.html
    told = {row[0].strip("`"): row[2] for row in table.rows}
    for name in ("server", "x-wasm-filter", "x-auth", "x-wasm-vm"):
        assert told[name]


def test_a_token_is_taken_apart_and_checked(envoy: Envoy) -> None:
    answer = envoy.ask("worker_0")
    table = show_token(answer, envoy)
    assert table.title.startswith("✓ valid: ")
    claims = envoy.token_api.verify(answer.headers["x-auth"]).claims
    told = [row[1] for row in table.rows]
    assert {f"`{name}` {value}" for name, value in claims.items()} <= set(told)
    assert {row[0] for row in table.rows} == {"header", "claims", "signature"}
    assert all(row[2] for row in table.rows), table.rows  # each part is explained


def test_a_forged_token_is_not_valid_whatever_it_says(envoy: Envoy) -> None:
    token = envoy.ask("worker_0").headers["x-auth"]
    table = show_token(forge(token, sub="<b>admin</b>", exp=10**20), envoy)
    assert table.title.startswith("✗ not valid: Signature")
    assert "no time that a clock can show" in table.text
    assert "<b>admin" not in table.html
    assert show_token("nonsense", envoy).title.startswith("✗ not valid: ")


def test_an_answer_without_a_token_is_said(bare: Envoy) -> None:
    with pytest.raises(TokenApiError, match="carries no `x-auth`") as caught:
        show_token(bare.ask("worker_0"), bare)
    assert "wait_for_tokens" in caught.value.hint


def test_an_envoy_that_does_not_run_has_no_tables() -> None:
    envoy = Envoy(configuration="bare.yaml")
    for show in (show_threads, lambda one: show_stats(one, "rq")):
        with pytest.raises(LaunchError, match="does not run"):
            show(envoy)


def test_modules_are_started_and_stand_side_by_side(token_module: Module) -> None:
    table = compare_modules(token_module, token_module)
    assert len(table.rows) == 2
    for row in table.rows:
        cells = dict(zip(table.headings, row, strict=True))
        assert cells["compiler"] == "TinyGo"
        assert cells["size"] == f"{token_module.bytes / 1000:,.0f} KB"
        assert float(cells["Envoy ready in"].removesuffix(" s")) > 0
        assert int(cells["Envoy's memory"].removesuffix(" MB")) > 30


def test_a_filter_is_tried_for_a_moment(work: Path) -> None:
    trial = try_in_envoy("filter/hello")
    assert trial.ok
    assert trial.headers[":status"] == "200"
    assert trial.headers["x-wasm-filter"] == "hello from wasm"
    lines = trial.note.text.splitlines()
    assert lines[0].startswith("✓ TinyGo compiles hello: ")
    assert "`x-wasm-filter: hello from wasm`" in lines
    assert not any(line.startswith(("`server", "`date")) for line in lines)
    assert trial._repr_mimebundle_() == trial.note.bundle()


def test_why_a_filter_does_not_run_is_told_and_raises_nothing(work: Path) -> None:
    refused = try_in_envoy("filter/token", settings={"tick_sm": 1000})
    assert refused.module is not None
    assert not refused.ok
    assert 'setting "tick_sm"' in refused.note.text.replace("\\", "")

    start_filter("mine")
    save_go("mine/tick.go", "package main\n\nvar x = y\n")
    broken = try_in_envoy("mine")
    assert (broken.ok, broken.module, dict(broken.headers)) == (False, None, {})
    assert "tick.go:3:9: undefined: y" in broken.note.text
    assert "There is no filter 'yours'" in try_in_envoy("yours").note.text
