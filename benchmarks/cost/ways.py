"""The ways to set the same two headers that are compared."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Callable, Sequence

from benchmarks.cost import filters
from benchmarks.cost.building import (
    FILTERS,
    SOURCES,
    Built,
    build_apart,
    build_bare,
    build_library,
    build_native,
    build_service,
    build_wasm,
)
from benchmarks.cost.chains import Filter
from benchmarks.cost.filters import FilterOf, Services

__all__ = ["BASE", "CONTROL", "GROWING", "KEY", "OURS", "WAYS", "Way", "shipped", "ticking"]
__all__ += ["APART", "BARE", "CONTEXTS", "NO_HEADER", "ONE_HEADER"]

BASE = "no filter"
CONTROL = "no filter, again"
OURS = "Wasm, TinyGo, used exports"
BARE = "Wasm, C, used exports"
NO_HEADER, ONE_HEADER = "Wasm, C, sets no header", "Wasm, C, sets one header"
CONTEXTS = "Wasm, C, and a context made and deleted"
APART = "Wasm, TinyGo, a context for each request"
TEN_VMS = "Wasm, TinyGo, ten VMs"
KEY = "bench"
"""The key with which a request passes the gate, where one stands in the chain."""

Build = Callable[..., Built]


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """A way to set the two headers.

    Attributes:
        name: What it is called in the report.
        kind: `native`, `library`, `script`, `wasm`, `service`, or "" for no filter at all.
        build: Makes what Envoy loads or asks; None where nothing is compiled.
        filter_of: Makes the filters of a chain; None where there is none.
        calls: Who sends calls for a token: `each` filter in each thread, `one` for each filter,
            `chain` one for all; "" where the token stands in the configuration.
        services_of: Makes the plugins that no request passes.
        quick: Whether the short run has it, too.
        only_ten: Whether it is measured in the chain of ten alone.
        compile_anew: Whether the full run compiles it anew, to see how long that takes. Its
            compiler's own cache stays; of two that differ in their exports, one is.
        headers: How many of the two headers it sets: fewer show what one costs.
    """

    name: str
    kind: str
    build: Build | None
    filter_of: FilterOf | None
    calls: str = ""
    services_of: Services | None = None
    quick: bool = False
    only_ten: bool = False
    compile_anew: bool = False
    headers: int = 2

    @property
    def slug(self) -> str:
        """Its name as a file's."""
        return re.sub(r"\W+", "_", self.name).strip("_").lower()

    def chain(self, times: int, built: Built | None, token: str) -> Sequence[Filter]:
        """Return the filter so many times, each with a name of its own.

        Args:
            times: How often.
            built: What was built for it.
            token: The value of `x-auth`, where the filter does not ask for one.
        """
        if self.filter_of is None:
            return []
        return [self.filter_of(number, built, token) for number in range(times)]

    def calls_a_period(self, times: int, workers: int) -> int:
        """Return how many calls for a token are sent each period.

        Args:
            times: How often the filter stands in the chain.
            workers: Envoy's workers; the main thread has a VM as well.
        """
        return {"": 0, "each": times * (workers + 1), "one": times, "chain": 1}[self.calls]


def ticking(way: Way, tick_ms: int) -> Way:
    """Return a way with another period.

    Args:
        way: One by Wasm that asks for its tokens.
        tick_ms: The period, in milliseconds.
    """
    return dataclasses.replace(way, filter_of=filters.asks(tick_ms))


def shipped(tick_ms: int) -> tuple[Way, int]:
    """Return one chain of all filters of `filter/` as the lab builds them, and how long it is.

    Args:
        tick_ms: The period of each that has a timer, in milliseconds.
    """
    ticks = {"tick_ms": tick_ms}
    settings = {
        "token": ticks,
        "hello": {},
        "crash": ticks,
        "gate": {"keys": {KEY: "bench"}, "cluster": ""},
        "upstream": {**ticks, "without_token": "pass"},
        "service": {"part": "filter"},
    }
    service = build_wasm(FILTERS / "service", compiler="tinygo")
    chain = []
    for name, rules in settings.items():
        built = build_wasm(FILTERS / name, compiler="tinygo")
        chain.append(filters.wasm(name, "shared", built, json.dumps(rules)))
    way = Way(
        "every filter of filter/",
        "wasm",
        lambda: service,
        lambda number, _built, _token: chain[number],
        services_of=filters.wasm_service,
    )
    return way, len(chain)


