"""Why Envoy did not take a dynamic module, by its words; `tests/envoy` makes Envoy say them."""

from __future__ import annotations

import re

import pytest

from lab_helpers.errors import ConfigurationError
from lab_helpers.launch.failures import launch_failure, refused_configuration
from lab_helpers.launch.library_failures import check_takes_libraries

START = "2026-11-27T12:43:16.567101+00:00|7|"
LOADING = "Failed to load dynamic module: Failed to load dynamic module: "


def ended(reason: str) -> str:
    line = f"{START}critical|main|error `{reason}` initializing config 'goo.gle/debug n.yaml'"
    error = launch_failure([line], 1, while_doing="while it started", libraries=True)
    assert error.quote == reason
    assert error.hint
    return error.what


# How Envoy 1.36 or later words it, and what of it a person is told.
OPENING = "cannot open shared object file: No such file or directory"
CASES = (
    ("ABI version mismatch: got v0.2.0, but expected 7ee5", "for another ABI than this Envoy's"),
    ("libx.so not found in any search path: /a/libx.so or …", r"Envoy finds no libx\.so"),
    ("/a/libx.so : /a/libx.so: wrong ELF class: ELFCLASS32", r"no whole library: /a/libx\.so"),
    ("/a/libx.so : /a/libx.so: invalid ELF header", r"no whole library: /a/libx\.so"),
    (f"/a/libx.so : /a/libx.so: {OPENING}", r"no library for its machine at /a/libx\.so"),
    (f"/a/libx.so : libssl.so.1.1: {OPENING}", r"wants another library.*: libssl\.so\.1\.1"),
    ("/a/libx.so : /a/libx.so: undefined symbol: nobody", "that nobody has: nobody"),
)


@pytest.mark.parametrize(("reason", "what"), CASES)
def test_what_envoy_and_the_loader_say_is_understood(reason: str, what: str) -> None:
    assert re.search(what, ended(f"{LOADING}{reason}"))


def test_a_newer_library_of_cpp_is_known_as_well() -> None:
    words = "libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /a/libx.so)"
    error = refused_configuration(f"error initializing configuration 'n.yaml': {LOADING}{words}")
    assert "wants a newer C library than there is where Envoy runs: GLIBCXX_3.4.32" in error.what


def test_a_c_library_that_is_too_old_for_envoy_itself_is_another_matter() -> None:
    said = "envoy: /lib/libc.so.6: version `GLIBC_2.31' not found (required by envoy)"
    error = launch_failure([said], 1, while_doing="while it started")
    assert "GLIBC_2.31" in error.what or "glibc 2.31" in error.what


def test_a_module_that_does_not_say_why_is_said_so() -> None:
    reason = "Failed to create filter config: Failed to initialize dynamic module"
    assert ended(reason).endswith("would not start with its configuration, and did not say why.")


@pytest.mark.parametrize(
    ("version", "takes"),
    [("1.36.0", False), ("1.37.9", False), ("1.38.0", True), ("1.40.0", True), ("2.0.0", True)],
)
def test_which_envoys_take_one(version: str, takes: bool) -> None:
    if takes:
        check_takes_libraries(version)
        return
    with pytest.raises(ConfigurationError, match="does not take this dynamic module"):
        check_takes_libraries(version)


@pytest.mark.parametrize(
    ("exit_code", "log", "what"),
    [
        (-6, "panic: a", "Its dynamic module's Go code panicked"),
        (2, "fatal error: all goroutines are asleep - deadlock!", "Go code panicked"),
        (139, f"{START}critical|backtrace|Caught Segmentation fault, suspect", "own process"),
        (-11, "", "own process"),
        (0, f"{START}warning|main|caught ENVOY_SIGTERM", "asked to by SIGTERM"),
        (-9, "", "was ended by SIGKILL while it ran."),
    ],
)
def test_whose_fault_an_end_is(exit_code: int, log: str, what: str) -> None:
    error = launch_failure(
        [log], exit_code, while_doing="while it ran", served=True, libraries=True
    )
    assert what in error.what
    assert ("dynamic module" in error.what) == (exit_code in (-6, 2, 139, -11))
