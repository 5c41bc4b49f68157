"""The lab's filters with one text replaced, for what only a broken filter shows."""

from __future__ import annotations

import shutil
from pathlib import Path

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.folders import repository_folder

__all__ = ["edited", "hello_with", "panicking_at_the_third_tick"]


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


def hello_with(folder: Path, response: str, fields: str, name: str) -> Module:
    """Compile a copy of the filter hello with another `response.go`; the same one is compiled once.

    Args:
        folder: An empty folder to work in.
        response: What that file is to hold.
        fields: What a request's context has besides, as in `loops bool`.
        name: The module's.
    """
    copy = folder / "filter"
    shutil.copytree(repository_folder() / "filter", copy)
    (copy / "hello" / "response.go").write_text(response, encoding="utf-8")
    contexts = copy / "hello" / "contexts.go"
    last = "\tplugin *pluginContext\n}"
    source = contexts.read_text(encoding="utf-8")
    assert source.count(last) == 1
    contexts.write_text(source.replace(last, f"\t{fields}\n{last}"), encoding="utf-8")
    return compile_filter(copy / "hello", folder / name, reuse=True)


def panicking_at_the_third_tick(folder: Path) -> Module:
    """Compile the token filter with one line more: in each VM the third tick panics.

    Args:
        folder: An empty folder to work in.
    """
    tick = "plugin.ticks++\n"
    panic = '\tif plugin.ticks == 3 {\n\t\tpanic("on purpose")\n\t}\n'
    return edited(folder, "token/main.go", tick, tick + panic)
