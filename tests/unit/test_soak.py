"""How a soak judges memory: by the median of each minute, from the second on."""

from __future__ import annotations

import pytest

from tests.soak.soak import Story


@pytest.mark.parametrize(
    ("by_second", "grown"),
    [
        ([(5, 50), (65, 100), (125, 100), (185, 100)], 0.0),
        ([(5, 500), (65, 100), (70, 100), (75, 300), (125, 110)], 0.1),
        ([(65, 100), (125, 90), (130, 400), (135, 90), (185, 95)], 0.05555),
        ([(5, 100)], 0.0),
        ([], 0.0),
    ],
)
def test_one_look_in_a_reload_is_no_growth(
    by_second: list[tuple[float, int]], grown: float
) -> None:
    story = Story(rss=by_second)
    assert story.growth == pytest.approx(grown, abs=0.001)
