"""The lab's filters with one text replaced, for what only a broken filter shows."""

from __future__ import annotations

import shutil
from pathlib import Path

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.folders import repository_folder

__all__ = ["edited", "panicking_at_the_third_tick"]


def edited(folder: Path, place: str, *texts: str) -> Module:
    """Compile a copy of a filter with texts replaced; the same edit is compiled once.

    Args:
        folder: An empty folder to work in.
        place: The file, as in `hello/main.go`.
        *texts: What stands there once, and what is to stand there; more of such pairs.
    """
    copy = folder / "filter"
    shutil.copytree(repository_folder() / "filter", copy)
    file = copy / place
    source = file.read_text(encoding="utf-8")
    for old, new in zip(texts[::2], texts[1::2], strict=True):
        assert source.count(old) == 1
        source = source.replace(old, new)
    file.write_text(source, encoding="utf-8")
    return compile_filter(file.parent, folder / "edited.wasm", reuse=True)


def panicking_at_the_third_tick(folder: Path) -> Module:
    """Compile the token filter with one line more: in each VM the third tick panics.

    Args:
        folder: An empty folder to work in.
    """
    tick = "plugin.ticks++\n"
    panic = '\tif plugin.ticks == 3 {\n\t\tpanic("on purpose")\n\t}\n'
    return edited(folder, "token/main.go", tick, tick + panic)
