"""Which versions of the tools a run was made with."""

from __future__ import annotations

import re
from collections.abc import Mapping

from benchmarks.cost.load import find_wrk
from lab_helpers.errors import LabError
from lab_helpers.toolchain import find_go, find_tinygo
from lab_helpers.toolchain.clang import find_c_compiler
from lab_helpers.toolchain.envoy_binary import find_envoy
from lab_helpers.toolchain.running import run_tool
from lab_helpers.toolchain.rust import find_rust

__all__ = ["versions"]

_NUMBER = re.compile(r"\d+(\.\d+)+")


def versions() -> Mapping[str, str]:
    """Return the version of each tool by its name.

    Raises:
        LabError: One does not say its own.
    """
    c = find_c_compiler()
    return {
        "envoy": find_envoy().version,
        "tinygo": find_tinygo().version,
        "go": find_go().version,
        "rust": find_rust().version,
        c.name: c.version,
        "gcc": _said("gcc", "-dumpfullversion"),
        "wrk": _said(find_wrk(), "-v"),
    }


def _said(*words: str) -> str:
    done = run_tool(words, {})
    found = _NUMBER.search(done.stdout + done.stderr)
    if found is None:
        raise LabError(f"{words[0]} does not say its version.", quote=done.stdout + done.stderr)
    return found[0]
