"""Lesson 03, Compile it: a compile error, an import, and the article's way to register."""

from __future__ import annotations

from lab_helpers.compiling.modules import Module
from lab_helpers.lessons.cells.go_cells import compile_problem
from lab_helpers.lessons.cells.workspace import filter_folder
from lab_helpers.lessons.checks.emulated import every_response_goes_on
from lab_helpers.lessons.emulator import emulate
from lab_helpers.lessons.exercises.exercises import Findings, exercise, found
from lab_helpers.lessons.exercises.trying import try_in_envoy


@exercise(
    "03-mend",
    hints=(
        "Read the marked lines from the top: each says what Go does not know, or does not like.",
        "One is a name with a letter missing. The other is a variable that nobody uses: use it.",
        "`types.ActionContinue`; and pass `greeting` as the header's value.",
    ),
)
def mend() -> Findings:
    """Look for a filter that compiles, and that uses its variable."""
    seen = emulate("broken", "response")
    yield found(not seen.panic, "the filter compiles and runs", seen.panic)
    yield every_response_goes_on(seen)
    value = seen.headers.get("x-wasm-filter", "")
    yield found(
        value == "mended",
        "the response carries the greeting of the variable, `mended`",
        f"It carries {value!r}: use the variable, do not remove it.",
    )


@exercise(
    "03-import",
    hints=(
        "Look into the table for the SDK's function that sends a callout.",
        "That is `DispatchHttpCall`. Its import stands in the same row.",
        'The answer is `"env.proxy_http_call"`.',
    ),
)
def sends_requests(name: object, module: Module) -> Findings:
    """Look for the import behind DispatchHttpCall."""
    yield found(isinstance(name, str), "it is a text", "Write the name in quotes.")
    full = str(name) if str(name).startswith("env.") else f"env.{name}"
    yield found(full in module.imports, "the module imports it", f"It imports no {full}.")
    yield found(
        full == "env.proxy_http_call",
        "without it the module could send no request",
        "That one is for something else.",
    )


@exercise(
    "03-article",
    hints=(
        "Which function runs before Envoy's first call: `main` or `init`?",
        "Move the call to a function `init`, and leave `main` there, empty.",
        "`func main() {}` and `func init() { proxywasm.SetVMContext(&vmContext{}) }`",
    ),
)
def article() -> Findings:
    """Look for a filter that a real Envoy takes."""
    # TinyGo alone would do without a main.
    problem = compile_problem(filter_folder("article"))
    yield found(problem is None, "Go compiles it", str(problem))
    trial = try_in_envoy("article")
    yield found(trial.module, "TinyGo compiles it, too", str(trial.problem))
    yield found(trial.ok, "Envoy runs it", str(trial.problem))
    yield found(
        trial.headers.get("x-wasm-filter") == "hello from wasm",
        "a response of the real Envoy carries `x-wasm-filter: hello from wasm`",
        "The response came without the header.",
    )
