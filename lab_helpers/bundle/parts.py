"""The parts of a bundle besides the wheels: Go modules, Envoy's container image, the repository."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from lab_helpers.bundle.manifest import GO_SUMS, sha256_of_text_file
from lab_helpers.errors import BundleError, LaunchError
from lab_helpers.toolchain import find_go, go_environment

__all__ = [
    "collect_go_modules",
    "collect_repository",
    "commit_of",
    "pack_folder",
    "save_image",
    "uncommitted",
]


def collect_go_modules(folders: Sequence[Path], scratch: Path) -> Path:
    """Copy what some Go modules require, and nothing besides, as a module proxy lays it out.

    Go itself picks them: it downloads from this machine's module cache into an empty one.

    Args:
        folders: The Go modules: the filters', and the Go helper's.
        scratch: A folder to work in.

    Returns:
        The folder of the proxy.

    Raises:
        BundleError: They are not here; what is here is not what go.sum pins.
    """
    go = find_go()
    environment = os.environ | go_environment(go.path)
    cache = _run([str(go.path), "env", "GOMODCACHE"], folders[0], environment).strip()
    fresh = scratch / "modcache"
    # -modcacherw: what Go writes can be removed again.
    only_here = {
        "GOMODCACHE": str(fresh),
        "GOPROXY": (Path(cache) / "cache" / "download").as_uri(),
        "GOSUMDB": "off",  # go.sum pins each of them
        "GOPRIVATE": "",
        "GONOPROXY": "",
    }
    words = [str(go.path), "mod", "download"]
    for folder in folders:
        _run(words, folder, environment)
        _run([*words, "-modcacherw"], folder, environment | only_here)
    proxy = scratch / "modules"
    (fresh / "cache" / "download").rename(proxy)
    shutil.rmtree(fresh)
    return proxy


def commit_of(repository: Path) -> str:
    """Return the commit that a checkout is at.

    Args:
        repository: The checkout.

    Raises:
        BundleError: It is none, or its locks are changed and not committed.
    """
    if not (repository / ".git").exists():
        raise BundleError(
            "A bundle is made from a git clone of the lab, and this is none.",
            quote=str(repository),
            hint="pass on the bundle that this came from, or clone the lab",
        )
    commit = _git(repository, "rev-parse", "HEAD").decode().strip()
    for name in ("requirements.lock", *GO_SUMS):
        committed = hashlib.sha256(_git(repository, "show", f"HEAD:{name}")).hexdigest()
        if committed != sha256_of_text_file(repository / name):
            raise BundleError(
                f"{name} is changed and not committed, so the bundle's parts would not fit.",
                hint="commit it, or undo the change: the bundle holds the last commit",
            )
    return commit


def uncommitted(repository: Path) -> int:
    """Return how many changed files a bundle of the last commit leaves out.

    Args:
        repository: The checkout.
    """
    said = _git(repository, "status", "--porcelain", "--untracked-files=no")
    return len(said.splitlines())


def collect_repository(repository: Path, target: Path) -> None:
    """Write the last commit to a tar file.

    Args:
        repository: The checkout.
        target: The file.

    Raises:
        BundleError: git cannot do it.
    """
    # Files that others may not write, whatever git is set to.
    _git(repository, "-c", "tar.umask=0022", "archive", "--format=tar", "-o", str(target), "HEAD")


def save_image(target: Path) -> str:
    """Save Envoy's container image to a file, where a Docker daemon answers and has it.

    Args:
        target: The file.

    Returns:
        The image's name; "" where there is no daemon.

    Raises:
        LaunchError: The daemon does not have the image, and cannot get it.
    """
    # A quarter of a second, and the lab's other commands need none of it.
    from lab_helpers.docker_engine.daemon import connected  # noqa: PLC0415
    from lab_helpers.docker_engine.images import ensure_image  # noqa: PLC0415
    from lab_helpers.launch.docker.options import envoy_image  # noqa: PLC0415

    image = envoy_image()
    try:
        with connected() as client:
            client.ping()
    except LaunchError:
        return ""
    with connected() as client:
        ensure_image(client, image, variable="LAB_ENVOY_IMAGE")
        with target.open("wb") as file:
            for piece in client.images.get(image).save(named=image):
                file.write(piece)
    return image


def pack_folder(folder: Path, target: Path) -> None:
    """Pack a folder's content; whose it is and when it was made is left out.

    Args:
        folder: The folder.
        target: The `.tar.gz` file to write.
    """

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = 0
        return entry

    with tarfile.open(target, "w:gz", compresslevel=6) as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, path.name, filter=plain)


def _git(repository: Path, *words: str) -> bytes:
    try:
        result = subprocess.run(  # noqa: S603  # a list of words; no shell reads them
            ["git", *words],  # noqa: S607  # the person's own git
            cwd=repository,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise BundleError(
            "There is no git here, and the bundle holds what git has of the lab.",
            hint="sudo apt-get install git",
        ) from error
    if result.returncode != 0:
        raise BundleError(
            f"`git {' '.join(words)}` failed here.",
            quote=result.stderr.decode(errors="replace")[-400:],
            hint="make the bundle in a clone of the lab that is yours",
        )
    return result.stdout


def _run(words: Sequence[str], folder: Path, environment: dict[str, str]) -> str:
    result = subprocess.run(  # noqa: S603  # a list of words; no shell reads them
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise BundleError(
            "The filters' Go modules are not all here.",
            quote=result.stderr[-800:],
            hint="run `lab setup` with a network, then `lab bundle` again",
        )
    return result.stdout
