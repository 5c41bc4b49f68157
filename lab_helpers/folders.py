"""Where the lab keeps its files: the repository, the learner's work, the caches."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import platformdirs

from lab_helpers.errors import ConfigurationError

__all__ = ["cache_folder", "repository_folder", "runs_folder", "work_folder"]

_APP = "envoy-wasm-lab"
_OWN = 0o700
_OF_OTHERS = 0o077

# Whatever the lab and its children write (tools, modules, a learner's files), nobody else shall be
# able to change; a person's umask may leave that open.
os.umask(os.umask(_OF_OTHERS) | 0o002)


def repository_folder() -> Path:
    """Return the checkout that this package belongs to.

    The package is installed in place (`pip install -e`), so its parent is the repository.
    """
    return Path(__file__).resolve().parent.parent


def work_folder() -> Path:
    """Return the folder for what a learner makes, which git ignores; make it when missing.

    `LAB_WORK` names another one, as tests and the seats of a shared machine do.
    """
    named = os.environ.get("LAB_WORK")
    return _made(Path(named or repository_folder() / "work").expanduser().resolve(), "LAB_WORK")


def cache_folder(part: str = "") -> Path:
    """Return the user's folder for installed tools, kept between runs; make it when missing.

    `LAB_CACHE` names another one.

    Args:
        part: A folder in it; "" for itself.

    Raises:
        ConfigurationError: It cannot be made.
    """
    named = os.environ.get("LAB_CACHE")
    folder = Path(named).expanduser().resolve() if named else platformdirs.user_cache_path(_APP)
    # It may be another's, to be read alone: what is only remembered there can be done without.
    return _made(folder / part, "LAB_CACHE", written=False)


def runs_folder() -> Path:
    """Return the folder that holds one folder for each running Envoy; make it when missing.

    It is in the cache folder; where `LAB_CACHE` names one that belongs to somebody else, as on a
    hub, it is in the one that this user has without that. `LAB_RUNS` names another one, as tests
    that run side by side do: each sees its own Envoys. What stands in it says which processes may
    be ended, so it is this user's own, and nobody else's to write: one that is open to others is
    narrowed, with a warning.

    Raises:
        ConfigurationError: It cannot be made, belongs to somebody else, or stays open to others.
    """
    named = os.environ.get("LAB_RUNS")
    folder = Path(named).expanduser().resolve() if named else _own_cache() / "runs"
    made = _made(folder, "LAB_RUNS", mode=_OWN)
    if hasattr(os, "geteuid"):
        _keep_to_oneself(made)
    return made


def _own_cache() -> Path:
    cache = cache_folder()
    runs = cache / "runs"
    there = runs if runs.exists() else cache
    if os.access(there, os.W_OK) and (there == cache or _is_ours(there)):
        return cache
    return platformdirs.user_cache_path(_APP)


def _is_ours(folder: Path) -> bool:
    return not hasattr(os, "geteuid") or folder.stat().st_uid == os.geteuid()


def _keep_to_oneself(folder: Path) -> None:
    hint = "name a folder of yours with LAB_RUNS"
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise ConfigurationError(
            f"The folder {folder} belongs to the user {found.st_uid}, and what stands in it decides"
            " which of your processes are ended.",
            hint=hint,
        )
    if not found.st_mode & _OF_OTHERS:
        return
    folder.chmod(_OWN)
    if folder.stat().st_mode & _OF_OTHERS:
        raise ConfigurationError(
            f"The folder {folder} is open to other users, and its disk cannot change that.",
            hint=hint,
        )
    warnings.warn(
        f"The folder {folder} was open to other users: now only you may enter it.", stacklevel=3
    )


def _made(folder: Path, variable: str, mode: int = 0o777, *, written: bool = True) -> Path:
    hint = f"name a folder of yours with {variable}"
    try:
        folder.mkdir(mode, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"The lab cannot make its folder {folder}.", quote=str(error.strerror), hint=hint
        ) from error
    if written and not os.access(folder, os.W_OK):
        raise ConfigurationError(f"The lab may not write to its folder {folder}.", hint=hint)
    return folder
