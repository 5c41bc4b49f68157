"""One folder for each running Envoy, with its owner's name on it.

The keeper ends an Envoy whose Python process is gone. What this adds: the folders of such runs are
removed at the next start, and an Envoy that outlived its keeper (which needs a `kill -9` of the
keeper in the instant before it tied the child to itself) is ended.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lab_helpers.disk import writing_to
from lab_helpers.folders import runs_folder
from lab_helpers.late import late
from lab_helpers.owner import Owner

if TYPE_CHECKING:
    import psutil
else:
    psutil = late("psutil")

__all__ = ["clear_leftovers", "note_processes", "open_run", "remove_run"]

_NOTE = "owner.json"
# A folder that is being made or removed; one that is still there after an hour was left by a crash.
_UNFINISHED = ".unfinished-"
_UNFINISHED_S = 3600.0
_END_S = 5.0
_INSTEAD = "name another folder with LAB_RUNS"


@dataclasses.dataclass(frozen=True, slots=True)
class _Note:
    """Whose a run is.

    Attributes:
        owner: The Python process; None where nobody can tell.
        processes: What it started for the run.
    """

    owner: Owner | None
    processes: tuple[Owner, ...] = ()

    def write(self, folder: Path) -> None:
        """Write it into the run's folder, whole or not at all: others read it at any moment."""
        fresh = folder / f"{_NOTE}.new"
        values = {"owner": str(self.owner), "processes": [str(one) for one in self.processes]}
        fresh.write_text(json.dumps(values), encoding="utf-8")
        fresh.replace(folder / _NOTE)

    @classmethod
    def read(cls, folder: Path) -> _Note | None:
        """Read a run's note; None where another process removes it now, or it is no run."""
        note = folder / _NOTE
        try:
            if not _is_own(folder):
                return None
            found = note.lstat()
            if not stat.S_ISREG(found.st_mode) or not _by_me(found):
                return cls(None)
            values = json.loads(note.read_text(encoding="utf-8"))
            processes = [Owner.parse(text) for text in values["processes"]]
            return cls(Owner.parse(values["owner"]), tuple(one for one in processes if one))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return cls(None)  # the disk was full, an older lab wrote it, or it is something else


def _is_own(folder: Path) -> bool:
    """Return whether it is a folder of this user's, and no link to one."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and _by_me(found)


def _by_me(found: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or found.st_uid == os.geteuid()


def open_run() -> Path:
    """Make a folder for a new run, marked as this process's own.

    Returns:
        The folder; only its owner may enter it.

    Raises:
        LabError: It cannot be made; nothing is left then.
    """
    place = runs_folder()
    with writing_to(place, _INSTEAD):
        folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=place))
        try:
            _Note(Owner.this_process()).write(folder)
            # Renamed once the owner is noted: a folder without one is never seen by
            # `clear_leftovers`.
            return folder.rename(folder.with_name(folder.name.removeprefix(_UNFINISHED)))
        except BaseException:
            remove_run(folder)
            raise


def note_processes(folder: Path, *pids: int) -> None:
    """Note which processes belong to a run of this process.

    Args:
        folder: The run's folder.
        pids: Their process ids.

    Raises:
        LabError: It cannot be written.
    """
    processes = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            processes.append(Owner.of(pid))
    with writing_to(folder, _INSTEAD):
        _Note(Owner.this_process(), tuple(processes)).write(folder)


def remove_run(folder: Path) -> None:
    """Remove a run's folder; one that is gone already is fine.

    Args:
        folder: The run's folder.
    """
    leaving = folder.with_name(f"{_UNFINISHED}{folder.name.removeprefix(_UNFINISHED)}")
    # Renamed first: of two that remove it at once one has it, and half a folder is never a run.
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder.rename(leaving))


def clear_leftovers() -> int:
    """End the processes and remove the folders of runs whose owner is gone.

    Returns:
        How many processes were ended.
    """
    ended = 0
    asking = Owner.this_process()
    for folder in runs_folder().iterdir():
        if folder.name.startswith(_UNFINISHED):
            if _age_s(folder) > _UNFINISHED_S and _is_own(folder):
                remove_run(folder)
            continue
        note = _Note.read(folder)
        if note is None or (note.owner and not note.owner.gone(asking)):
            continue
        # What cannot be ended or removed now is tried again at the next start.
        with contextlib.suppress(psutil.Error, OSError):
            ended += sum(_end(process) for process in note.processes)
            remove_run(folder)
    return ended


def _end(process: Owner) -> bool:
    try:
        if not process.same(Owner.of(process.pid)):
            return False  # another program has its id now
        running = psutil.Process(process.pid)
        running.kill()
        running.wait(_END_S)
    except psutil.NoSuchProcess:
        return False
    return True


def _age_s(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
