"""Make Go's and TinyGo's caches as old as they are when an image is opened some days later.

    python age.py DAYS

Go removes what no build has used for five days, once a day; LLVM does so after a week. An image
that was built a month ago must not lose its caches at a person's first compilation.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_DAY_S = 86_400
_CACHES = Path.home() / ".cache"


def main(days: int) -> None:
    """Set every file of the caches back by so many days, and the note of the last cleaning too."""
    for folder in (_CACHES / "go-build", _CACHES / "tinygo"):
        for file in [path for path in folder.rglob("*") if path.is_file()]:
            status = file.stat()
            os.utime(file, (status.st_atime - days * _DAY_S, status.st_mtime - days * _DAY_S))
    trimmed = _CACHES / "go-build" / "trim.txt"
    trimmed.write_text(str(int(trimmed.read_text()) - days * _DAY_S))


if __name__ == "__main__":
    main(int(sys.argv[1]))
