"""Whether the token API is called as often as it should be, on a machine that may be busy."""

from __future__ import annotations

from lab_helpers.envoy import Envoy


def measures(envoy: Envoy, calls_per_period: int) -> None:
    """Wait until so many calls a period are measured, to a tenth, over several periods.

    A call that comes late makes the next seem quick, and the first ones do come late: they open
    their connections. So a first figure may be off, and a later one not.

    Raises:
        LaunchError: It measured something else, for as long as 30 s.
    """
    enough = 4 * calls_per_period
    envoy.wait_until(
        lambda now: (
            now.calls >= enough
            and now.calls_per_period
            and abs(now.calls_per_period / calls_per_period - 1) < 0.1
        ),
        f"{calls_per_period} calls a period, over four periods or more",
    )
