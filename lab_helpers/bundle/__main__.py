"""What a machine without any packages does with a bundle.

    sh BUNDLE [FOLDER]                               lay out the lab, and set it up
    python3 -m lab_helpers.bundle check BUNDLE       used by bootstrap.sh
    python3 -m lab_helpers.bundle wheels BUNDLE TO   used by bootstrap.sh

Only the standard library is used here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lab_helpers.bundle.manifest import Host
from lab_helpers.bundle.opening import REPOSITORY, Bundle, require_space
from lab_helpers.bundle.unpacking import unpack_tar
from lab_helpers.errors import BundleError, LabError

__all__ = ["main"]

_FOLDER = "envoy-wasm-lab"
_SCRATCH = ".unpacking-"


def main(words: list[str]) -> int:
    """Do what the words say; a `LabError` becomes its message, never a stack trace.

    Args:
        words: `lay-out BUNDLE [FOLDER]`, `check BUNDLE` or `wheels BUNDLE FOLDER`.

    Returns:
        The exit code.
    """
    try:
        return _do(words)
    except LabError as error:
        print(f"✗ {error}", file=sys.stderr)  # noqa: T201  # there is no rich yet
        return 1
    except KeyboardInterrupt:
        print("\nStopped; nothing half-done is left.", file=sys.stderr)  # noqa: T201
        return 130


def _do(words: list[str]) -> int:
    match words:
        case ["lay-out", bundle, *folders] if len(folders) <= 1 and not "".join(folders).startswith(
            "-"
        ):
            folder = Path(*folders or [_FOLDER]).expanduser().resolve()
            return _lay_out(Path(bundle).resolve(), folder)
        case ["check", bundle]:
            _check_for_checkout(Path(bundle))
        case ["wheels", bundle, folder]:
            with Bundle(Path(bundle)) as opened:
                count = opened.extract_wheels(Path(folder))
            print(f"    {count} wheels laid out", flush=True)  # noqa: T201
        case _:
            bundle = Path(words[1]).name if len(words) > 1 else "BUNDLE"
            print(f"Usage: sh {bundle} [FOLDER]", file=sys.stderr)  # noqa: T201
            return 2
    return 0


def lay_out_repository(bundle: Bundle, folder: Path) -> None:
    """Write the lab's repository to a new folder, whole or not at all.

    Args:
        bundle: The bundle.
        folder: The folder, which must not be there yet.

    Raises:
        BundleError: It is there, or cannot be made, or the bundle is damaged.
    """
    if folder.exists():
        raise BundleError(
            f"{folder} is there already.",
            hint=f"name another folder after the bundle; or, if that is the lab:"
            f" cd {folder} && make lab BUNDLE={bundle.file}",
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        require_space(folder.parent, bundle.manifest)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=folder.parent) as scratch:
            archive = bundle.extract(REPOSITORY, Path(scratch) / REPOSITORY)
            unpack_tar(archive, Path(scratch) / "lab")
            (Path(scratch) / "lab").rename(folder)
    except OSError as error:
        raise BundleError(
            f"{folder} cannot be made.",
            quote=error.strerror or str(error),
            hint="name a folder of yours after the bundle",
        ) from error


def _lay_out(file: Path, folder: Path) -> int:
    with Bundle(file) as bundle:
        bundle.manifest.check_host(Host.this())
        _check_all(bundle)
        lay_out_repository(bundle, folder)
    print(f"✓ The lab is in {folder}; now it is set up.", flush=True)  # noqa: T201
    shell = shutil.which("sh")
    if shell is None:
        raise BundleError(
            "There is no `sh` here to set it up with.",
            hint="on Windows use the bundle in WSL, where the lab is at home",
        )
    environment = os.environ | {"BUNDLE": str(file), "PYTHON": sys.executable, "MAKE_GOAL": "lab"}
    code = subprocess.run(  # noqa: S603  # a list of words; no shell reads them
        [shell, "bootstrap.sh"], cwd=folder, env=environment, check=False
    ).returncode
    if code == 0:
        print(f"  Open it:  cd {folder} && make lab")  # noqa: T201
    return code


def _check_for_checkout(file: Path) -> None:
    with Bundle(file) as bundle:
        bundle.manifest.check_host(Host.this())
        bundle.manifest.check_repository(Path.cwd())
        require_space(Path.cwd(), bundle.manifest)
        _check_all(bundle)


def _check_all(bundle: Bundle) -> None:
    """Hold every member against its checksum; on a terminal, show how far that is."""
    began = time.monotonic()
    live = sys.stdout.isatty()

    def show(done: int, total: int) -> None:
        if live:
            print(f"\r    checked {done >> 20:,} of {total >> 20:,} MiB", end="", flush=True)  # noqa: T201

    bundle.check(show)
    seconds, manifest = time.monotonic() - began, bundle.manifest
    end = "\r\033[K" if live else ""
    print(  # noqa: T201
        f"{end}    {len(manifest.members)} files, {manifest.bytes >> 20:,} MiB: every checksum is"
        f" right ({seconds:.1f} s)",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
