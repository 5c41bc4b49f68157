"""Make the book: `python -m book`, or `make book`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from book.lessons import is_fresh, runs_of
from book.pages import page_of
from book.site import build_site, gather
from lab_helpers.errors import LabError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.exercises.shelf import lessons

__all__ = ["how_long", "make_book"]

# Twice each; measured on two cores, and rounded up.
_MINUTES_A_LESSON = 2

NOTICE = """\
```{admonition} A copy to read
:class: note

This page shows the lesson as it ran, with its exercises as you will find them. To do them,
[run the lab](../README.md). Solutions are folded: open one after you have tried.
```"""


def make_book(site: Path, runs: Path, made: Path) -> None:
    """Run the lessons where they have changed, and build the site.

    Args:
        site: Where to.
        runs: Where the runs of the lessons are kept.
        made: A folder for what is made on the way.

    Raises:
        LabError: A page is wrong.
    """
    pages = {}
    there = lessons()
    _say(how_long([lesson.number for lesson in there if not is_fresh(lesson, runs)]))
    for lesson in there:
        as_kept, solved = runs_of(lesson, runs, _say)
        pages[lesson.notebook.name] = page_of(as_kept, solved, NOTICE)
    gather(pages, made / "source")
    _say(f"building {len(pages)} lessons and the pages beside them (10 s)")
    build_site(made / "source", site)


def how_long(changed: Sequence[str]) -> str:
    """Return how long the lessons will run, before they do.

    Args:
        changed: The numbers of those whose runs are missing, or older than what they depend on.
    """
    if not changed:
        return "no lesson has changed since it ran"
    minutes = len(changed) * _MINUTES_A_LESSON
    return f"lessons to run: {', '.join(changed)} (up to {minutes} minutes)"


def _say(text: str) -> None:
    sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    root = repository_folder()
    build = root / "work" / "build" / "book"
    parser = argparse.ArgumentParser(prog="python -m book", description=__doc__)
    parser.add_argument("--site", type=Path, default=root / "site", help="where the site goes")
    parser.add_argument("--runs", type=Path, default=build / "runs", help="where runs are kept")
    chosen = parser.parse_args()
    began = time.monotonic()
    try:
        make_book(chosen.site, chosen.runs, build)
    except LabError as error:
        sys.exit(str(error))
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    sys.stdout.write(f"✓ The book is made, in {minutes} min {seconds} s. Open it in a browser:\n")
    sys.stdout.write(f"  {chosen.site / 'index.html'}\n")
