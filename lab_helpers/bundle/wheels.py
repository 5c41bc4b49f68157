"""Get the wheels of the lock, for one Python version or several, on the machine with a network.

A lock holds entries for other systems and Pythons, told apart by markers. pip holds those against
the very Python that it runs on, down to 3.11.7; the machine that gets the bundle may have 3.11.2.
So the markers are judged here, for every patch of a version, and pip is given what remains.
"""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.markers import Marker, default_environment

from lab_helpers.errors import BundleError

__all__ = ["PIP", "Pinned", "download_wheels", "pinned_in", "rounds_for"]

# pip itself, for a Python that comes without it, as Debian's does. Not in the lock: an environment
# has a pip of its own.
PIP = Path(__file__).parent / "pip.txt"
_ENTRY = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?P<extras>\[[a-z,]+\])?==(?P<version>[^\s;]+)"
    r"(?: ; (?P<marker>.+?))?(?P<hashes>(?: --hash=\S+)+)$"
)
# No Python has had more patch releases of one version.
_PATCHES = 40


@dataclasses.dataclass(frozen=True, slots=True)
class Pinned:
    """One entry of a lock.

    Attributes:
        name: The package.
        requirement: Its name, extras and version, as pip reads them, with its hashes.
        marker: When it is needed; "" for always.
    """

    name: str
    requirement: str
    marker: str


def pinned_in(lock: str) -> list[Pinned]:
    """Read a lock.

    Args:
        lock: The text of a lock file, or of `pip.txt`.

    Raises:
        BundleError: A line is no pinned package with its hashes.
    """
    found = []
    for line in re.sub(r"\s*\\\n\s*", " ", lock).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = _ENTRY.match(line.strip())
        if match is None:
            raise BundleError(
                "A line of the lock is no pinned package.",
                quote=line[:200],
                hint="`make lock` writes the lock anew",
            )
        requirement = f"{match['name']}{match['extras'] or ''}=={match['version']}{match['hashes']}"
        found.append(Pinned(match["name"], requirement, match["marker"] or ""))
    return found


def rounds_for(pinned: Iterable[Pinned], python: str) -> list[list[Pinned]]:
    """Return what any patch of a Python version needs on this system.

    Args:
        pinned: The lock.
        python: Such as `3.11`.

    Returns:
        Lists that hold no package twice, for pip takes one version of each at a time.
    """
    rounds: list[list[Pinned]] = []
    for entry in pinned:
        if not _is_needed(entry.marker, python):
            continue
        for taken in rounds:
            if all(other.name != entry.name for other in taken):
                taken.append(entry)
                break
        else:
            rounds.append([entry])
    return rounds


def download_wheels(lock: Path, pythons: Iterable[str], folder: Path) -> None:
    """Download the wheels of a lock, and pip's own.

    Args:
        lock: The lock file.
        pythons: Such as `3.11`.
        folder: Where they go.

    Raises:
        BundleError: pip cannot get one of them, or it is not what the lock pins.
    """
    pinned = [*pinned_in(lock.read_text(encoding="utf-8")), *pinned_in(PIP.read_text())]
    for number, (python, entries) in enumerate(_all_rounds(pinned, pythons)):
        wanted = folder.parent / f"wanted-{number}.txt"
        wanted.write_text("\n".join(entry.requirement for entry in entries), encoding="utf-8")
        words = [
            *(sys.executable, "-I", "-m", "pip", "download", "--disable-pip-version-check"),
            *("--quiet", "--no-deps", "--only-binary", ":all:", "--ignore-requires-python"),
            *("--python-version", python, "--dest", str(folder)),
            *("--require-hashes", "-r", str(wanted)),
        ]
        result = subprocess.run(  # noqa: S603  # a list of words; no shell reads them
            words, capture_output=True, text=True, check=False
        )
        if result.returncode != 0:
            raise BundleError(
                f"The packages for Python {python} cannot be had.",
                quote=result.stderr[-800:],
                hint="check the network and pip's proxy settings; or leave out --python"
                f" {python}, if a package has no wheel for it",
            )


def _all_rounds(pinned: list[Pinned], pythons: Iterable[str]) -> Iterator[tuple[str, list[Pinned]]]:
    for python in pythons:
        for entries in rounds_for(pinned, python):
            yield python, entries


def _is_needed(marker: str, python: str) -> bool:
    if not marker:
        return True
    judged, here = Marker(marker), {key: str(value) for key, value in default_environment().items()}
    return any(
        judged.evaluate(
            here | {"python_version": python, "python_full_version": f"{python}.{patch}"}
        )
        for patch in range(_PATCHES)
    )
