"""How long something took last time, kept between runs."""

from __future__ import annotations

import json
from pathlib import Path

from lab_helpers.disk import replace_file
from lab_helpers.errors import LabError
from lab_helpers.folders import cache_folder

__all__ = ["lasted", "note_lasted"]

_KEPT = 200


def lasted(key: str) -> float | None:
    """Return how long something took last time, in seconds; None where nobody knows.

    Args:
        key: What: `compile tinygo /home/ann/lab/filter/token`.
    """
    return _read().get(key)


def note_lasted(key: str, seconds: float) -> None:
    """Note how long something took.

    Where nothing can be kept (a full disk, a cache of somebody else's), nothing is remembered. Of
    two that note something at once one may be lost, and is noted the next time.

    Args:
        key: What.
        seconds: How long.
    """
    known = _read()
    known.pop(key, None)  # what was noted last goes last
    known[key] = round(seconds, 2)
    kept = dict(list(known.items())[-_KEPT:])
    try:
        replace_file(_file(), json.dumps(kept, indent=0))
    except (LabError, OSError):
        return


def _read() -> dict[str, float]:
    try:
        read = json.loads(_file().read_text(encoding="utf-8"))
    except (LabError, OSError, ValueError):
        return {}  # none yet, no folder for it, or damaged: what is noted next makes it anew
    if not isinstance(read, dict):
        return {}
    return {key: float(value) for key, value in read.items() if isinstance(value, int | float)}


def _file() -> Path:
    return cache_folder() / "lasted.json"
