"""These tests without a daemon: skipped with a word on why; under `CI=true` they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ONE_OF_THEM = f"{Path(__file__).with_name('test_images.py')}::test_a_name_that_is_none"


@pytest.mark.parametrize(("ci", "code", "said"), [("", 0, "1 skipped"), ("true", 1, "1 error")])
def test_they_are_skipped_for_a_person_and_fail_in_ci(
    tmp_path: Path, ci: str, code: int, said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", ONE_OF_THEM],
        env=os.environ
        | {"CI": ci, "DOCKER_HOST": f"unix://{tmp_path}/none.sock", "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert said in done.stdout
    assert "dockerd is not installed" in done.stdout
