"""An Envoy under its keeper, with a small Python in Envoy's place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil

from lab_helpers.launch import keeper
from lab_helpers.launch.native import NativeProcess

# Many times what a pipe holds by default on Linux, 64 KiB; less than it may be given.
LOGGED = 900_000
LOGS_AND_ENDS = f"import sys; sys.stderr.write('x' * {LOGGED})"


def test_an_envoy_whose_log_nobody_reads_for_a_while_is_not_held_up(tmp_path: Path) -> None:
    words = [sys.executable, "-I", "-S", keeper.__file__, str(os.getpid()), "5"]
    pipe = subprocess.PIPE
    kept = subprocess.Popen(
        [*words, sys.executable, "-I", "-S", "-c", LOGS_AND_ENDS],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
    )
    process = NativeProcess(kept, Path(sys.executable), tmp_path / "admin-address", tmp_path)
    try:
        psutil.Process(kept.pid).wait(20)  # it has written all, or it would wait for a reader
        assert process.exit_code() == 0
        assert len(b"".join(process.pieces())) == LOGGED
    finally:
        process.stop()
