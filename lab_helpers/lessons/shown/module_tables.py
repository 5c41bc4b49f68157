"""Look at compiled modules: the command, what goes in and out, two compilers side by side."""

from __future__ import annotations

import time
from collections.abc import Sequence

from lab_helpers.arguments import checked
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.lessons.shown.export_tables import EXPORTS
from lab_helpers.lessons.shown.page import Table
from lab_helpers.waits import waiting

__all__ = ["compare_modules", "show_command", "show_interface"]

_FLAGS = {
    "-target=wasi": "make Wasm, with WASI as its system interface",
    "-buildmode=c-shared": "a library that Envoy calls into: `_initialize`, and no `main` to run",
    "-scheduler=none": "no goroutines: Envoy calls in, one callback at a time",
    "-opt=2": "make it quick rather than small",
    "-no-debug": "leave names and line numbers out: a fifth of the size",
    "-tags=custommalloc": "do not export `malloc`, else memory leaks (see below)",
    "-buildvcs=false": "do not write the commit into the module",
    "-o": "the file to write",
}
_LIBRARY_FLAGS = {
    "-buildmode=c-shared": "a library (.so) that Envoy loads, with what is marked `//export`",
    "-tags=dynamic_module": "compile what calls C as well; without it nobody needs a C compiler",
}
_IMPORTS = {
    "proxy_log": "LogInfo, LogWarn …",
    "proxy_set_tick_period_milliseconds": "SetTickPeriodMilliSeconds",
    "proxy_http_call": "DispatchHttpCall",
    "proxy_get_header_map_pairs": "GetHttpCallResponseHeaders",
    "proxy_replace_header_map_value": "ReplaceHttpResponseHeader",
    "proxy_remove_header_map_value": "RemoveHttpResponseHeader",
    "proxy_get_buffer_bytes": "GetPluginConfiguration",
    "proxy_send_local_response": "SendHttpResponse",
    "proxy_define_metric": "DefineCounterMetric",
    "proxy_increment_metric": "Increment, of a counter",
    "proxy_set_effective_context": "the SDK itself, before a callback of yours",
}


@checked
def show_command(module: Module) -> Table:
    """Show what made a module, flag by flag.

    Args:
        module: A module that the lab compiled.
    """
    words = [word for word in module.command if word.startswith("-")]
    flags = _FLAGS | _LIBRARY_FLAGS if module.library else _FLAGS
    rows = [(f"`{word}`", flags.get(word, "")) for word in words]
    tool = module.compiler
    return Table(f"{tool} build … -o {module.path.name} .", ("flag", "what for"), rows)


@checked
def show_interface(module: Module) -> Table:
    """Show what a module calls in its host, and what its host can call.

    Args:
        module: The module.
    """
    if module.library:
        return _library_interface(module)
    system = [name for name in module.imports if not name.startswith("env.")]
    rows: list[Sequence[str]] = [
        ("import", f"`{name}`", _IMPORTS.get(name.removeprefix("env."), ""))
        for name in module.imports
        if name.startswith("env.")
    ]
    rows.append(("import", f"{len(system)} of WASI", "clock, random numbers, output"))
    rows += [("export", f"`{name}`", EXPORTS[name]) for name in module.exports if name in EXPORTS]
    others = [name for name in module.exports if name not in EXPORTS]
    if others:
        rows.append(
            ("export", f"{len(others)} more", "the compiler's own, which Envoy never calls")
        )
    title = f"{module.path.name}: {len(module.imports)} imports, {len(module.exports)} exports"
    return Table(title, ("kind", "name in the module", "in Go"), rows)


def _library_interface(module: Module) -> Table:
    """Show a dynamic module's: there is no Wasm in it, and no SDK that gives these other names."""
    rows = [("calls in Envoy", f"`{name}`") for name in sorted(module.imports)]
    rows += [("Envoy calls", f"`{name}`") for name in sorted(module.exports)]
    title = f"{module.path.name} is a dynamic module, not Wasm: functions of C, as Envoy's ABI has"
    return Table(f"{title} them", ("who calls", "function"), rows)


@checked
def compare_modules(*modules: Module) -> Table:
    """Start Envoy with each of several modules, and show them side by side.

    Args:
        *modules: Filters that run with the article's settings.

    Raises:
        LabError: Envoy could not be started with one of them.
    """
    headings = ("compiler", "compiled in", "size", "Envoy ready in", "Envoy's memory")
    rows = []
    for module in modules:
        made_by = _compiled_by(module)
        key = f"compare {made_by} {module.name}"
        began = time.monotonic()
        with waiting(f"Measuring {made_by}", key), Envoy(module, workers=2) as envoy:
            ready_s = time.monotonic() - began
            memory = envoy.figures().rss_bytes
        rows.append(
            (
                made_by,
                "no time: nothing had changed" if module.reused else f"{module.seconds:.1f} s",
                f"{module.bytes / 1000:,.0f} KB",
                f"{ready_s:.1f} s",
                f"{memory / 1e6:.0f} MB" if memory else "not known",
            )
        )
    return Table("One start of each, with two workers", headings, rows)


def _compiled_by(module: Module) -> str:
    if module.library:
        return "Go and C, as a dynamic module"
    return {"go": "standard Go", "tinygo": "TinyGo"}.get(module.compiler, module.path.name)
