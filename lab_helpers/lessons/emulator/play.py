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
from lab_helpers.compiling.modules import Module
from lab_helpers.disk import scratch_folder
from lab_helpers.errors import ConfigurationError, LabError
from lab_helpers.lessons.cells.workspace import filter_folder
from lab_helpers.lessons.emulator.record import Emulation, Seen
from lab_helpers.lessons.emulator.stand import (
    CONTEXT_TEST,
    NOT_LOADED,
    Stand,
    of_module,
    of_source,
    overlay,
    vm_context,
)
from lab_helpers.lessons.emulator.steps import Step, step_of
from lab_helpers.toolchain import find_go, go_environment
from lab_helpers.toolchain.running import run_tool
from lab_helpers.waits import waiting

__all__ = ["emulate"]

_TIMEOUT_S = 10
# Before any test runs: Go compiles the SDK and its emulator once for each version of Go.
_COMPILE_S = 300
_BUILD_FAILED = re.compile(r"\[(build|setup) failed\]")


@checked
def emulate(
    name: Path | str | Module,
    *steps: Step | str,
    settings: Mapping[str, object] | None = None,
    laid_over: Mapping[str, str] | None = None,
) -> Emulation:
    """Start a filter in the emulator, and let things happen to it.

    The emulator plays Envoy for the Go source itself: no Wasm, no threads, no network. That takes a
    second, and a minute the first time on a machine. Given a module that was compiled of such
    source, it runs that: what Envoy gets.

    Args:
        name: The filter: one of your own, or one of the lab's such as `token`; its folder; or a
            module.
        *steps: What happens, in order: `"tick"`, `"reply"`, `"request"`, `"response"`, or a
            `Reply(...)`, `Request(...)` or `Response(...)` that is not the plain one.
        settings: The filter's settings, as its plugin configuration.
        laid_over: Go that takes the place of files of the filter, by the file's name.

    Returns:
        What the filter did at each step; a panic ends it, and is in there.

    Raises:
        CompileError: The filter's source does not compile.
        ConfigurationError: There is no such filter, or no such step; its source is not written in
            Go, or the emulator cannot run the module.
        LabError: The filter hangs, or ended the whole program.
    """
    wanted = [step_of(step) for step in steps]
    began = time.monotonic()
    if isinstance(name, Module):
        stand = of_module(name, laid_over)
    else:
        stand = of_source(filter_folder(name), laid_over or {})
    with scratch_folder("lab-emulator-") as scratch:
        record = _play(stand, scratch, wanted, settings or {})
    labels = ["start", *(step.label for step in wanted)]
    seen = tuple(Seen.read(label, part) for label, part in zip(labels, record, strict=False))
    return Emulation(stand.name, seen, time.monotonic() - began)


def _play(
    stand: Stand,
    scratch: Path,
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
        f"-overlay={overlay(stand, scratch)}",
        "-vet=off",  # the compiler's own words are enough, and vet takes longer than all the rest
        "-count=1",
        "-run=^TestLab$",
        f"-timeout={_TIMEOUT_S}s",
        ".",
    ]
    names = {
        "LAB_SCRIPT": str(script),
        "LAB_RECORD": str(record),
        "LAB_MODULE": str(stand.module or ""),
    }
    try:
        with waiting(f"The emulator runs {stand.name}", f"emulate {stand.folder}"):
            result = run_tool(
                words, go_environment(go.path) | names, folder=stand.folder, timeout_s=_COMPILE_S
            )
    except subprocess.TimeoutExpired as error:
        raise LabError(
            f"Go had not compiled {stand.name} and its emulator after {_COMPILE_S} s.",
            hint="stop other programs and run the cell again: what is compiled stays so",
        ) from error
    if _BUILD_FAILED.search(result.stdout):
        failure = compile_failure(result, stand.folder, "go")
        if any(problem.file.endswith(CONTEXT_TEST) for problem in failure.problems):
            raise _unreadable(stand.folder)
        raise failure
    if result.returncode != 0 or not record.is_file():
        raise _crash(result, stand.name)
    seen: list[dict[str, object]] = json.loads(record.read_text(encoding="utf-8"))
    if stand.module is not None and NOT_LOADED in str(seen[0]["panic"]):
        raise ConfigurationError(
            f"The emulator cannot run {stand.module.name}.",
            quote=str(seen[0]["panic"]).removeprefix(NOT_LOADED),
            hint="it is the Go SDK's: give it a module of that SDK, or try this one in Envoy",
        )
    return seen


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
