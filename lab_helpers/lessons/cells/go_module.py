"""The learner's Go module: the lab's own, and what the learner added with `go get`."""

from __future__ import annotations

import re
from pathlib import Path

from lab_helpers.disk import replace_file

__all__ = ["keep_module"]

_MODULE_LINE = re.compile(r"^module .*$", re.MULTILINE)
_REQUIRED = re.compile(
    r"^(?:require\s+|\t)(?P<path>[\w.~-]+\.[\w.~-]+/\S+)\s+(?P<version>v\S+)(?P<comment>.*)$",
    re.MULTILINE,
)


def keep_module(folder: Path, go_mod: str, go_sum: str) -> None:
    """Write the lab's go.mod and go.sum into the learner's folder, and keep what was added there.

    Args:
        folder: The learner's.
        go_mod: The lab's go.mod.
        go_sum: The lab's go.sum.
    """
    file, sums = folder / "go.mod", folder / "go.sum"
    ours = _MODULE_LINE.sub("module filters", go_mod)
    theirs = file.read_text(encoding="utf-8") if file.is_file() else ""
    known = {match["path"]: match["version"] for match in _REQUIRED.finditer(ours)}
    added = [match for match in _REQUIRED.finditer(theirs) if match["path"] not in known]
    if not added:
        _write(file, ours)
        _write(sums, go_sum)
        return
    # A module that was added may need a later one of ours than the lab has: `go get` chose it.
    there = {match["path"]: match["version"] for match in _REQUIRED.finditer(theirs)}
    if any(_order(there.get(path, "")) < _order(version) for path, version in known.items()):
        lines = [f"\t{match['path']} {match['version']}{match['comment']}" for match in added]
        _write(file, "\n".join([ours.rstrip(), "", "require (", *lines, ")", ""]))
    before = sums.read_text(encoding="utf-8").splitlines() if sums.is_file() else []
    _write(sums, "\n".join([*dict.fromkeys([*before, *go_sum.splitlines()]), ""]))


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _write(file: Path, text: str) -> None:
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        replace_file(file, text)
