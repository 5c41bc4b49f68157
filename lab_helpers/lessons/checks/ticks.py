"""What is wrong with a filter's ticks, as its log and its source show."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lab_helpers.compiling.source_code import code_alone

__all__ = ["why_miscounted", "why_not_logged"]

_NUMBER = re.compile(r"tick (-?\d+)")
# A method of the plugin's context, with or without `*`.
_METHOD = r"func\s*\(\s*\w*\s*(?P<star>\*?)\s*pluginContext\s*\)\s*(?P<name>{name})\s*\("
_ON_TICK = re.compile(_METHOD.format(name="OnTick"))
_NEARLY = re.compile(_METHOD.format(name=r"\w*[tT][iI][cC][kK]\w*"))


def why_not_logged(log: Sequence[str], sources: Mapping[str, str]) -> str:
    """Return why three ticks did not leave a line each that says `tick N`.

    Args:
        log: What the filter logged.
        sources: Its Go by file name.
    """
    if log:
        return (
            f"The log says: {', '.join(log)}. Wanted is a line such as `tick 1`:"
            ' `proxywasm.LogInfof("tick %d", plugin.ticks)` writes it.'
        )
    code = "\n".join(code_alone(source) for source in sources.values())
    if _ON_TICK.search(code):
        return "`OnTick` is called, and logs nothing: in it stands the line with LogInfof."
    wanted = "Envoy calls a method of the name `OnTick`, with `(plugin *pluginContext)` before it"
    if nearly := _NEARLY.search(code):
        return f"{wanted}. Yours is called `{nearly['name']}`."
    return f"{wanted}; and in it stands the line with LogInfof."


def why_miscounted(logged: Sequence[str], sources: Mapping[str, str]) -> str:
    """Return why three ticks are not numbered 1, 2, 3.

    Args:
        logged: What was logged of them.
        sources: The filter's Go by file name.
    """
    matches = [_NUMBER.fullmatch(line) for line in logged]
    said = f"The log says: {', '.join(logged)}."
    if None in matches:
        return f"{said} Behind `tick ` stands a number alone, which `%d` writes."
    return f"{said} {_why([int(match[1]) for match in matches if match], sources)}"


def _why(numbers: list[int], sources: Mapping[str, str]) -> str:
    code = "\n".join(code_alone(source) for source in sources.values())
    found = _ON_TICK.search(code)
    step = numbers[1] - numbers[0]
    if step == 0 and found and not found["star"]:
        return "The count is a copy's: keep the `*` in `(plugin *pluginContext)`."
    if step == 0 and numbers[0] == 0:
        return "The number stays as it began: nothing is added to `plugin.ticks` itself."
    if step == 0:
        return "The number is set anew each time: add to the one that is there instead."
    if numbers[0] == 0:
        return "It is logged before it is counted: count first."
    return f"It changes by {step} with each tick, from {numbers[0]} on: begin at 0, and add 1."
