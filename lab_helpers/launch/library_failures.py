"""Why Envoy did not take a dynamic module, or ended with it: in Envoy's words and the loader's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lab_helpers.errors import ConfigurationError
from lab_helpers.launch.causes import Cause, Known
from lab_helpers.launch.said import Line

__all__ = ["LIBRARIES", "check_takes_libraries", "library_cause", "with_libraries"]

# Measured: 1.38, 1.39 and 1.40 run what is built for 1.40's ABI. 1.37 and 1.36 want a module that
# was built for exactly them, and 1.36 has other functions.
_SINCE = (1, 38)
_ALARMS = ("warning", "error", "critical")
_MOST_WORDS = 3
_REFUSED = re.compile(r"Failed to initialize dynamic module$", re.MULTILINE)
# As a shell and Docker count the signals of a crash, and as Python does.
_CRASHES = (-4, -6, -7, -8, -11, 132, 134, 135, 136, 139)
_PANIC = re.compile(r"^(?:panic|fatal error): ", re.MULTILINE)

# Each has a test that makes Envoy 1.40, or the loader, say it; the version's is 1.37's and before.
LIBRARIES = (
    Known(
        re.compile(r"DynamicModuleConfig\b.*no such field: '(?P<detail>module)'"),
        "This Envoy finds a dynamic module by its name alone, and not by a file ({detail}).",
        "use Envoy 1.38 or later: `lab doctor` says which one this is, and LAB_ENVOY names another",
    ),
    Known(
        re.compile(r"Failed to resolve symbol:? (?P<detail>\w+)"),
        "The dynamic module lacks a function that Envoy calls: {detail}.",
        "add it, and leave it empty where the filter needs nothing of it, as"
        " filter/native/unused.c does; Envoy names one at a time",
    ),
    Known(
        re.compile(r"ABI version mismatch: got (?P<detail>\S+), but"),
        "The dynamic module is built for another ABI than this Envoy's: {detail}.",
        "take the Envoy that it was built for: `lab doctor` says which one this is, and LAB_ENVOY"
        " names another",
    ),
    Known(
        re.compile(r"(?P<detail>lib\S+\.so) not found in any search path"),
        "Envoy finds no {detail}.",
        'hand it over, as in Envoy(compile_filter("native")), or name its folder with the variable'
        " ENVOY_DYNAMIC_MODULES_SEARCH_PATH",
    ),
    Known(
        re.compile(r"(?P<detail>(?:GLIBC|GLIBCXX)_[\d.]+)' not found \(required by"),
        "The dynamic module wants a newer C library than there is where Envoy runs: {detail}.",
        "build it where the C library is as old as Envoy's image has it, or run Envoy natively",
    ),
    Known(
        re.compile(
            r"(?:Failed|Unable) to load dynamic module\b.*?: (?P<detail>lib[^\s:/]+\.so[.\d]*):"
            r" cannot open shared object file"
        ),
        "The dynamic module wants another library, which is not there where Envoy runs: {detail}.",
        "install it there, or link it into the module (`-static-libgcc`, or its archive .a)",
    ),
    Known(
        re.compile(
            r"(?:Failed|Unable) to load dynamic module\b.*?: (?P<detail>/[^\s:]+\.so): cannot open"
        ),
        "Envoy finds no library for its machine at {detail}.",
        "look whether the file is there, and with `file` for which machine it is",
    ),
    Known(
        re.compile(
            r"(?P<detail>/[^\s:]+): (?:file too short|invalid ELF header|wrong ELF class\S*)"
        ),
        "What Envoy is to load as a dynamic module is no whole library: {detail}.",
        "build it again: lab build native",
    ),
    Known(
        re.compile(r"undefined symbol: (?P<detail>\w+)"),
        "The dynamic module wants a function that nobody has: {detail}.",
        "look at its spelling; one of Envoy's may be of a newer Envoy: `lab doctor` says which this"
        " is",
    ),
    Known(
        re.compile(r"Failed to initialize dynamic module: (?P<detail>\S+)"),
        "The dynamic module would not start: its envoy_dynamic_module_on_program_init returned no"
        " version ({detail}).",
        'let it return the version of the ABI, "v0.2.0" for Envoy 1.40',
    ),
)


def check_takes_libraries(version: str) -> None:
    """Make sure that an Envoy can run what is built for the lab's ABI.

    Args:
        version: The Envoy's, such as `1.40.0`.

    Raises:
        ConfigurationError: It cannot.
    """
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers >= _SINCE:
        return
    raise ConfigurationError(
        f"Envoy {version} does not take this dynamic module: it takes only one that was built for"
        " exactly its own version.",
        hint="use Envoy 1.38 or later: `lab doctor` says which one this is, and LAB_ENVOY (in"
        " Docker LAB_ENVOY_IMAGE) names another",
    )


def library_cause(lines: Sequence[Line], reason: str) -> Cause | None:
    """Return that a dynamic module would not start with its configuration, in its own words.

    Args:
        lines: The log.
        reason: Why Envoy ended, in its words.

    Returns:
        The cause; None where Envoy did not end for that.
    """
    if not _REFUSED.search(reason):
        return None
    said = [line for line in lines if line.by_filter]
    alarms = [line for line in said if line.level in _ALARMS]
    words = [str(line.by_filter) for line in (alarms or said)[-_MOST_WORDS:]]
    what = "The dynamic module would not start with its configuration"
    if words:
        return Cause(f"{what}.", "\n".join(words), "give it what it wants, with `settings=`")
    return Cause(
        f"{what}, and did not say why.",
        reason,
        "log why before envoy_dynamic_module_on_http_filter_config_new returns nothing",
    )


def with_libraries(cause: Cause, exit_code: int | None) -> Cause:
    """Return why an Envoy ended that ran dynamic modules: their faults are its own.

    Args:
        cause: What is known without that.
        exit_code: Its exit code.
    """
    # In a container Envoy is the first process, which no SIGABRT of its own ends: Go exits with 2.
    if _PANIC.search(cause.quote):
        return Cause(
            f"{cause.what} Its dynamic module's Go code panicked, and that ends the whole Envoy:"
            " all its workers, and every request in them.",
            cause.quote,
            "mend the code where it panics, or `recover()` in each callback and each goroutine; in"
            " Wasm the same panic ends one worker's VM",
        )
    if exit_code not in _CRASHES:
        return cause
    return Cause(
        f"{cause.what} It ran a dynamic module, whose code is Envoy's own process: what goes wrong"
        " there ends the whole Envoy.",
        cause.quote,
        "look in the module first: the error's `log_tail` has the functions that ran; in Wasm the"
        " same mistake ends one worker's VM",
    )
