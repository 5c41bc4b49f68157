"""What the emulator is run on: a filter's source, or a module, with the lab's test laid over."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path

from lab_helpers.compiling.modules import Module
from lab_helpers.errors import CompileError, CompileProblem, ConfigurationError
from lab_helpers.folders import repository_folder
from lab_helpers.languages import LANGUAGES, language_of

__all__ = [
    "CONTEXT_TEST",
    "NOT_LOADED",
    "Stand",
    "of_module",
    "of_source",
    "overlay",
    "vm_context",
]

CONTEXT_TEST = "lab_context_test.go"
"""The file that gives the lab's test what the filter registers."""

NOT_LOADED = "the module cannot be loaded: "
"""What a panic begins with, where a module could not be loaded."""

# The lab's test, in the parts that it is written in.
_DRIVER = sorted(Path(__file__).parent.glob("*_test.go"))
_REGISTERS = re.compile(r"\bproxywasm\.SetVMContext\(")
_COMMENT = re.compile(r"//.*$", re.MULTILINE)
_SOURCE = """package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func labVMContext() types.VMContext {{ return {} }}
"""
_WASM = f"""package main

import (
	"os"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func labVMContext() types.VMContext {{
	module, err := os.ReadFile(os.Getenv("LAB_MODULE"))
	if err != nil {{
		panic("{NOT_LOADED}" + err.Error())
	}}
	vm, err := proxytest.NewWasmVMContext(module)
	if err != nil {{
		panic("{NOT_LOADED}" + err.Error())
	}}
	return vm
}}
"""
# The SDK's emulator calls each of these without asking whether it is there; Envoy does ask.
_CALLED = (
    "proxy_on_vm_start",
    "proxy_on_context_create",
    "proxy_on_configure",
    "proxy_on_tick",
    "proxy_on_request_headers",
    "proxy_on_request_body",
    "proxy_on_response_headers",
    "proxy_on_response_body",
    "proxy_on_log",
    "proxy_on_memory_allocate",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Stand:
    """What `go test` is run on: a folder, of which some files are hidden or replaced.

    Attributes:
        name: The filter's.
        folder: The package.
        files: What takes the place of its files, by name; "" for none.
        module: The compiled module that is run; None for the package's own code.
    """

    name: str
    folder: Path
    files: Mapping[str, str]
    module: Path | None = None


def of_source(folder: Path, laid_over: Mapping[str, str]) -> Stand:
    """Return what runs a filter's source.

    Args:
        folder: The filter's.
        laid_over: Go that takes the place of files of the filter, by the file's name.

    Raises:
        CompileError: It registers nothing.
        ConfigurationError: It is not written in Go.
    """
    if (language := language_of(folder)) != "go":
        raise ConfigurationError(
            f"The emulator is the Go SDK's, and {folder.name} is written in"
            f" {LANGUAGES[language].name}.",
            hint=f'try it in a real Envoy: try_in_envoy("{folder.name}")',
        )
    files = {file.name: "" for file in folder.glob("*_test.go")}
    files[CONTEXT_TEST] = _SOURCE.format(vm_context(folder))
    return Stand(folder.name, folder, files | dict(laid_over))


def of_module(module: Module, laid_over: Mapping[str, str] | None) -> Stand:
    """Return what runs a compiled module.

    Args:
        module: The module.
        laid_over: Must be empty: there is no source to lay it over.

    Raises:
        ConfigurationError: It is no Wasm, or does not export what the emulator calls.
    """
    if module.library:
        raise ConfigurationError(
            f"The emulator runs Wasm, and {module.path.name} is a dynamic module.",
            hint="run it in a real Envoy: Envoy(module)",
        )
    if laid_over:
        raise ConfigurationError(
            "Go cannot be laid over a module that is compiled already.",
            hint="name the filter instead, so that its source is run",
        )
    if missing := [name for name in _CALLED if name not in module.exports]:
        raise ConfigurationError(
            f"The emulator cannot run {module.path.name}: it calls {missing[0]}, which that does"
            " not export.",
            hint=f'compile it with all exports: compile_filter("{module.name}", keep_exports=True)'
            if module.removed
            else "run it in a real Envoy, which calls only what is there: Envoy(module)",
        )
    # `go test` wants a folder of a Go module that has the SDK; all that is in it is hidden.
    folder = repository_folder() / "filter" / "hello"
    hidden = {file.name: "" for file in folder.glob("*.go")}
    return Stand(module.name, folder, hidden | {CONTEXT_TEST: _WASM}, module.path)


def overlay(stand: Stand, scratch: Path) -> Path:
    """Write what `go test` is to see in the folder: the lab's test in place of the folder's own.

    Args:
        stand: What it is run on.
        scratch: A folder to write to.

    Returns:
        The file to give to `go test -overlay`.
    """
    files = {str(stand.folder / f"lab_{part.name}"): str(part) for part in _DRIVER}
    for name, source in stand.files.items():
        if source:
            (scratch / name).write_text(source, encoding="utf-8")
        files[str(stand.folder / name)] = str(scratch / name) if source else ""
    file = scratch / "overlay.json"
    file.write_text(json.dumps({"Replace": files}), encoding="utf-8")
    return file


def vm_context(folder: Path) -> str:
    """Return the expression that the filter registers; the emulator wants to be given it.

    Args:
        folder: The filter's.

    Raises:
        CompileError: It registers nothing.
    """
    for file in sorted(folder.glob("*.go")):
        source = _COMMENT.sub("", file.read_text(encoding="utf-8", errors="replace"))
        if call := _REGISTERS.search(source):
            return _argument(source, call.end())
    raise CompileError(
        f"The filter {folder.name} does not register itself.",
        problems=[CompileProblem("main.go", 0, 0, "proxywasm.SetVMContext is never called")],
        hint="func init() { proxywasm.SetVMContext(&vmContext{}) }",
    )


def _argument(source: str, start: int) -> str:
    """Return what stands between a call's parentheses, from behind the first; "" without an end."""
    depth = 1
    for at in range(start, len(source)):
        depth += {"(": 1, ")": -1}.get(source[at], 0)
        if not depth:
            return source[start:at].strip().rstrip(",")
    return ""
