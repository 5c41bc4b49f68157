"""When the calls for a token came, as a cell shows it."""

from __future__ import annotations

import html
import time

import pytest

from lab_helpers import Envoy, show_calls
from lab_helpers.board.events import TokenAsked, VmStarted
from lab_helpers.errors import ConfigurationError


@pytest.fixture
def envoy() -> Envoy:
    """An Envoy that does not run, with a board that knows of a run."""
    quiet = Envoy(workers=1)
    quiet.record(VmStarted(time.time(), 1, "aaaaaa", 1000))
    for _ in range(3):
        quiet.record(TokenAsked(time.time(), "aaaaaa", 200, "none", "ab12cd34", 60.0))
    return quiet


def test_a_cell_shows_it_with_its_words(envoy: Envoy) -> None:
    shown = show_calls(envoy)
    assert shown.describe().startswith("3 calls from 1 VM in 1 period of 1 s.")
    bundle = shown._repr_mimebundle_()
    assert bundle["text/plain"] == shown.describe()
    assert html.escape(shown.describe()) in bundle["text/html"]
    assert "data:image/png;base64," in bundle["text/html"]
    assert "of 0.5 s" in show_calls(envoy, period_s=0.5).describe()


def test_it_is_a_picture_of_its_moment(envoy: Envoy) -> None:
    shown = show_calls(envoy)
    envoy.record(TokenAsked(time.time(), "bbbbbb", 200, "none", "ab12cd34", 60.0))
    assert shown.describe().startswith("3 calls")
    assert show_calls(envoy).describe().startswith("4 calls from 2 VMs")


@pytest.mark.parametrize("period_s", [0, -1.0, float("nan"), float("inf"), "1"])
def test_what_cannot_be_a_period_is_refused(envoy: Envoy, period_s: float) -> None:
    with pytest.raises(ConfigurationError, match="period_s"):
        show_calls(envoy, period_s=period_s)
