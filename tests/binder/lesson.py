"""Run one lesson by "Run all", with the solutions in; say what it took, as JSON.

python tests/binder/lesson.py 00
"""

from __future__ import annotations

import json
import sys
import time

from book.execution import executed, read_notebook
from lab_helpers.lessons.exercises.journal import read_record
from lab_helpers.lessons.exercises.shelf import lessons


def main(number: str) -> int:
    """Run it; exit with 1 if an exercise does not pass its check."""
    lesson = next(one for one in lessons() if one.number == number)
    notebook = read_notebook(lesson.notebook)
    began = time.monotonic()
    executed(notebook, lesson.notebook.parent, solved=True)
    seconds = time.monotonic() - began
    failed = sorted(set(lesson.exercises) - read_record().passed)
    record = {"title": lesson.title, "seconds": seconds, "failed": failed}
    sys.stdout.write(f"{json.dumps(record)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
