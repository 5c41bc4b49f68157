"""Lesson 03, Compile it: a compile error, an import, and the article's way to register."""

from __future__ import annotations

import re

from lab_helpers.compiling.modules import Module
from lab_helpers.compiling.source_code import code_alone, filter_sources
from lab_helpers.lessons.cells.go_cells import compile_problem
from lab_helpers.lessons.cells.workspace import filter_folder
from lab_helpers.lessons.checks.answers import is_a_text
from lab_helpers.lessons.checks.emulated import (
    every_response_goes_on,
    its_headers,
    why_not_carried,
)
from lab_helpers.lessons.emulator import emulate
from lab_helpers.lessons.exercises.exercises import Findings, exercise, found
from lab_helpers.lessons.exercises.trying import try_in_envoy

_RESPONSE = "response.go"
_MENDED, _OTHER = "mended", "another"
_GREETING = re.compile(rf"(\bgreeting\b[^=\n]*=\s*[\"`]){_MENDED}([\"`])")
_EMPTY_MAIN = re.compile(r"\bfunc\s+main\s*\(\s*\)\s*\{\s*\}")
# One hint for each fault.
_LETTER = "In one, a letter of a name is missing: it is `types.ActionContinue`."
_VARIABLE = "In another, nobody uses a variable: pass `greeting` as the header's value."


@exercise(
    "03-mend",
    hints=(
        "Are lines marked? Read the marks from the top. Is none? Then look at the header's value.",
        _LETTER,
        _VARIABLE,
    ),
    quick=True,
    settled={
        _LETTER: "return types.ActionContinue",
        _VARIABLE: 'proxywasm.ReplaceHttpResponseHeader("x-wasm-filter", greeting)',
    },
)
def mend() -> Findings:
    """Look for a filter that compiles, and that uses its variable."""
    seen = emulate("broken", "response")
    yield found(not seen.panic, "the filter compiles and runs", seen.panic)
    yield every_response_goes_on(seen)
    value = seen.headers.get("x-wasm-filter", "")
    yield found(
        value == _MENDED,
        "the response carries the greeting of the variable, `mended`",
        f"It carries `{value}`: use the variable `greeting` as the header's value."
        if value
        else why_not_carried("x-wasm-filter", seen, seen.headers),
    )
    # Whoever writes the text anew needs no variable: with another text in it, the header shows.
    source = (filter_folder("broken") / _RESPONSE).read_text(encoding="utf-8")
    other, variables = _GREETING.subn(rf"\g<1>{_OTHER}\g<2>", source)
    yield found(
        variables,
        "the variable `greeting` is still there",
        'It is gone. Keep `greeting := "mended"`, and use it: it is a value that has a name.',
    )
    again = emulate("broken", "response", laid_over={_RESPONSE: other})
    yield found(
        again.headers.get("x-wasm-filter") == _OTHER,
        "the header's value is what the variable holds",
        f"With another text in `greeting` the response still carries `{value}`: pass the variable"
        " itself, without quotes.",
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
    yield is_a_text(name, "Write the name in quotes.")
    text = str(name).strip("` ")
    full = text if text in module.imports else f"env.{text.removeprefix('env.')}"
    yield found(full in module.imports, "the module imports it", _why_no_import(text, module))
    yield found(
        full == "env.proxy_http_call",
        "without it the module could send no request",
        f"`{full}` is for something else: the table says which function of the SDK needs it.",
    )


def _why_no_import(text: str, module: Module) -> str:
    """Return what a name is that the module does not import."""
    plain = text.removeprefix("env.")
    if plain in module.exports:
        return f"`{plain}` is an export, which Envoy calls. An import is what the module calls."
    if plain.removeprefix("proxywasm.")[:1].isupper():
        return (
            f"`{plain}` is a function of the SDK. Its import stands in the same row of the table."
        )
    return f"It imports no `{text}`: take a name from the table, letter by letter."


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
    code = map(code_alone, filter_sources(filter_folder("article")).values())
    yield found(
        any(map(_EMPTY_MAIN.search, code)),
        "`main` is there, and empty",
        "Nobody calls `main` here but your own code, so leave nothing in it: what has to be done"
        " stands in `init`, and `func main() {}` is left.",
    )
    yield found(
        trial.headers.get("x-wasm-filter") == "hello from wasm",
        "a response of the real Envoy carries `x-wasm-filter: hello from wasm`",
        f"It is {trial.headers['x-wasm-filter']!r}."
        if "x-wasm-filter" in trial.headers
        else its_headers(trial.headers),
    )
