"""Run a filter's Go source in the SDK's emulator: `go test`, with the lab's test laid over."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from lab_helpers.arguments import checked
from lab_helpers.compiling.failures import compile_failure
from lab_helpers.disk import scratch_folder
from lab_helpers.errors import CompileError, CompileProblem, ConfigurationError, LabError
from lab_helpers.languages import LANGUAGES, language_of
from lab_helpers.lessons.cells.workspace import filter_folder
from lab_helpers.lessons.emulator.record import Emulation, Seen
from lab_helpers.lessons.emulator.steps import Step, step_of
from lab_helpers.toolchain import find_go, go_environment
from lab_helpers.toolchain.running import run_tool

__all__ = ["emulate"]

_DRIVER = Path(__file__).with_name("driver_test.go")
_REGISTERS = re.compile(r"\bproxywasm\.SetVMContext\(")
_CONTEXT_TEST = "context_test.go"
_COMMENT = re.compile(r"//.*$", re.MULTILINE)
_TIMEOUT_S = 10
# Before any test runs: Go compiles the SDK and its emulator once for each version of Go.
_COMPILE_S = 300
_BUILD_FAILED = re.compile(r"\[(build|setup) failed\]")


@checked
def emulate(
    name: Path | str,
    *steps: Step | str,
    settings: Mapping[str, object] | None = None,
    laid_over: Mapping[str, str] | None = None,
) -> Emulation:
    """Start a filter in the emulator, and let things happen to it.

    The emulator plays Envoy for the Go source itself: no Wasm, no threads, no network. That takes a
    second, and a minute the first time on a machine.

    Args:
        name: The filter: one of your own, or one of the lab's such as `token`; or its folder.
        *steps: What happens, in order: `"tick"`, `"reply"`, `"response"`, or a `Reply(...)` or
            `Response(...)` that is not the plain one.
        settings: The filter's settings, as its plugin configuration.
        laid_over: Go that takes the place of files of the filter, by the file's name.

    Returns:
        What the filter did at each step; a panic ends it, and is in there.

    Raises:
        CompileError: The filter's source does not compile.
        ConfigurationError: There is no such filter, or no such step, or it is not written in Go.
        LabError: The filter hangs, or ended the whole program.
    """
    wanted = [step_of(step) for step in steps]
    folder = filter_folder(name)
    if (language := language_of(folder)) != "go":
        raise ConfigurationError(
            f"The emulator is the Go SDK's, and {folder.name} is written in"
            f" {LANGUAGES[language].name}.",
            hint=f'try it in a real Envoy: try_in_envoy("{folder.name}")',
        )
    began = time.monotonic()
    with scratch_folder("lab-emulator-") as scratch:
        overlay = _overlay(folder, scratch, laid_over or {})
        record = _play(folder, scratch, overlay, wanted, settings or {})
    labels = ["start", *(step.label for step in wanted)]
    seen = tuple(Seen.read(label, part) for label, part in zip(labels, record, strict=False))
    return Emulation(folder.name, seen, time.monotonic() - began)


def _play(
    folder: Path,
    scratch: Path,
    overlay: Path,
    steps: list[Step],
    settings: Mapping[str, object],
) -> list[dict[str, object]]:
    script, record = scratch / "script.json", scratch / "record.json"
    wanted = {
        "configuration": json.dumps(dict(settings)) if settings else "",
        "steps": [step.as_json() for step in steps],
    }
    script.write_text(json.dumps(wanted), encoding="utf-8")
    go = find_go()
    words = [
        str(go.path),
        "test",
        f"-overlay={overlay}",
        "-vet=off",  # the compiler's own words are enough, and vet takes longer than all the rest
        "-count=1",
        "-run=^TestLab$",
        f"-timeout={_TIMEOUT_S}s",
        ".",
    ]
    names = {"LAB_SCRIPT": str(script), "LAB_RECORD": str(record)}
    try:
        result = run_tool(
            words, go_environment(go.path) | names, folder=folder, timeout_s=_COMPILE_S
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(
            f"Go had not compiled {folder.name} and its emulator after {_COMPILE_S} s.",
            hint="stop other programs and run the cell again: what is compiled stays so",
        ) from error
    if _BUILD_FAILED.search(result.stdout):
        failure = compile_failure(result, folder, "go")
        if any(problem.file.endswith(_CONTEXT_TEST) for problem in failure.problems):
            raise _unreadable(folder)
        raise failure
    if result.returncode != 0 or not record.is_file():
        raise _crash(result, folder.name)
    seen: list[dict[str, object]] = json.loads(record.read_text(encoding="utf-8"))
    return seen


def _overlay(folder: Path, scratch: Path, laid_over: Mapping[str, str]) -> Path:
    """Write what `go test` is to see in the folder: the lab's test in place of the folder's own."""
    context = scratch / _CONTEXT_TEST
    context.write_text(
        f"package main\n\nvar labVMContext = {vm_context(folder)}\n", encoding="utf-8"
    )
    files = {str(file): "" for file in folder.glob("*_test.go")}
    files[str(folder / "lab_driver_test.go")] = str(_DRIVER)
    files[str(folder / "lab_context_test.go")] = str(context)
    for name, source in laid_over.items():
        over = scratch / name
        over.write_text(source, encoding="utf-8")
        files[str(folder / name)] = str(over)
    overlay = scratch / "overlay.json"
    overlay.write_text(json.dumps({"Replace": files}), encoding="utf-8")
    return overlay


def vm_context(folder: Path) -> str:
    """Return the expression that the filter registers; the emulator wants to be given it."""
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


def _unreadable(folder: Path) -> LabError:
    return LabError(
        f"The emulator cannot make what the filter {folder.name} registers.",
        quote=f"proxywasm.SetVMContext({vm_context(folder)})",
        hint="write it as one expression: proxywasm.SetVMContext(&vmContext{})",
    )


def _crash(result: subprocess.CompletedProcess[str], name: str) -> LabError:
    said = f"{result.stdout}\n{result.stderr}".strip()
    if "panic: test timed out" in said:
        return LabError(
            f"The filter {name} did not come back within {_TIMEOUT_S} s.",
            hint="look for a loop without an end: while a callback runs, its worker waits",
        )
    return LabError(
        f"The filter {name} ended the emulator.",
        quote="\n".join(said.splitlines()[:12]),
        hint="call the SDK only where Envoy offers it: a reply's headers in its callback",
    )
