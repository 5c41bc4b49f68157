"""Start JupyterLab in a system as Binder does, run every lesson beside it, and note the memory.

    python3 -m tests.binder.measure --root ROOT --group NAME --mib 2048 --report FILE

Run by `run.sh`, as root, in namespaces of its own that have no network. It uses Python's own
library alone, for it runs with the machine's Python.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.binder.cgroup import MIB, Group, Use

_HOME = "/home/jovyan"
_PREFIX = "/srv/conda/envs/notebook"
_PATH = f"{_HOME}/.local/bin:{_PREFIX}/bin:/usr/local/bin:/usr/bin:/bin"
_SAMPLE_S = 0.05
_SERVER_S = 120.0
_LESSON_S = 900
_MB = 1_000_000
_COMPLAINT = re.compile(r"\[E |Traceback|\w*Error")


@dataclasses.dataclass
class Peak:
    """The most that was used at a time, in bytes."""

    own: int = 0
    working: int = 0

    def note(self, use: Use) -> None:
        """Look at one more moment."""
        self.own, self.working = max(self.own, use.own), max(self.working, use.working)


class Binder:
    """The built system, with its limits."""

    def __init__(self, root: Path, group: Group) -> None:
        self._group = group
        # Root's programs are looked up here: the PATH of what they start is the user's.
        taskset, setpriv, chroot = (
            shutil.which(name) or name for name in ("taskset", "setpriv", "chroot")
        )
        self._enter = [
            *("/bin/sh", "-c", 'echo 0 >"$0" && exec "$@"', str(group.processes)),
            *(taskset, "--cpu-list", str(min(os.sched_getaffinity(0)))),
            *(setpriv, "--no-new-privs", chroot, "--userspec=1000:1000", str(root)),
            *("/usr/bin/env", "-C", _HOME),
        ]

    def start(self, words: Sequence[str], **more: str) -> subprocess.Popen[str]:
        """Start a program there as the user, on one CPU, in the group, with a clean environment."""
        environment = {
            "HOME": _HOME,
            "USER": "jovyan",
            "PATH": _PATH,
            "LANG": "C.UTF-8",
            "SHELL": "/bin/bash",
            "CONDA_PREFIX": _PREFIX,
        }
        return subprocess.Popen(
            [*self._enter, *words],
            env=environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @contextlib.contextmanager
    def peak(self) -> Iterator[Peak]:
        """Watch the memory for a while."""
        peak, over = Peak(), threading.Event()

        def watch() -> None:
            while not over.wait(_SAMPLE_S):
                peak.note(self._group.use())

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield peak
        finally:
            over.set()
            thread.join()


def main() -> int:
    """Run everything; exit with 1 if a lesson failed or a process was killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--group", required=True)
    parser.add_argument("--mib", type=int, required=True)
    parser.add_argument("--report", type=Path, required=True)
    options = parser.parse_args()
    group = Group(options.group, options.mib)
    binder = Binder(options.root, group)
    rows: list[str] = []
    before = _cached(options.root)
    with binder.peak() as alone:
        server, seconds = _start_server(binder)
    rows.append(_row("JupyterLab alone, until the first page is there", seconds, alone))
    good = True
    try:
        for number in _lessons(options.root):
            row, passed = _lesson(binder, number)
            good = good and passed
            rows.append(row)
    finally:
        server.terminate()
        said = server.communicate()[0]
        _say("\n".join(line for line in said.splitlines() if _COMPLAINT.match(line)))
    gone = before - _cached(options.root)
    if gone:
        _say(f"✗ {len(gone)} files of the image's compile caches were thrown away")
    killed = group.killed()
    group.remove()
    with options.report.open("a") as report:
        report.write(_table(options.mib, rows, killed))
    return 0 if good and not killed and not gone else 1


def _start_server(binder: Binder) -> tuple[subprocess.Popen[str], float]:
    """Start JupyterLab as BinderHub does; return it, and the seconds until lesson 00 is there."""
    token = secrets.token_hex(24)
    began = time.monotonic()
    server = binder.start(
        ["jupyter-lab", "--ip=127.0.0.1", "--port=8888", "--no-browser"], JUPYTER_TOKEN=token
    )
    page = "http://127.0.0.1:8888/lab/tree/work/lessons/00_start_here.ipynb"
    file = "http://127.0.0.1:8888/api/contents/work/lessons/00_start_here.ipynb?content=0"
    while time.monotonic() - began < _SERVER_S and server.poll() is None:
        if _status(page, token) == 200:
            seconds = time.monotonic() - began
            if (_status(file, token), _status(file, "")) != (200, 403):
                raise SystemExit("✗ lesson 00 is not served, or is served without the token")
            return server, seconds
        time.sleep(0.2)  # between two looks, until the deadline
    server.kill()
    raise SystemExit(f"✗ JupyterLab does not start:\n{server.communicate()[0]}")


def _status(address: str, token: str) -> int:
    headers = {"Authorization": f"token {token}"} if token else {}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310  # http, ours
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0  # it does not listen yet


def _cached(root: Path) -> set[Path]:
    """Return the files of Go's build cache."""
    return set((root / _HOME.lstrip("/") / ".cache" / "go-build").glob("??/*"))


def _lessons(root: Path) -> list[str]:
    """Return the lessons' numbers, which begin the names of their notebooks."""
    files = sorted((root / _HOME.lstrip("/") / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    return [file.name[:2] for file in files]


def _lesson(binder: Binder, number: str) -> tuple[str, bool]:
    """Run a lesson; return its row, and whether all its exercises passed."""
    with binder.peak() as peak:
        run = binder.start(["python", "tests/binder/lesson.py", number])
        try:
            said = run.communicate(timeout=_LESSON_S)[0]
        except subprocess.TimeoutExpired:
            run.kill()
            said = run.communicate()[0]
    if run.returncode != 0:
        _say(f"✗ lesson {number}:\n{said[-3000:]}")
        return _row(f"{number}, which **failed**", float("nan"), peak), False
    record = json.loads(said.splitlines()[-1])
    row = _row(f"{number} {record['title']}", record["seconds"], peak)
    _say(f"  {row}")
    return row, True


def _row(what: str, seconds: float, peak: Peak) -> str:
    return f"| {what} | {seconds:.0f} | {peak.own / _MB:.0f} | {peak.working / _MB:.0f} |"


def _table(mib: int, rows: Sequence[str], killed: int) -> str:
    limit = f"limit {mib} MiB ({mib * MIB / _MB:.0f} MB), one CPU, no network"
    head = f"| {limit} | s | own MB | working set MB |"
    return "\n".join(
        [head, "|---|---|---|---|", *rows, "", f"Killed for lack of memory: {killed}.", "", ""]
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
