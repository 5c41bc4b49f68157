"""A Docker daemon of the tests' own, in a temporary folder, ended with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from lab_helpers.docker_engine.daemon import connected
from lab_helpers.errors import LaunchError
from lab_helpers.launch import keeper

START_S = 60.0
STOP_S = 40.0


class OwnDockerd:
    """A daemon whose every file is its own, so that it never meets another.

    The lab's keeper watches it: it ends, even if these tests are killed.
    """

    def __init__(self) -> None:
        # Not pytest's own folder: a Unix socket's path has at most 107 bytes.
        self._folder = Path(tempfile.mkdtemp(prefix="lab-dockerd-"))
        self._folder.chmod(0o755)  # a test looks at the socket as another user
        self.socket = self._folder / "docker.sock"
        self.log = self._folder / "dockerd.log"
        self._kept: subprocess.Popen[bytes] | None = None
        self.pid = 0

    @property
    def address(self) -> str:
        return f"unix://{self.socket}"

    def processes(self) -> set[psutil.Process]:
        """Return the daemon's keeper, the daemon, and what that started."""
        assert self._kept is not None
        keeper = psutil.Process(self._kept.pid)
        return {keeper, *keeper.children(recursive=True)}

    def start(self) -> None:
        words = [
            "dockerd",
            "--data-root",
            str(self._folder / "data"),
            "--exec-root",
            str(self._folder / "exec"),
            "--pidfile",
            str(self._folder / "docker.pid"),
            "-H",
            self.address,
        ]
        kept = [sys.executable, "-I", "-S", keeper.__file__, str(os.getpid()), str(STOP_S), *words]
        with self.log.open("ab") as log:
            self._kept = subprocess.Popen(
                kept,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._kept.stdout is not None
        self.pid = int(self._kept.stdout.readline().split()[1])
        self._await_ready()

    def kill(self) -> None:
        """End it as a crash would: nothing is told, nothing is put away."""
        daemon = psutil.Process(self.pid)
        # Its containerd would go on, without a parent, and in the next daemon's way.
        for process in (daemon, *daemon.children()):
            process.kill()
        # Where nobody reaps orphans, as in many containers, the next one would take it for alive.
        (self._folder / "exec" / "containerd" / "containerd.pid").unlink()
        self._await_end()

    def stop(self) -> None:
        if self._kept is not None and self._kept.stdin is not None:
            self._kept.stdin.close()
            self._await_end()

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)  # a network namespace may still be mounted

    def _await_end(self) -> None:
        assert self._kept is not None
        self._kept.wait(STOP_S)
        for pipe in (self._kept.stdin, self._kept.stdout):
            if pipe is not None:
                pipe.close()
        self._kept = None

    def _await_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and psutil.pid_exists(self.pid):
            if answers(self.address):
                return
            time.sleep(0.05)  # between two looks, until the deadline
        raise RuntimeError("dockerd does not answer:\n" + self.log.read_text()[-3000:])


def answers(address: str | None = None) -> bool:
    """Return whether a daemon answers; None asks at the usual place."""
    with pytest.MonkeyPatch.context() as patch:
        if address is not None:
            patch.setenv("DOCKER_HOST", address)
        try:
            with connected() as client:
                return bool(client.ping())
        except LaunchError:
            return False
