"""Filters in other languages than Go: run, followed, reloaded and told as Go's are."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module, read_module
from lab_helpers.envoy import Envoy
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.exercises.trying import try_in_envoy

Launch = Callable[..., Envoy]


@pytest.fixture(scope="module")
def hello_c() -> Module:
    return compile_filter("hello_c", reuse=True)


@pytest.fixture(scope="module")
def hello_rust() -> Module:
    # The one that lies beside its source: that it is what Cargo makes, tests/unit/compiling says.
    folder = repository_folder() / "filter" / "hello_rust"
    return dataclasses.replace(
        read_module(folder / "prebuilt" / "hello_rust.wasm"), folder=folder, compiler="cargo"
    )


def says(envoy: Envoy) -> list[str]:
    return [answer.headers["x-wasm-filter"] for answer in envoy.ask_every_worker()]


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_each_worker_runs_it(launch: Launch, hello_c: Module, workers: int) -> None:
    envoy = launch(hello_c, workers=workers)
    assert says(envoy) == ["hello from wasm"] * workers
    started = "hello_c: a VM has started"
    envoy.wait_until(
        lambda _now: sum(started in line for line in envoy.log) >= workers + 1,
        "each VM has said that it started",
    )


def test_a_request_is_followed_through_the_two_calls_that_it_is(
    launch: Launch, hello_c: Module
) -> None:
    journey = launch(hello_c, workers=1).follow()
    assert journey.answer is not None
    assert journey.answer.headers["x-wasm-filter"] == "hello from wasm"
    assert [str(row.name).strip() for row in journey.table.rows] == [
        "▶ OnHttpResponseHeaders",
        "◀ ReplaceHttpResponseHeader",
    ]
    assert '"x-wasm-filter", 15 bytes' in journey.words


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_each_worker_runs_rust(launch: Launch, hello_rust: Module, workers: int) -> None:
    envoy = launch(hello_rust, workers=workers)
    assert says(envoy) == ["hello from wasm"] * workers
    if workers == 1:
        journey = envoy.follow()
        names = [str(row.name).strip() for row in journey.table.rows]
        assert names[:2] == ["▶ NewHttpContext", "▶ OnHttpRequestHeaders"]
        assert "◀ ReplaceHttpResponseHeader" in names
        assert '"x-wasm-filter", 15 bytes' in journey.words


def test_it_is_watched_and_a_slip_changes_nothing(launch: Launch, work: Path) -> None:
    work.mkdir()
    start_filter("mine", like="hello_c")
    source = work / "filters" / "mine" / "hello.c"
    text = source.read_text(encoding="utf-8")
    envoy = launch(compile_filter("mine"))
    watching = envoy.watch("mine", tell=lambda _done: None)
    source.write_text(text.replace("hello from wasm", "from an editor"), encoding="utf-8")
    done = watching.wait(1)
    assert done is not None
    assert done.problem is None
    assert done.compiler == "clang"
    assert says(envoy) == ["from an editor"] * 2
    source.write_text(text.replace("return CONTINUE;", "return CONTINUE"), encoding="utf-8")
    done = watching.wait(2)
    assert done is not None
    assert "hello.c:" in str(done.problem)
    assert says(envoy) == ["from an editor"] * 2
    source.write_text(text, encoding="utf-8")


def test_it_is_tried_in_envoy_and_a_trap_is_told(launch: Launch, work: Path) -> None:
    work.mkdir()
    start_filter("mine", like="hello_c")
    tried = try_in_envoy("mine")
    assert tried.ok
    assert tried.headers["x-wasm-filter"] == "hello from wasm"
    source = work / "filters" / "mine" / "hello.c"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("return CONTINUE;", "__builtin_trap();"), encoding="utf-8")
    envoy = launch(compile_filter("mine"))
    envoy.ask("worker_0")
    picture = envoy.wait_until(lambda now: bool(now.failing), "the VM's failure is told")
    assert picture.failing
