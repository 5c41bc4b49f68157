"""A clean notebook again: `reset_lesson("02")` in a cell, `lab reset 02` in a terminal."""

from __future__ import annotations

from IPython.display import display

from lab_helpers.arguments import checked
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.copies.folder import begin_anew, offered, word_for
from lab_helpers.lessons.shown.page import Note
from lab_helpers.own_notebook import own_notebook

__all__ = ["reset_lesson", "show_offer"]

_RELOAD = "File → Reload Notebook from Disk"
_ASKED = (
    "If JupyterLab says first that the file has changed, choose Revert. What that page holds is"
    " kept as well, in a file beside it."
)


@checked
def reset_lesson(lesson: str) -> Note:
    """Begin a lesson anew: your copy of it is put aside, and a fresh one takes its place.

    What you did is kept, in a file beside it whose name says when. Your progress, your filters and
    your configurations stay as they are.

    Args:
        lesson: The lesson's number, such as `02`.

    Returns:
        What was done, to be shown.

    Raises:
        ConfigurationError: There is no such lesson.
        LabError: The files cannot be written.
    """
    begun = begin_anew(lesson)
    root = repository_folder()
    shown = begun.copy.relative_to(root) if begun.copy.is_relative_to(root) else begun.copy
    lines = [("✓", f"`{shown}` is as the lab made it")]
    if begun.kept is None:
        lines.append(("·", "there was nothing of yours in it to keep"))
    else:
        lines.append(("·", f"yours is kept beside it, as `{begun.kept.name}`"))
    lines.append(("→", f"Where a page still shows the old one: {_RELOAD}."))
    lines.append(("·", _ASKED))
    return Note(lines)


def show_offer() -> None:
    """Show whether the lesson that runs is newer than the person's copy of it.

    Raises:
        LabError: A lesson of the lab is no notebook.
    """
    running = own_notebook().name
    for copy in offered():
        if copy.name == running:
            take = f'`reset_lesson("{word_for(copy)}")`'
            said = f"This lesson is newer than your copy of it. To take it: {take}."
            display(Note([("!", f"{said} Yours is then kept beside it.")]))
