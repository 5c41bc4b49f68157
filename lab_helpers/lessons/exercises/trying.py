"""Try a filter in a real Envoy for a moment: compile, start, ask, stop."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from lab_helpers.board.tokens import shown_header
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.errors import LabError
from lab_helpers.lessons.shown.page import Bundle, Note

__all__ = ["Trial", "try_in_envoy"]

_OF_ENVOY = {"date", "server", "x-envoy-upstream-service-time", "content-length", "content-type"}


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """What became of a filter in a real Envoy, to be shown.

    Attributes:
        name: The filter.
        module: What TinyGo made of it; None where it did not compile.
        headers: What the response carries; empty where Envoy did not run it.
        problem: Why it does not run; None where it does.
        said: What Envoy said in an answer of its own, such as `no healthy upstream`; "" else.
    """

    name: str
    module: Module | None
    headers: Mapping[str, str] = dataclasses.field(repr=False)  # they may hold a token
    problem: LabError | None
    said: str = ""

    @property
    def ok(self) -> bool:
        """Return whether Envoy ran it."""
        return self.problem is None

    @property
    def note(self) -> Note:
        """Return it as lines."""
        lines = []
        if self.module is not None:
            size = f"{self.module.bytes / 1000:.0f} KB"
            lines.append(("✓", f"TinyGo compiles {self.name}: {size}"))
        if self.problem is not None:
            lines.append(("✗", str(self.problem)))
        else:
            lines.append(("✓", "Envoy runs it; a response carries:"))
            if self.said:
                lines.append(("!", f"Envoy answered itself: {self.said}"))
            lines += [
                ("", f"`{name}: {shown_header(name, value)}`")
                for name, value in self.headers.items()
                if name not in _OF_ENVOY
            ]
        return Note(lines)

    def _repr_mimebundle_(self, **_options: object) -> Bundle:
        return self.note.bundle()


def try_in_envoy(name: str, settings: Mapping[str, object] | None = None) -> Trial:
    """Compile a filter, start Envoy with it, send one request, and stop.

    Args:
        name: One of your own filters, or one of the lab's as `filter/token`.
        settings: The filter's settings, as its plugin configuration.

    Returns:
        What happened, good or bad, to be shown.
    """
    module = None
    try:
        module = compile_filter(name, reuse=True)
        with Envoy(module, workers=1, settings=settings) as envoy:
            answer = envoy.ask("worker_0")
    except LabError as error:
        return Trial(name, module, {}, error)
    headers = {":status": str(answer.status), **dict(answer.headers)}
    return Trial(name, module, headers, None, answer.why)