_TINYGO = functools.partial(build_wasm, FILTERS / "token", compiler="tinygo")
_GO = functools.partial(build_wasm, FILTERS / "token", compiler="go")
_RUST = functools.partial(build_wasm, SOURCES / "rust_wasm")
_C_ALL = functools.partial(build_wasm, SOURCES / "c_wasm", exports="all")
_ARTICLE = functools.partial(build_wasm, SOURCES / "article", compiler="tinygo", exports="all")
_NO_HEADER = functools.partial(build_bare, "c_no_header")
_ONE_HEADER = functools.partial(build_bare, "c_one_header")
_CONTEXTS = functools.partial(build_bare, "c_wasm", ("proxy_on_context_create", "proxy_on_delete"))
_SHARED = functools.partial(build_wasm, FILTERS / "service", compiler="tinygo")


def _all(build: Build) -> Build:
    return functools.partial(build, exports="all")


_CPP = "native C++ (`header_mutation`)"
_TOLD, _ASKS = filters.reads_token, filters.asks()

# In this order each round goes. The second one without a filter is far from the first.
WAYS: tuple[Way, ...] = (
    Way(BASE, "", None, None, quick=True),
    Way(_CPP, "native", None, filters.header_mutation, quick=True),
    Way("dynamic module, C", "library", build_library, filters.c_library, quick=True),
    Way(
        "dynamic module, Go",
        "library",
        build_native,
        filters.go_library,
        "one",
        quick=True,
        compile_anew=True,
    ),
    Way("Lua", "script", None, filters.lua, quick=True),
    Way(BARE, "wasm", build_bare, _TOLD, quick=True, compile_anew=True),
    Way("Wasm, C, all exports", "wasm", _C_ALL, _TOLD),
    Way(NO_HEADER, "wasm", _NO_HEADER, _TOLD, quick=True, only_ten=True, headers=0),
    Way(ONE_HEADER, "wasm", _ONE_HEADER, _TOLD, quick=True, only_ten=True, headers=1),
    Way(CONTEXTS, "wasm", _CONTEXTS, _TOLD, quick=True, only_ten=True),
    Way("Wasm, Rust, used exports", "wasm", _RUST, _TOLD, compile_anew=True),
    Way("Wasm, Rust, all exports", "wasm", _all(_RUST), _TOLD),
    Way(CONTROL, "", None, None, quick=True),
    Way(OURS, "wasm", _TINYGO, _ASKS, "each", quick=True, compile_anew=True),
    Way("Wasm, TinyGo, all exports", "wasm", _all(_TINYGO), _ASKS, "each", quick=True),
    Way(APART, "wasm", build_apart, _ASKS, "each", quick=True, only_ten=True),
    Way(TEN_VMS, "wasm", _TINYGO, filters.asks(own_vm=True), "each", only_ten=True),
    Way("Wasm, Go, used exports", "wasm", _GO, _ASKS, "each", quick=True, compile_anew=True),
    Way("Wasm, Go, all exports", "wasm", _all(_GO), _ASKS, "each"),
    Way("Wasm, the article's filter", "wasm", _ARTICLE, _ASKS, "each", compile_anew=True),
    Way(
        "Wasm, a service asks",
        "wasm",
        _SHARED,
        filters.reads_shared,
        "chain",
        services_of=filters.wasm_service,
        compile_anew=True,
    ),
    Way("`ext_proc`, Go", "service", build_service, filters.ext_proc, quick=True),
)

GROWING = (OURS, "Wasm, Go, used exports", "Wasm, a service asks", "dynamic module, Go")
"""Those whose growth with the workers is measured: each has a timer."""
