"""Following a request through an Envoy in a container: the same journey as with a process."""

from __future__ import annotations

from collections.abc import Callable

from lab_helpers.board.journey import Ending
from lab_helpers.envoy import Envoy


def test_a_journey_through_a_container(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=2, see="log")
    journey = envoy.follow("worker_1", method="POST", body="hello")
    assert journey.answer is not None
    assert (journey.answer.status, journey.answer.worker) == (200, "worker_1")
    assert journey.trip.ending is Ending.DELETED
    assert journey.trip.doubts == ()
    names = [row.name.strip() for row in journey.table.rows]
    # The lab's module exports what the filter has: nobody looks at the request's body.
    assert names.count("▶ OnHttpResponseHeaders") == 1
    assert "▶ OnHttpRequestBody" not in names
    assert '"x-wasm-filter"' in journey.words
    # Envoy's clock is this machine's: its times lie within those that the client saw.
    assert 0 < journey.entries[0].begin_us < journey.answer.seconds * 1e6
    assert not envoy.snapshot().seeing.on
