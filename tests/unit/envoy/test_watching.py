"""Watching a source: which compiler is first, what a newer save overtakes, what ends it."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from lab_helpers.compiling.commands import Compiler
from lab_helpers.compiling.modules import Module, read_module
from lab_helpers.envoy.reloaded import Reloaded
from lab_helpers.envoy.rounds import Round
from lab_helpers.envoy.watching import Watching
from lab_helpers.errors import LabError
from tests.any_filters import c_like_filter

RELOADED = Reloaded(("mine",), 0.1, 0.2, 0.1, 0.1, 4, 4)


class Source:
    """A source that a test saves, and compilers that end when the test says so."""

    name = "mine"
    compilers: tuple[Compiler, ...] = ("tinygo", "go")
    emulated = True

    def __init__(self, module: Module) -> None:
        self.module = module
        self.saves = 1
        self.verdict: Exception | None = None
        self.judged = 0
        self.compiled: list[str] = []
        self.may_compile = {"tinygo": threading.Event(), "go": threading.Event()}
        self.compiling = threading.Event()
        for event in self.may_compile.values():
            event.set()

    def state(self) -> Mapping[object, tuple[int, int]]:
        return {"main.go": (self.saves * 10**9, 7)}

    def judge(self, settings: Mapping[str, object]) -> None:
        assert settings == {"tick_ms": 7}
        self.judged += 1
        if self.verdict is not None:
            raise self.verdict

    def compile(self, compiler: str) -> Module:
        self.compiling.set()
        assert self.may_compile[compiler].wait(30)
        self.compiled.append(compiler)
        return dataclasses.replace(self.module, compiler=compiler, reused=False)


@dataclasses.dataclass
class Watched:
    """A watched source, and what Envoy was handed."""

    source: Source
    watching: Watching
    loaded: list[str]
    told: list[Round]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    source = Source(read_module(c_like_filter(tmp_path).path))
    loaded: list[str] = []
    told: list[Round] = []

    def reload(module: Module) -> Reloaded:
        loaded.append(str(module.compiler))
        return RELOADED

    watching = Watching(
        source,
        running=lambda: True,
        settings=lambda: {"tick_ms": 7},
        reload=reload,
        tell=told.append,
        emulator=True,
    )
    yield Watched(source, watching, loaded, told)
    for event in source.may_compile.values():
        event.set()
    watching.stop()


def test_a_save_is_tried_compiled_loaded_and_told(watched: Watched) -> None:
    watched.source.saves = 2
    done = watched.watching.wait(1)
    assert done is not None
    assert done.problem is None
    assert (watched.source.judged, watched.loaded, done.compiler) == (1, ["tinygo"], "tinygo")
    assert done.saved == 2
    assert 0 < done.verdict_s <= done.compiled_s <= done.live_s
    assert "the emulator's verdict" in str(done)
    assert "compiled by TinyGo" in str(done)
    watched.watching.stop()
    watched.watching._thread.join(30)  # noqa: SLF001  # it tells after it keeps
    assert watched.told == [done]


def test_standard_go_is_first_where_tinygo_takes_long_and_tinygos_runs_in_the_end(
    watched: Watched,
) -> None:
    watched.watching._took["tinygo"] = 20.0  # noqa: SLF001  # what a slow round would leave
    watched.source.saves = 2
    assert watched.watching.wait(2) is not None
    assert watched.loaded == ["go", "tinygo"]
    assert watched.source.judged == 1


@pytest.mark.parametrize("end", ["judge", "compile"])
def test_what_fails_is_told_and_nothing_is_loaded(watched: Watched, end: str) -> None:
    error = LabError("It does not do.", hint="mend it")
    if end == "judge":
        watched.source.verdict = error
    else:
        watched.source.may_compile["tinygo"].clear()
        watched.source.compile = lambda _compiler: (_ for _ in ()).throw(error)  # type: ignore[method-assign, assignment]
    watched.source.saves = 2
    done = watched.watching.wait(1)
    assert done is not None
    assert done.problem is error
    assert "the code that ran serves on" in str(done)
    assert "It does not do." in str(done)
    assert watched.loaded == []
    assert watched.watching.active


def test_a_newer_save_overtakes_what_still_compiles(watched: Watched) -> None:
    watched.source.may_compile["tinygo"].clear()
    watched.source.saves = 2
    assert watched.source.compiling.wait(30)
    watched.source.saves = 3
    watched.source.may_compile["tinygo"].set()
    done = watched.watching.wait(1)
    assert done is not None
    assert done.saved == 3
    assert watched.loaded == ["tinygo"]


def test_what_is_stopped_meanwhile_loads_nothing(watched: Watched) -> None:
    watched.source.may_compile["tinygo"].clear()
    watched.source.saves = 2
    assert watched.source.compiling.wait(30)
    watched.watching.stop()
    watched.source.may_compile["tinygo"].set()
    watched.watching._thread.join(30)  # noqa: SLF001  # it ends by itself
    assert not watched.watching._thread.is_alive()  # noqa: SLF001
    assert (watched.loaded, watched.told) == ([], [])
    assert repr(watched.watching) == "mine is watched no more"


def test_a_fault_of_the_lab_itself_is_told_and_ends_it(watched: Watched) -> None:
    watched.source.verdict = ZeroDivisionError("on purpose")
    watched.source.saves = 2
    done = watched.watching.wait(1)
    assert done is not None
    assert done.problem is not None
    assert "on purpose" in done.problem.quote
    watched.watching._thread.join(30)  # noqa: SLF001  # it ends by itself
    assert not watched.watching.active
