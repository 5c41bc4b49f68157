"""Compile once what the lessons compile, so that nobody waits for it the first time.

    python binder/warm.py

A first compilation builds Go's own library, TinyGo's C library or the SDK's emulator: minutes with
one CPU. They stay in the compilers' caches, and a changed filter takes seconds.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lab_helpers import compile_filter, emulate
from lab_helpers.folders import repository_folder
from lab_helpers.languages import language_of


def main() -> None:
    """Compile each of the lab's filters with both compilers, and run it in the emulator."""
    sources = (repository_folder() / "filter").glob("*/main.go")
    with tempfile.TemporaryDirectory() as scratch:
        for folder in sorted(file.parent for file in sources):
            if language_of(folder) == "native":  # no lesson builds one, and here is no C compiler
                continue
            name, thrown_away = folder.name, Path(scratch) / "module.wasm"
            _timed(f"{name}, TinyGo", partial(compile_filter, folder, reuse=True))
            with_go = partial(compile_filter, folder, thrown_away, compiler="go")
            _timed(f"{name}, standard Go", with_go)
            _timed(f"{name}, in the emulator", partial(emulate, name, "tick"))
    # It looks for the machine's fonts when it is first imported, and keeps the list.
    _timed("the machine's fonts", partial(importlib.import_module, "matplotlib.font_manager"))


def _timed(what: str, do: Callable[[], object]) -> None:
    began = time.monotonic()
    do()
    sys.stdout.write(f"  ✓ {what}: {time.monotonic() - began:.1f} s\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
