"""Turn what Envoy said before it ended into an error that a person can act on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from lab_helpers.board.events import SettingsRefused
from lab_helpers.board.parsing import parse_event
from lab_helpers.errors import ConfigurationError, LaunchError
from lab_helpers.launch.causes import Cause, known_cause
from lab_helpers.launch.interface import LaunchPlan
from lab_helpers.launch.known_reasons import CONFIGURATION
from lab_helpers.launch.last_words import KILLED, ending, ending_cause, reasons_in
from lab_helpers.launch.library_failures import LIBRARIES, library_cause, with_libraries
from lab_helpers.launch.panics import panic_cause
from lab_helpers.launch.said import Line, panics_in, read_lines
from lab_helpers.launch.setting_names import hint_for_setting
from lab_helpers.launch.wasm_failures import plugin_cause
from lab_helpers.wasm_files import how_to_make, module_fault

__all__ = [
    "failure_of",
    "launch_failure",
    "reason_in",
    "refused_configuration",
    "refused_update",
]

_TAIL = 40
_INITIALIZING = re.compile(r"error `(?P<reason>.+?)` initializing config", re.DOTALL)
_VALIDATING = re.compile(r"error initializing configuration '[^'\n]*': (?P<reason>.+)", re.DOTALL)
_UPDATE = re.compile(r"Filesystem config update (?:rejected|failure): (?P<reason>.+)", re.DOTALL)
_DUMP_BEHIND = re.compile(r"(?P<reason>Unable to parse JSON as proto \(.*?\)): \{")
_DUMP_BEFORE = re.compile(r"^: (?P<reason>Proto constraint validation failed .*)", re.MULTILINE)
# What Envoy says of a field stands in a description of the whole document, and of its JSON.
_OF_A_FIELD = re.compile(
    r"invalid JSON in [\w.]+ (?P<at>@ [^\s:]+): .*?near \d+:\d+ \(offset \d+\): (?P<said>.+?)\)?"
    r"(?:\) has unknown fields)?$",
    re.DOTALL,
)
_NO_FILE = re.compile(
    r"Invalid path: (?P<path>[^`\n]+)"
    r"|file .*? '?(?P<other>\S+\.wasm)'? .*(?:does not exist|not found)"
)


def failure_of(
    plan: LaunchPlan,
    lines: Sequence[str],
    exit_code: int | None,
    while_doing: str,
    *,
    served: bool = False,
) -> LaunchError:
    """Build the error for an Envoy of a plan that ended by itself.

    Args:
        plan: What was launched.
        lines: As for `launch_failure`.
        exit_code: As for `launch_failure`.
        while_doing: As for `launch_failure`.
        served: As for `launch_failure`.

    Returns:
        The error, with the reason quoted and one thing to try.
    """
    return launch_failure(
        lines,
        exit_code,
        while_doing=while_doing,
        served=served,
        wasm=None if served else plan.wasm,
        source=None if served else plan.source,
        libraries=bool(plan.libraries),
    )


def launch_failure(  # each is a thing to look at
    lines: Sequence[str],
    exit_code: int | None,
    *,
    while_doing: str,
    served: bool = False,
    wasm: Path | None = None,
    source: Path | None = None,
    libraries: bool = False,
) -> LaunchError:
    """Build the error for an Envoy that ended by itself.

    Args:
        lines: The log's raw lines, oldest first.
        exit_code: Its exit code; negative for a signal; None where nobody can tell.
        while_doing: What was going on, as in `while it started`.
        served: Whether it served traffic already. A filter that fails then costs a VM, but never
            ends Envoy (measured), so the reason is another.
        wasm: The module that it was given; None for none.
        source: The folder that the module was compiled from; None where that is not known.
        libraries: Whether it ran dynamic modules, which can end it.

    Returns:
        The error, with the reason quoted and one thing to try.
    """
    said = read_lines(lines)
    tail = [line.message for line in said[-_TAIL:]]
    text = _of_envoy(said)
    reason = reason_in(text)
    cause = _of_a_reason(text, reason, wasm, source)
    # No filter ends Envoy by this signal, whatever it said before.
    if cause is None and not (exit_code in KILLED or served):
        cause = _of_a_filter(lines, reason, while_doing, wasm, source)
    if cause is None and reason:
        what = f"Envoy {ending(exit_code)} {while_doing}."
        cause = Cause(what, reason, "mend what the reason names, then start it again")
    if cause is None:
        cause = ending_cause(said, exit_code, while_doing)
        cause = with_libraries(cause, exit_code) if libraries else cause
    return LaunchError(cause.what, quote=cause.quote, hint=cause.hint, log_tail=tail)


def refused_configuration(
    said: str, wasm: Path | None = None, source: Path | None = None
) -> ConfigurationError:
    """Build the error for a configuration that `envoy --mode validate` refuses.

    Args:
        said: All that Envoy printed.
        wasm: The module that it was given; None for none.
        source: The folder that the module was compiled from; None where that is not known.

    Returns:
        The error, with Envoy's reason quoted and one thing to try.
    """
    lines = said.strip().splitlines()
    text = _of_envoy(read_lines(lines))
    match = _VALIDATING.search(text)
    reason = _without_dump(match["reason"]) if match else reason_in(text)
    cause = _of_a_reason(text, reason, wasm, source)
    cause = cause or _of_a_filter(lines, reason, "while it started", wasm, source)
    if cause is None:
        return ConfigurationError(
            "Envoy refuses the configuration.",
            quote=_of_the_field(reason)
            or "\n".join(reasons_in(read_lines(lines)) or text.splitlines()[-5:]),
            hint="mend what the reason names, then check again",
        )
    what = f"Envoy refuses the configuration. {cause.what}"
    return ConfigurationError(what, quote=cause.quote, hint=cause.hint)


def refused_update(
    lines: Sequence[str], wasm: Path | None = None, source: Path | None = None
) -> LaunchError:
    """Build the error for a filter's new configuration that a running Envoy did not take.

    Args:
        lines: What the log has of it, oldest first.
        wasm: The module; None for the configuration's own.
        source: The folder that the module was compiled from; None where that is not known.

    Returns:
        The error, with Envoy's reason quoted and one thing to try.
    """
    said = read_lines(lines)
    text = _of_envoy(said)
    match = _UPDATE.search(text)
    reason = _without_dump(match["reason"]) if match else ""
    cause = _of_a_reason(text, reason, wasm, source)
    cause = cause or _of_a_filter(lines, reason, "while it was loaded", wasm, source)
    if cause is None:
        cause = Cause(
            "Envoy did not take it.", reason or text, "mend what the reason names, then try again"
        )
    return LaunchError(
        f"{cause.what} Envoy goes on with the filter as it was.",
        quote=cause.quote,
        hint=cause.hint,
        log_tail=[line.message for line in said[-_TAIL:]],
    )


def reason_in(text: str) -> str:
    """Return the reason that Envoy gives for refusing a configuration; "" if it gives none.

    Args:
        text: Envoy's output, or its log's messages, one on a line.
    """
    match = _INITIALIZING.search(text)
    return _without_dump(match["reason"]) if match else ""


def _of_envoy(lines: Sequence[Line]) -> str:
    """Return what Envoy said itself, as a whole: a reason may span lines."""
    return "\n".join(line.message for line in lines if line.by_filter is None)


def _of_a_filter(
    lines: Sequence[str], reason: str, while_doing: str, wasm: Path | None, source: Path | None
) -> Cause | None:
    said = read_lines(lines)
    cause = plugin_cause(said, reason, while_doing, wasm, source) or library_cause(said, reason)
    # Of an Envoy that gave no reason at all, what a filter said may tell.
    if cause is None and reason:
        return None
    panics = panics_in(said)
    cause = cause or (panic_cause(panics[0], while_doing) if panics else None)
    return _settings_refused(lines) or cause


def _settings_refused(lines: Sequence[str]) -> Cause | None:
    """Return that the lab's token filter refused a setting, which it says in a line of its own."""
    events = (parse_event(line) for line in reversed(lines))
    refused = next((event for event in events if isinstance(event, SettingsRefused)), None)
    if refused is None:
        return None
    home = "native" if refused.library else "token"
    hint = hint_for_setting(home, refused.reason)
    return Cause("The filter refused its settings.", refused.reason, hint)


