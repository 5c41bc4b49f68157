"""Look at the exports of modules side by side: what Envoy calls in one, and not in the other."""

from __future__ import annotations

from collections.abc import Sequence

from lab_helpers.arguments import checked
from lab_helpers.board.sdk_names import CALLBACKS
from lab_helpers.compiling.modules import Module
from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.shown.page import Table

__all__ = ["EXPORTS", "show_exports"]

EXPORTS = {
    **CALLBACKS,
    "memory": "the module's memory, which Envoy reads and writes",
    "_initialize": "your `init`",
    "proxy_abi_version_0_2_0": "says which ABI the module speaks",
    "proxy_on_memory_allocate": "Envoy asks for room to hand something over",
    "proxy_on_context_create": "NewPluginContext, NewHttpContext",
    "proxy_on_log": "OnHttpStreamDone, OnStreamDone",
    "proxy_on_done": "OnPluginDone",
    "proxy_on_delete": "the SDK forgets a context",
}
"""What stands behind each export of a filter with the SDK for Go."""


@checked
def show_exports(*modules: Module) -> Table:
    """Show what Envoy can call in several modules, side by side.

    Args:
        *modules: Wasm modules, such as a filter with all exports and without the idle ones.

    Raises:
        ConfigurationError: One of them is a dynamic module, which exports other names.
    """
    if library := next((one for one in modules if one.library), None):
        raise ConfigurationError(
            f"{library.path.name} is a dynamic module, not Wasm: Envoy calls other names in it.",
            hint="show_interface shows those",
        )
    names = list(dict.fromkeys(name for one in modules for name in one.exports if name in EXPORTS))
    rows: list[Sequence[str]] = [
        (f"`{name}`", EXPORTS[name], *(_has(one, name) for one in modules)) for name in names
    ]
    others = [sum(name not in EXPORTS for name in one.exports) for one in modules]
    if any(others):
        rows.append(("others", "the compiler's own, which Envoy never calls", *map(str, others)))
    sizes = (f"{one.bytes / 1000:,.1f} KB" for one in modules)
    rows.append(("the module's size", "", *sizes))
    headings = ("export", "in Go", *(one.path.name for one in modules))
    counts = ", ".join(f"{one.path.name} has {len(one.exports)}" for one in modules)
    return Table(f"What Envoy can call: {counts}", headings, rows)


def _has(module: Module, name: str) -> str:
    if name in module.exports:
        return "✓"
    return "left out" if name in module.removed else "no"
