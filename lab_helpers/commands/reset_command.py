"""The command `lab reset`: a clean notebook again."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from lab_helpers.terminal import terminal

__all__ = ["reset"]


def reset(
    lesson: Annotated[str, typer.Argument(help="The lesson's number, such as 02.")],
) -> None:
    """Begin a lesson anew; your copy of it is kept beside the fresh one."""
    from lab_helpers.lessons.copies.resetting import reset_lesson  # noqa: PLC0415  # quick `lab --help`

    terminal().print(escape(reset_lesson(lesson).text), highlight=False, soft_wrap=True)
