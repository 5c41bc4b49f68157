"""Which versions of the tools a run was made with."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.cost.load import find_wrk
from benchmarks.cost.ways import Way
from lab_helpers.errors import LabError
from lab_helpers.toolchain import find_go, find_tinygo
from lab_helpers.toolchain.cgo import find_cgo_compiler
from lab_helpers.toolchain.clang import find_c_compiler
from lab_helpers.toolchain.envoy_binary import find_envoy
from lab_helpers.toolchain.running import run_tool
from lab_helpers.toolchain.rust import find_rust

__all__ = ["versions"]

_NUMBER = re.compile(r"\d+(\.\d+)+")


def versions(ways: Sequence[Way]) -> Mapping[str, str]:
    """Return the version of each tool that is needed by its name.

    Args:
        ways: What is measured.

    Raises:
        LabError: One is missing, or does not say its version.
    """
    wrk = find_wrk()
    c, compiler = find_c_compiler(), shlex.split(find_cgo_compiler())
    return {
        "wrk": _said(wrk, "-v"),
        "envoy": find_envoy().version,
        "tinygo": find_tinygo().version,
        "go": find_go().version,
        **({"rust": find_rust().version} if any("Rust" in way.name for way in ways) else {}),
        c.name: c.version,
        Path(compiler[0]).name: _said(*compiler, "--version"),
    }


def _said(*words: str) -> str:
    done = run_tool(words, {})
    found = _NUMBER.search(done.stdout + done.stderr)
    if found is None:
        raise LabError(f"{words[0]} does not say its version.", quote=done.stdout + done.stderr)
    return found[0]
