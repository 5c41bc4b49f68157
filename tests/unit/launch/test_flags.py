"""The flags of every Envoy: what its log, its threads and its neighbours need."""

from __future__ import annotations

from lab_helpers.launch.flags import envoy_flags


def test_the_log_goes_to_standard_error_and_to_no_file() -> None:
    """In a file lines arrive up to 10 s late (measured with Envoy 1.40)."""
    assert not [flag for flag in envoy_flags(2) if flag.startswith("--log-path")]


def test_the_number_of_workers_is_never_left_to_envoy() -> None:
    """It would take the machine's, or what a control group leaves of it."""
    flags = envoy_flags(3)
    assert flags[flags.index("--concurrency") + 1] == "3"
