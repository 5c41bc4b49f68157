"""Filters that do not speak the lab's log lines, in the shapes of the Go SDK's examples."""

from __future__ import annotations

from pathlib import Path

import wasmtime

from lab_helpers.compiling.commands import Compiler
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module, read_module

__all__ = ["any_filter", "c_like_filter"]

_FILTERS = Path(__file__).parent / "filters"
# What 40 lines of C without an SDK are compiled to: three exports and one import are enough.
_WAT = """
(module
  (import "env" "proxy_replace_header_map_value"
    (func $replace (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 16) "x-wat")
  (data (i32.const 32) "by hand")
  (global $next (mut i32) (i32.const 1024))
  (func (export "proxy_abi_version_0_2_0"))
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get $size))))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $replace
      (i32.const 2) (i32.const 16) (i32.const 5) (i32.const 32) (i32.const 7)))
    (i32.const 0)))
"""


def any_filter(name: str, folder: Path, compiler: Compiler = "tinygo") -> Module:
    """Compile one of `tests/filters`; what it does, its settings say.

    Args:
        name: The filter's folder there.
        folder: Where the module is to go.
        compiler: `tinygo` or `go`.
    """
    return compile_filter(
        _FILTERS / name, folder / f"{name}-{compiler}.wasm", compiler=compiler, reuse=True
    )


def c_like_filter(folder: Path) -> Module:
    """Make a filter without an SDK and without Go, which sets one header.

    Args:
        folder: Where the module is to go.
    """
    file = folder / "wat.wasm"
    file.write_bytes(wasmtime.wat2wasm(_WAT))
    return read_module(file)
