"""Get TinyGo's release archive, checked against a pinned SHA-256."""

from __future__ import annotations

import logging
import platform
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab_helpers.disk import cannot_write
from lab_helpers.errors import ToolchainError
from lab_helpers.late import late
from lab_helpers.toolchain.go import MACHINES
from lab_helpers.toolchain.tinygo import TINYGO_VERSION

if TYPE_CHECKING:
    import pooch
else:
    pooch = late("pooch")

__all__ = ["ARCHIVES", "RELEASES", "archive_platform", "download_tinygo"]

RELEASES = f"https://github.com/tinygo-org/tinygo/releases/download/v{TINYGO_VERSION}"
# The checksums of the release's own archives.
ARCHIVES = {
    "linux-amd64": "e156d1d93a376eef639a4143d13be07e8c463fb6cf2d7d447698ed4474d23e91",
    "linux-arm64": "789733bc3b5bace0bd1835a267b3ea267804a7ef1cfe69bc522c295f5226d624",
    "darwin-amd64": "1a8e62a234d3aea20793ada2c4a628de96ed7533384f0f5dc3c3f2ffa84f9bab",
    "darwin-arm64": "c684d154d89a452cc9c7fc5dc5fc80cb6a42445b3e44b3c12ed048692de0f341",
}
# Seconds to connect, and between two pieces: where the site is blocked, nobody should wait long.
_TIMEOUTS_S = (5.0, 30.0)


def archive_platform(system: str = "", machine: str = "") -> str:
    """Return the platform's name in TinyGo's archives.

    Args:
        system: As `platform.system()` says; this one's by default.
        machine: As `platform.machine()` says; this one's by default.

    Raises:
        ToolchainError: TinyGo has no archive for it.
    """
    system, machine = system or platform.system(), machine or platform.machine()
    name = f"{system.lower()}-{MACHINES.get(machine.lower(), machine.lower())}"
    if name not in ARCHIVES:
        raise ToolchainError(
            f"The lab knows no archive of TinyGo {TINYGO_VERSION} for {system} on {machine}.",
            hint="install it as tinygo.org says, and put it on PATH"
            + ("; or use the lab in WSL, where it is at home" if system == "Windows" else ""),
        )
    return name


def download_tinygo(
    root: Path,
    progress: Callable[[int, int], None],
    *,
    releases: str = RELEASES,
    name: str = "",
    sha256: str = "",
) -> None:
    """Download the archive, check it, and unpack it.

    Args:
        root: The folder that becomes the TINYGOROOT; it must not exist yet.
        progress: Is told the bytes that have come and the bytes there are (0 if not known).
        releases: Where the archives are.
        name: The platform's name; this one's by default.
        sha256: The archive's checksum; the pinned one by default.

    Raises:
        OSError: The disk is full, or may not be written to.
        ToolchainError: It cannot be reached, or it is not the archive that was pinned.
    """
    name = name or archive_platform()
    file = f"tinygo{TINYGO_VERSION}.{name}.tar.gz"
    # Pooch tells of each download on standard error; the lab shows its own progress.
    pooch.get_logger().setLevel(logging.WARNING)
    downloader = pooch.HTTPDownloader(progressbar=_Bar(progress), timeout=_TIMEOUTS_S)
    try:
        archive = pooch.retrieve(
            f"{releases}/{file}",
            known_hash=f"sha256:{sha256 or ARCHIVES[name]}",
            fname=file,
            path=root.parent,
            downloader=downloader,
        )
    except OSError as error:  # requests' own errors are of this kind
        if cannot_write(error):
            raise  # to build it needs more space
        answer = getattr(error, "response", None)
        if answer is not None:
            answer.close()  # pooch leaves the connection of a refusal open
        raise ToolchainError(
            "TinyGo's release archive cannot be downloaded.",
            quote=str(error),
            hint="check the network and its proxy; or put TinyGo on PATH yourself",
        ) from error
    except ValueError as error:
        raise ToolchainError(
            "What was downloaded is not TinyGo's release archive, so it was thrown away.",
            quote=str(error),
            hint="a proxy may have put its own page in place of it: try another network",
        ) from error
    try:
        _unpack(Path(archive), root)
    except (OSError, tarfile.TarError) as error:
        if isinstance(error, OSError) and cannot_write(error):
            raise
        raise ToolchainError(
            "TinyGo's release archive cannot be unpacked.",
            quote=str(error),
            hint="run `lab setup` again: it is downloaded anew",
        ) from error


def _unpack(archive: Path, root: Path) -> None:
    scratch = root.parent / "unpacked"
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(scratch, filter="data")
        else:  # Python before 3.11.4; the pinned checksum vouches for the names in it
            tar.extractall(scratch)  # noqa: S202
    archive.unlink()
    shutil.move(scratch / "tinygo", root)


class _Bar:
    """What pooch calls as a download goes on; it sets `total` once the size is known."""

    def __init__(self, progress: Callable[[int, int], None]) -> None:
        self._progress = progress
        self._done = 0
        self.total: Any = 0

    def update(self, count: int) -> None:
        self._done += count
        self._progress(self._done, int(self.total or 0))

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """Do nothing: the caller's bar is its own."""
