"""The terminal that the lab prints to: nothing that somebody else wrote acts on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment

from lab_helpers.plain_text import spelled_out

__all__ = ["terminal"]


def terminal(*, stderr: bool = False) -> Console:
    r"""Return a console in which control characters are spelled out, as in `\x1b[31m`.

    A filter's log line, a compiler's words, a file's name: whatever is printed comes through here,
    so that none of them can move the cursor, change the title or hide what stands before it.

    Args:
        stderr: Whether it prints to standard error.
    """
    console = Console(stderr=stderr)
    console.push_render_hook(_SpellOut())
    return console


class _SpellOut(RenderHook):
    """Spell out what would act in all that is printed; rich's own styles come after it."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Wrap each of them.

        Args:
            renderables: What is about to be printed.
        """
        return [_Plain(each) for each in renderables]


@dataclasses.dataclass(frozen=True, slots=True)
class _Plain:
    """What is printed, with its texts made plain."""

    printed: ConsoleRenderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield its segments; those by which rich itself moves the cursor stay."""
        segments: Iterable[Segment] = console.render(self.printed, options)
        for segment in segments:
            text, style, control = segment
            yield segment if control else Segment(spelled_out(text), style)
