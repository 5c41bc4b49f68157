"""A person's own flags for Go (`GOFLAGS`), and what the lab adds to them.

Whoever wrote `-modcacherw`, `-tags=…` or `-p=1` there means every call of Go, the lab's as well.
What a filter cannot be compiled with is left out, and Go takes the last of two that contradict.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs

__all__ = [
    "ANOTHER_PLACE",
    "MEND_GOFLAGS",
    "NO_PLACE",
    "NO_SPACE",
    "dropped_go_flags",
    "go_flags",
    "go_hint",
]

MEND_GOFLAGS = (
    "mend GOFLAGS: `go env GOFLAGS` shows it; `unset GOFLAGS` and `go env -u GOFLAGS` take it away"
)
ANOTHER_PLACE = (
    "name folders of yours with TMPDIR and GOCACHE, or unset them: the compilers work in both"
)
# What Go, TinyGo and their linkers say where a disk is full.
NO_SPACE = r"(?i:no space left|disk quota exceeded|file too large)"
# What they say of a folder for their own work that is not there, or not to be written to.
NO_PLACE = (
    r"creating work dir|failed to initialize build cache"
    r"|(?m:^(?:mkdir|stat) \S+: (?:no such file|read-only|permission denied|not a directory))"
)
# As Go splits them: a word may be in quotes as a whole.
_WORD = re.compile(r"'[^']*'|\"[^\"]*\"|\S+")
# The lab sets the first two itself; a Wasm module has the rest of its own, or cannot have them.
_LEFT_OUT = {"mod", "buildvcs", "buildmode", "race", "msan", "asan", "n", "json"}
# These name files of this machine, which a container does not have.
_WITH_FILES = {"exec", "modfile", "overlay", "pgo", "pkgdir", "toolexec"}


def go_flags(mod: str = "readonly", *, in_a_container: bool = False) -> str:
    """Return the `GOFLAGS` of a call of Go or TinyGo: a person's own, then the lab's.

    Args:
        mod: What Go may do to a go.mod: nothing, or `mod` for what it misses.
        in_a_container: Whether files of this machine are out of its reach.

    Returns:
        The flags. `-buildvcs=false` keeps Go from asking version control, which refuses a checkout
        of another user, and TinyGo has no such flag itself.
    """
    without = _LEFT_OUT | (_WITH_FILES if in_a_container else set())
    own = [word for word in _own() if _name(word) not in without]
    return " ".join([*own, f"-mod={mod}", "-buildvcs=false"])


def dropped_go_flags() -> tuple[str, ...]:
    """Return those of a person's own flags that a filter cannot be compiled with."""
    harmless = {"-mod=readonly", "-buildvcs=false", "-buildvcs=auto"}
    return tuple(word for word in _own() if _name(word) in _LEFT_OUT and word not in harmless)


def go_hint(said: str, otherwise: str) -> str:
    """Return what to try where Go failed for a reason outside of what it was to do.

    Args:
        said: Go's words.
        otherwise: What to try else.
    """
    if "$GOFLAGS" in said:
        return MEND_GOFLAGS
    if re.search(NO_SPACE, said):
        return (
            "free some disk space there; or name other folders with TMPDIR, GOCACHE and LAB_CACHE"
        )
    if re.search(NO_PLACE, said):
        return ANOTHER_PLACE
    return otherwise


def _own() -> list[str]:
    """Return a person's own flags: of the environment, else of the file that `go env -w` writes."""
    return _WORD.findall(os.environ.get("GOFLAGS") or _of_the_file())


def _of_the_file() -> str:
    named = os.environ.get("GOENV")
    if named == "off":
        return ""
    usual = platformdirs.user_config_path("go", appauthor=False, roaming=True) / "env"
    file = Path(named) if named else usual
    if not file.is_file() or not os.access(file, os.R_OK):
        return ""
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    values = [line.partition("=")[2] for line in lines if line.startswith("GOFLAGS=")]
    return values[-1].strip() if values else ""


def _name(word: str) -> str:
    return word.strip("'\"").lstrip("-").partition("=")[0]
