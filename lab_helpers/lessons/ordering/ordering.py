"""Lines of Go to be put in order, by mouse or keyboard: a widget, and what comes of it.

What is tried goes the way of the exercise's own `%%go` cell: it is saved at the same place,
compiled by the same call, and judged by the same check.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from lab_helpers.arguments import checked
from lab_helpers.errors import LabError
from lab_helpers.filter_names import own_place
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.go_cells import save_go
from lab_helpers.lessons.cells.keeping import keep_beside
from lab_helpers.lessons.cells.workspace import learner_filters
from lab_helpers.lessons.checks.checking import check_as
from lab_helpers.lessons.exercises.exercises import Result
from lab_helpers.lessons.ordering.lines import lines_of
from lab_helpers.lessons.shown.page import Note

__all__ = ["Ordering", "put_in_order"]

_STATIC = Path(__file__).parent / "static"
_TASK = "Put these lines in order: drag them, or use their buttons, or Alt with ↑ and ↓."


class Ordering(anywidget.AnyWidget):
    """Lines of an exercise's solution, to be put in order.

    Args:
        exercise: The exercise, such as `02-greeting`.

    Attributes:
        lines: The lines, in the order that they have now.
        result: What came of the last try, as HTML; "" before the first one.
    """

    _esm = (_STATIC / "ordering.js").read_text(encoding="utf-8")
    _css = (_STATIC / "ordering.css").read_text(encoding="utf-8")
    task = traitlets.Unicode(_TASK).tag(sync=True)
    place = traitlets.Unicode().tag(sync=True)
    fixed = traitlets.Unicode().tag(sync=True)
    lines: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)
    result = traitlets.Unicode().tag(sync=True)
    busy = traitlets.Bool(default_value=False).tag(sync=True)

    def __init__(self, exercise: str) -> None:
        self._exercise = exercise
        self._taken_apart = lines_of(exercise)
        self._tried: set[str] = set()
        super().__init__(
            place=self._taken_apart.place,
            fixed=self._taken_apart.fixed,
            lines=[*self._taken_apart.mixed],
        )
        self.on_msg(self._hear)

    def try_it(self) -> Result | None:
        """Save the lines as they stand now, and check them.

        Returns:
            What the check found; None where it could not be saved, or looked at.
        """
        source = self._taken_apart.source(self.lines)
        try:
            kept = self._keep(source)
            saved = save_go(self.place, source)
            result = check_as(self._exercise, "Checked as you tried it:")
        except LabError as error:
            self.result = Note([("✗", str(error))]).html
            return None
        compiles = isinstance(saved, Note) and saved.lines[0][0] == "✓"
        # What does not compile has its line marked there; the check would say it once more.
        said = kept.html if kept else ""
        self.result = said + saved.html + (result.note.html if compiles else "")
        self._tried.add(source)
        return result

    def _keep(self, source: str) -> Note | None:
        """Keep what somebody wrote there: what was tried here, and the filter's first text, is not.

        A cell's text stands in its cell, but nobody who tries an order thinks of that.
        """
        file = learner_filters() / own_place(self.place)
        if not file.is_file():
            return None
        there = file.read_text(encoding="utf-8", errors="replace")
        first = repository_folder() / "filter" / "hello" / file.name
        if there in self._tried | {source} or (
            first.is_file() and there == first.read_text("utf-8")
        ):
            return None
        kept = keep_beside(file, "before")
        return Note([("·", f"what stood in `{self.place}` is kept beside it, as `{kept.name}`")])

    def _hear(self, _widget: object, content: object, _buffers: object) -> None:
        """Do what the page asks for."""
        if content == {"do": "try"}:
            self.busy = True
            try:
                self.try_it()
            finally:
                self.busy = False

    def _repr_mimebundle_(self, **_options: object) -> tuple[dict[str, Any], dict[str, Any]]:
        # Beside the widget, what can be read where it cannot live: on a page of the book.
        rows = "".join(
            f'<li><code style="white-space:pre">{html.escape(line.strip())}</code></li>'
            for line in self.lines
        )
        title = "Lines to put in order, in a notebook:"
        data = {
            "text/plain": "\n".join((title, *self.lines)),
            "text/html": f"<p>{title}</p><ul>{rows}</ul>",
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            },
        }
        return data, {}


@checked
def put_in_order(exercise: str) -> Ordering:
    """Hand out the lines of a solution in Go, to be put in order: an easier way into an exercise.

    Args:
        exercise: The exercise, such as `02-greeting`.

    Returns:
        The lines, to be shown.

    Raises:
        ConfigurationError: There is no such exercise, or none whose answer is Go.
    """
    return Ordering(exercise)
