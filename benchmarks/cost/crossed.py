"""How often one request crosses between Envoy and a filter: counted, once, by the lab's journey."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from benchmarks.cost.building import Built
from benchmarks.cost.ways import APART, OURS
from lab_helpers.compiling.modules import read_module
from lab_helpers.envoy import Envoy

__all__ = ["COUNTED", "Crossed", "count_crossings", "crossed_part"]

COUNTED = (OURS, APART, "Wasm, TinyGo, all exports", "Wasm, Go, used exports")
"""The ways that the lab can follow as they are: each asks for its token itself."""

_SETTINGS = {"tick_ms": 500}


@dataclasses.dataclass(frozen=True, slots=True)
class Crossed:
    """What crosses for one request without a body.

    Attributes:
        way: The way's name.
        entries: How often Envoy enters the module.
        idle: How many of these do nothing.
        calls: How often the module calls Envoy.
        allocations: How often Envoy asks the module for memory.
    """

    way: str
    entries: int
    idle: int
    calls: int
    allocations: int


def count_crossings(built: Mapping[str, Built | None]) -> list[Crossed]:
    """Count the crossings of a request, for each way that can be followed.

    Args:
        built: What was built, by way.

    Raises:
        LabError: An Envoy does not start, or does not answer.
    """
    return [_count(way, one) for way in COUNTED if (one := built.get(way)) is not None]


def _count(way: str, built: Built) -> Crossed:
    with Envoy(read_module(built.path), workers=1, settings=_SETTINGS, see="log") as envoy:
        envoy.wait_for_tokens()
        own = envoy.follow("worker_0").trip.own
    return Crossed(
        way,
        len(own),
        sum(not entry.did_something for entry in own),
        sum(len(entry.calls) for entry in own),
        sum(entry.allocations for entry in own),
    )


def crossed_part(crossed: Sequence[Crossed]) -> list[str]:
    """Return the report's part about it.

    Args:
        crossed: What was counted.
    """
    return [
        "## Crossings of a request",
        "",
        (
            "Counted in a request without a body. Each entry and each call leads through V8's wall."
            " One that does nothing is paid for, too: see the ways with all exports."
        ),
        "",
        "| way | Envoy enters | of these, for nothing | calls to Envoy | memory asked for |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| {one.way} | {one.entries} | {one.idle} | {one.calls} | {one.allocations} |"
            for one in crossed
        ),
    ]
