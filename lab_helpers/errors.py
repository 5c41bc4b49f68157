"""The errors of the lab, each with its cause and one thing to try.

```
LabError                 anything a person can mend; catch this one in a notebook
├── ToolchainError       Go, TinyGo or Envoy is missing, too old, or could not be installed
├── CompileError         the Go source does not compile; holds the compiler's problems
├── ConfigurationError   an Envoy configuration or a filter setting is not valid
├── LaunchError          Envoy did not start or stopped by itself; holds its last log lines
├── BundleError          a bundle cannot be made, or must not be used here
├── FilterError          a filter was tried in Envoy: its VM failed, or it answered otherwise
├── TokenApiError        the token API could not start, or a token could not be verified
└── TrafficError         a worker could not be reached, or did not answer
```
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from lab_helpers.plain_text import spelled_out
from lab_helpers.tokens import without_tokens

__all__ = [
    "BundleError",
    "CompileError",
    "CompileProblem",
    "ConfigurationError",
    "FilterError",
    "LabError",
    "LaunchError",
    "TokenApiError",
    "ToolchainError",
    "TrafficError",
]


class LabError(Exception):
    """Say what happened, in the tool's own words, and what to try.

    Args:
        what: One sentence: what happened.
        quote: What the tool itself said, if a tool said something.
        hint: One thing to try.
    """

    def __init__(self, what: str, *, quote: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.quote = quote.strip()
        self.hint = hint

    def __str__(self) -> str:
        parts = [self.what]
        if self.quote:
            parts.append("\n".join(f"  | {line}" for line in self.quote.splitlines()))
        if self.hint:
            parts.append(f"Try: {self.hint}")
        # A tool's words, a file's name, what a person gave: nothing of it shall act where it is
        # shown, and no token of it stay in a notebook that is saved.
        return spelled_out(without_tokens("\n".join(parts)))

    def _render_traceback_(self) -> list[str]:
        """Show the message alone in a notebook, where a stack trace would hide it.

        IPython calls this method, by this name, when an exception reaches a cell's end.
        """
        return [f"{type(self).__name__}: {self}", *getattr(self, "__notes__", ())]


class ToolchainError(LabError):
    """Catch this where a tool may be missing or of a wrong version."""


@dataclasses.dataclass(frozen=True, slots=True)
class CompileProblem:
    """One problem that the compiler found.

    Attributes:
        file: The source file as the compiler names it.
        line: The line, from 1; 0 where the compiler names none.
        column: The column, from 1; 0 where the compiler names none.
        message: The compiler's own words; what it adds on lines of its own follows.
        source_line: The text of that line, or "" if it cannot be read.
    """

    file: str
    line: int
    column: int
    message: str
    source_line: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        first, *more = self.message.splitlines() or [""]
        shown = [f"{place}: {first}" if place else first]
        if self.source_line:
            # Tabs stay tabs in the marker's indent, so that it stands under the column it names.
            before = self.source_line[: max(self.column - 1, 0)]
            indent = "".join("\t" if char == "\t" else " " for char in before)
            shown += [f"    {self.source_line}", f"    {indent}^"]
        return spelled_out("\n".join([*shown, *(f"    {line}" for line in more)]))


class CompileError(LabError):
    """Catch this where a person's Go source is compiled.

    Args:
        what: One sentence: what was compiled, and by what.
        problems: What the compiler found, in its order.
        rest: What else the compiler said, such as a command that it proposes.
        quote: The compiler's words; by default the problems and the rest.
        hint: One thing to try.
    """

    def __init__(
        self,
        what: str,
        *,
        problems: Sequence[CompileProblem] = (),
        rest: str = "",
        quote: str = "",
        hint: str = "",
    ) -> None:
        self.problems = tuple(problems)
        self.rest = rest
        said = "\n".join([*(str(problem) for problem in self.problems), rest])
        super().__init__(what, quote=quote or said, hint=hint)


class ConfigurationError(LabError):
    """Catch this where a configuration or a setting comes from a person."""


class LaunchError(LabError):
    """Catch this where Envoy is started.

    Args:
        what: One sentence: what happened.
        quote: The line of Envoy's log that names the reason.
        hint: One thing to try.
        log_tail: The last lines that Envoy logged, oldest first.
    """

    def __init__(
        self, what: str, *, quote: str = "", hint: str = "", log_tail: Sequence[str] = ()
    ) -> None:
        super().__init__(what, quote=quote, hint=hint)
        self.log_tail = tuple(log_tail)


class BundleError(LabError):
    """Catch this where a bundle, the lab in one file, is made or opened."""


class FilterError(LabError):
    """Catch this where a filter is tried in a running Envoy."""


class TokenApiError(LabError):
    """Catch this where the token API is started, or a token is verified."""


class TrafficError(LabError):
    """Catch this where requests are sent through Envoy."""
