"""Make the book: `python -m book`, or `make book`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from book.lessons import runs_of
from book.pages import page_of
from book.site import build_site, gather
from lab_helpers.errors import LabError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.exercises.shelf import lessons

__all__ = ["make_book"]

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
    for lesson in lessons():
        as_kept, solved = runs_of(lesson, runs, _say)
        pages[lesson.notebook.name] = page_of(as_kept, solved, NOTICE)
    gather(pages, made / "source")
    _say(f"building {len(pages)} lessons and the pages beside them (10 s)")
    build_site(made / "source", site)


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
    try:
        make_book(chosen.site, chosen.runs, build)
    except LabError as error:
        sys.exit(str(error))
    sys.stdout.write(f"✓ The book is made: open {chosen.site / 'index.html'} in a browser.\n")