def _of_a_reason(text: str, reason: str, wasm: Path | None, source: Path | None) -> Cause | None:
    """Return what Envoy's reason means; all that it said is its reason where it gave none."""
    words = reason or text
    if gone := _NO_FILE.search(words):
        return _no_file(
            (gone["path"] or gone["other"]).strip(), _line_around(words, gone), wasm, source
        )
    found = known_cause((*LIBRARIES, *CONFIGURATION), words)
    if found is None:
        return None
    known, match, what = found
    return Cause(what, _of_the_field(reason or _line_around(words, match)), known.hint)


def _no_file(path: str, quote: str, wasm: Path | None, source: Path | None) -> Cause:
    fault = (
        module_fault(wasm, source) if wasm is not None and wasm.name == Path(path).name else None
    )
    if fault is not None:
        return Cause(f"Envoy finds no file at {path}.", quote, fault.hint)
    if path.endswith(".wasm"):
        return Cause(f"Envoy finds no file at {path}.", quote, how_to_make(Path(path), source))
    hint = (
        "write the whole path of the file there: Envoy looks from the folder that it is started in"
    )
    return Cause(f"Envoy finds no file at {path}.", quote, hint)


def _without_dump(reason: str) -> str:
    """Return a reason without the whole configuration, which Envoy puts behind it or before it."""
    behind = _DUMP_BEHIND.search(reason)
    before = _DUMP_BEFORE.search(reason)
    return (behind or before or {"reason": reason})["reason"].strip()


def _of_the_field(reason: str) -> str:
    """Return what a reason says of a field, and where that is; the reason itself where of none."""
    found = _OF_A_FIELD.search(reason)
    return f"{found['at']}: {found['said'].strip()}" if found else reason


def _line_around(text: str, match: re.Match[str]) -> str:
    """Return the whole line in which Envoy said it."""
    begin = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    return text[begin : end if end >= 0 else len(text)]
