"""Two sources, one truth: what crossed, counted, is what the token filter says of itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from tests.counts import differences

TICKS = 1_000
REQUESTS = 1_000


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_the_crossings_counted_are_what_the_filter_says(
    launch: Callable[..., Envoy], configured: Callable[[str, str], Configuration], workers: int
) -> None:
    # Envoy itself answers the requests: the token API has the callouts of all threads to answer.
    answering = configured(
        "route: {cluster: my_custom_svc}",
        "direct_response: {status: 200, body: {inline_string: a}}",
    )
    envoy = launch(
        workers=workers,
        configuration=answering,
        settings={"tick_ms": 10},
        see="crossings",
    )
    assert differences(envoy, ticks=TICKS, requests=REQUESTS) == []
