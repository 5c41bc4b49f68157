"""In a container, too, what crossed, counted, is what the token filter says of itself."""

from __future__ import annotations

from collections.abc import Callable

from lab_helpers.envoy import Envoy
from tests.counts import differences


def test_the_crossings_counted_are_what_the_filter_says(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=2, settings={"tick_ms": 50}, see="crossings")
    assert differences(envoy, ticks=200, requests=200) == []
