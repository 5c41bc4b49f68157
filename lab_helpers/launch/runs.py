"""One folder for each running Envoy, with its owner's name on it.

The keeper ends an Envoy whose Python process is gone. What this adds: the folders of such runs are
removed at the next start, and an Envoy that outlived its keeper (which needs a `kill -9` of the
keeper in the instant before it tied the child to itself) is ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import psutil

from lab_helpers.folders import runs_folder

__all__ = ["clear_leftovers", "note_processes", "open_run", "remove_run"]

_OWNER = "owner.json"
_UNFINISHED = ".new-"
_UNFINISHED_S = 3600.0
_END_S = 5.0


def open_run() -> Path:
    """Make a folder for a new run, marked as this process's own.

    Returns:
        The folder; only its owner may enter it.
    """
    folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=runs_folder()))
    (folder / _OWNER).write_text(json.dumps({"owner": _identity(os.getpid())}), encoding="utf-8")
    # Renamed once the owner is noted: a folder without an owner is never seen by `clear_leftovers`.
    return folder.rename(runs_folder() / folder.name.removeprefix(_UNFINISHED))


def note_processes(folder: Path, *pids: int) -> None:
    """Note which processes belong to the run.

    Args:
        folder: The run's folder.
        pids: Their process ids.
    """
    note = json.loads((folder / _OWNER).read_text(encoding="utf-8"))
    note["processes"] = [identity for pid in pids if (identity := _identity(pid))]
    (folder / _OWNER).write_text(json.dumps(note), encoding="utf-8")


def remove_run(folder: Path) -> None:
    """Remove a run's folder; one that is gone already is fine.

    Args:
        folder: The run's folder.
    """
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


def clear_leftovers() -> int:
    """End the processes and remove the folders of runs whose owner is gone.

    Returns:
        How many processes were ended.
    """
    ended = 0
    for folder in runs_folder().iterdir():
        if folder.name.startswith(_UNFINISHED):
            if _age_s(folder) > _UNFINISHED_S:
                remove_run(folder)
            continue
        note = _read_note(folder)
        if note is None or _alive(note.get("owner")):
            continue
        ended += sum(_end(identity) for identity in note.get("processes", []))
        remove_run(folder)
    return ended


def _read_note(folder: Path) -> dict[str, list[list[float]]] | None:
    """Return a run's note; None where another process removes the folder just now."""
    try:
        note = json.loads((folder / _OWNER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        return {}  # cut short by a crash: nobody owns it
    return note if isinstance(note, dict) else {}


def _identity(pid: int) -> list[float]:
    """Return a process's id and start time, which together are never used twice."""
    try:
        return [pid, psutil.Process(pid).create_time()]
    except psutil.NoSuchProcess:
        return []


def _alive(identity: object) -> bool:
    return isinstance(identity, list) and bool(identity) and _identity(int(identity[0])) == identity


def _end(identity: list[float]) -> bool:
    if not _alive(identity):
        return False
    process = psutil.Process(int(identity[0]))
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()
        process.wait(_END_S)
    return True


def _age_s(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
