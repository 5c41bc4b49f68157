"""Which of a filter's own lines somebody is shown, and what Envoy must log for that."""

from __future__ import annotations

import pytest

from lab_helpers.board.events import (
    Event,
    FilterSaid,
    Panicked,
    SettingsRefused,
    Ticked,
    VmFailed,
)
from lab_helpers.board.levels import LOG_LEVELS, envoy_level, is_shown

SAID = {level: FilterSaid(1.0, 7, level, "x") for level in ("trace", *LOG_LEVELS)}


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("debug", ["debug", "info", "warning", "error", "critical"]),
        ("info", ["info", "warning", "error", "critical"]),
        ("warning", ["warning", "error", "critical"]),
        ("error", ["error", "critical"]),
        ("critical", ["critical"]),
    ],
)
def test_lines_of_a_level_and_above_are_shown(asked: str, shown: list[str]) -> None:
    assert [level for level, line in SAID.items() if is_shown(line, asked)] == shown


@pytest.mark.parametrize(
    "event",
    [
        Panicked(1.0, 7, "on purpose"),
        VmFailed(1.0, 7, "proxy_on_tick", "unreachable"),
        SettingsRefused(1.0, 7, "aa", "no such setting"),
        Ticked(1.0, 7, "aa", 1),
        FilterSaid(1.0, 7, "notice", "a level that nobody knows"),
    ],
)
def test_what_is_no_line_of_its_own_is_shown_at_every_level(event: Event) -> None:
    assert all(is_shown(event, level) for level in LOG_LEVELS)


def test_envoy_logs_info_whatever_is_shown_for_the_lab_counts_by_it() -> None:
    assert [envoy_level(level) for level in LOG_LEVELS] == ["debug", "info", "info", "info", "info"]
