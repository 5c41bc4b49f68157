"""`lab adopt`: a filter for the old SDK becomes one of a person's own."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from lab_helpers.lessons.cells.adopting import adopt

__all__ = ["show_adoption"]


def show_adoption(console: Console, folder: Path, name: str | None) -> bool:
    """Bring a filter over, and print what was changed.

    Args:
        console: Where to print.
        folder: The filter's folder.
        name: What to call it here; None for the folder's name.

    Returns:
        Whether it compiles.

    Raises:
        LabError: It cannot be brought over.
    """
    console.print("  · Bringing it over, then compiling it (5 to 30 s)", highlight=False)
    adopted = adopt(folder, name)
    if adopted.diff:
        console.print(Syntax(adopted.diff, "diff", background_color="default", word_wrap=True))
    console.print(Text(adopted.note.text), soft_wrap=True)
    return adopted.problem is None
