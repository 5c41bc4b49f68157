"""Check an exercise without being asked: as its cell is run, or as its file is saved in an editor.

Only of an exercise whose check is of the quick kind; of the others it is said how to check them. It
goes by the kind and not by the clock, so that a person can tell which comes.
"""

from __future__ import annotations

import inspect
import threading
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import DisplayHandle, display

from lab_helpers.errors import LabError
from lab_helpers.lessons.cells.saved import Saved, when_saved
from lab_helpers.lessons.checks.checking import all_exercises, check_as, is_quick, note_shown
from lab_helpers.lessons.exercises.exercises import Result
from lab_helpers.lessons.exercises.journal import read_record
from lab_helpers.lessons.exercises.lesson_cells import exercise_like, exercise_tagged
from lab_helpers.lessons.shown.page import Note

__all__ = ["ByItself", "register"]

_LOOK_S = 0.25
_AS_RUN = "Checked as the cell was run:"
_MEND_FIRST = Note([("→", "Mend that first. The check comes by itself, once it is mended.")])
_MEND_AND_ASK = Note([("→", "Mend that first. Then run this cell again, and the check below.")])


class ByItself:
    """Checks exercises whose cells are run, and looks at their files from then on.

    A file that somebody else writes is checked, too, and what came of it takes the place of what
    stands below the exercise's cell. While a cell runs nothing is looked at: what it saves is its
    own affair.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[Path, _Watched] = {}
        self._stopping = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._thread: threading.Thread | None = None

    def saved(self, saved: Saved) -> None:
        """Check the exercise of a cell that has saved something, and show what came of it.

        Args:
            saved: What was saved.
        """
        try:
            exercise = exercise_tagged(saved.head) or exercise_like(saved.head, saved.text)
            if not exercise:
                with self._lock:
                    self._watched.pop(saved.file, None)
                return
            shown = _checked(exercise, _AS_RUN)
        except LabError as error:
            display(Note([("✗", str(error))]))
            return
        # What does not compile has been shown, with its line marked; for a hint it is noted.
        if not saved.ok:
            shown = _MEND_FIRST if isinstance(shown, Result) else _MEND_AND_ASK
        handle = display(shown, display_id=True)
        if isinstance(shown, Result):
            note_shown(shown)
        with self._lock:
            self._watched[saved.file] = _Watched(exercise, handle, saved.file.read_bytes())
        self._start()

    def cell_begins(self, *_info: object) -> None:
        """Look at nothing until the cell is done."""
        self._idle.clear()

    def cell_is_done(self, *_result: object) -> None:
        """Look at the files again, as the cell has left them: `start_filter` writes some, too."""
        with self._lock:
            for file, each in self._watched.items():
                each.take(file)
        self._idle.set()

    def stop(self) -> None:
        """Look at nothing any more, and wait until that is so; twice is fine."""
        self._stopping.set()
        self._idle.set()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        if self._thread is None:
            # A daemon, so that a kernel that ends does not wait for it.
            self._thread = threading.Thread(target=self._watch, name="lab-checks", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        while not self._stopping.wait(_LOOK_S):
            self._idle.wait()
            with self._lock:
                watched = dict(self._watched)
            for file, each in watched.items():
                if self._idle.is_set() and each.has_changed(file):
                    each.check(file)


class _Watched:
    """A file, the exercise that it is for, and where to show what a check found.

    Args:
        exercise: The exercise.
        handle: Where to show it.
        content: The file's content that was checked.
    """

    def __init__(self, exercise: str, handle: DisplayHandle, content: bytes) -> None:
        self._exercise = exercise
        self._handle = handle
        self._checked = content
        self._before = content

    def has_changed(self, file: Path) -> bool:
        """Return whether it has other content than was checked, and is no longer being written.

        Args:
            file: The file.
        """
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            return False  # an editor may put another in its place at this moment
        rests, self._before = content == self._before, content
        return rests and content != self._checked

    def take(self, file: Path) -> None:
        """Take what a file holds for known: nobody has saved it in an editor.

        Args:
            file: The file.
        """
        if file.is_file():
            self._checked = self._before = file.read_bytes()

    def check(self, file: Path) -> None:
        """Check the exercise, and show it.

        Args:
            file: The file.
        """
        self._checked = self._before
        said = f"Checked as `{file.parent.name}/{file.name}` was saved outside this cell:"
        try:
            shown = _checked(self._exercise, said)
            self._handle.update(shown)
            if isinstance(shown, Result):
                note_shown(shown)
        except LabError as error:
            self._handle.update(Note([("✗", str(error))]))


def register(shell: InteractiveShell) -> ByItself:
    """Check exercises as their cells are run in a notebook.

    Args:
        shell: The notebook's.

    Returns:
        What does so.
    """
    by_itself = ByItself()
    when_saved(by_itself.saved)
    shell.events.register("pre_run_cell", by_itself.cell_begins)
    shell.events.register("post_run_cell", by_itself.cell_is_done)
    return by_itself


def _checked(exercise: str, came: str) -> Result | Note:
    """Return what a check finds; where it does not come by itself, how to ask for it."""
    known = all_exercises()[exercise]
    if is_quick(known):
        return check_as(exercise, came)
    values = "".join(f", {name}" for name in inspect.signature(known.look).parameters)
    seconds = read_record().attempt(exercise).seconds
    took = f" It took {seconds:.0f} s the last time." if seconds >= 1 else ""
    return Note([("→", f'This is checked when you ask: run `check("{exercise}"{values})`.{took}')])
