"""Let TinyGo built from source stand in for its release archive, where that cannot be reached.

    python -m tests.binder.tinygo_stand_in needed     exit with 0 if it cannot be reached
    python -m tests.binder.tinygo_stand_in packages   print the system packages for the build
    python -m tests.binder.tinygo_stand_in build      build it to where `lab setup` looks

The build has caches of its own, so that what is measured afterwards is what the archive leaves too.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import requests
from rich.console import Console

from lab_helpers.toolchain.install import InstallProgress, install_tinygo
from lab_helpers.toolchain.tinygo import TINYGO_VERSION
from lab_helpers.toolchain.tinygo_archive import RELEASES, archive_platform
from lab_helpers.toolchain.tinygo_source import PACKAGES

_TIMEOUT_S = 5


def main(what: str) -> int:
    """Do what is asked for."""
    if what == "packages":
        sys.stdout.write(f"{' '.join(PACKAGES)}\n")
    if what == "build":
        _build()
    return 0 if what != "needed" or not _archive_is_there() else 1


def _archive_is_there() -> bool:
    address = f"{RELEASES}/tinygo{TINYGO_VERSION}.{archive_platform()}.tar.gz"
    try:
        return requests.head(address, timeout=_TIMEOUT_S, allow_redirects=True).ok
    except requests.RequestException as error:
        sys.stdout.write(f"    {type(error).__name__}\n")
        return False


def _build() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["GOCACHE"] = str(Path(scratch) / "build")
        os.environ["GOMODCACHE"] = str(Path(scratch) / "modules")
        with InstallProgress(Console()) as progress:
            install_tinygo(progress)
        # Go keeps its modules in read-only folders, which could not be removed.
        for folder, _, _ in os.walk(scratch):
            Path(folder).chmod(0o700)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
