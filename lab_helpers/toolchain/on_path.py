"""Programs on PATH that a distribution may call by their number alone."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

__all__ = ["programs_called"]


def programs_called(name: str) -> list[Path]:
    """Return the programs of a name on PATH: the plain one, then those with a number, newest first.

    Debian and Ubuntu have `clang-19` and `wasm-ld-19`, without a plain `clang`.

    Args:
        name: Such as `clang`.
    """
    form = re.compile(rf"{re.escape(name)}-(?P<number>\d+)(?:\.exe)?")
    plain = shutil.which(name)
    numbered: dict[int, Path] = {}
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        place = Path(folder or os.curdir)
        for program in place.glob(f"{name}-*") if place.is_dir() else ():
            match = form.fullmatch(program.name)
            if match and os.access(program, os.X_OK):
                numbered.setdefault(int(match["number"]), program)
    newest = [numbered[number] for number in sorted(numbered, reverse=True)]
    return [*([Path(plain)] if plain else []), *newest]
