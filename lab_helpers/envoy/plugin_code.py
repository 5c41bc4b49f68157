"""The code of a Wasm plugin: another module in its place, or its own where Envoy can have it."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from lab_helpers.envoy.document import Document, walk
from lab_helpers.envoy.plugins import Plugin
from lab_helpers.envoy.spelling import drop_field, field, field_key, set_field

__all__ = ["check_own_code", "place_files", "put_module"]

_RUNTIME = "envoy.wasm.runtime.v8"
_INLINE = ("inline_bytes", "inline_string", "environment_variable")


def put_module(document: Document, plugin: Plugin, wasm_path: str) -> None:
    """Let a plugin take its code from a file, whatever it took it from before.

    Args:
        document: The configuration, which is changed.
        plugin: The plugin.
        wasm_path: The module, as Envoy sees it.

    Raises:
        ConfigurationError: A part of it is no mapping, which Envoy would refuse.
    """
    vm_config = _inner(document, plugin, plugin.config, "vm_config")
    if field_key(vm_config, "runtime") is None:
        set_field(vm_config, "runtime", _RUNTIME)
    code = _inner(document, plugin, vm_config, "code")
    drop_field(code, "remote")
    local = _inner(document, plugin, code, "local")
    for name in _INLINE:
        drop_field(local, name)
    set_field(local, "filename", wasm_path)


def check_own_code(document: Document, plugin: Plugin) -> None:
    """Make sure that a plugin without a module of the lab's brings code that is here.

    Args:
        document: The configuration.
        plugin: The plugin.

    Raises:
        ConfigurationError: It wants its code from elsewhere.
    """
    code = field(plugin.config, "vm_config", "code")
    remote = field(code, "remote")
    if remote is not None:
        uri = field(remote, "http_uri", "uri")
        raise document.refusal(
            plugin.way,
            f"takes the code of {plugin.label} from another machine, and the lab fetches none.",
            quote=f"remote: {uri}" if uri else "remote",
            hint='download it yourself, and hand it over: Envoy("that.wasm", configuration=…)',
        )


def place_files(document: Document, folder: Path | None, path_of: Callable[[Path], str]) -> None:
    """Let Envoy find the files that a configuration names: a path is relative to that file.

    A path that leads nowhere from there is left as it is, for Envoy to say so.

    Args:
        document: The configuration, which is changed.
        folder: The folder of the file; None for a text, whose paths begin in this process's folder.
        path_of: Says under which path Envoy finds a file of this machine.
    """
    for way, node in walk(document.root):
        key = field_key(node, "filename")
        if key is None and way and str(way[-1]) in ("path_config_source", "pathConfigSource"):
            key = field_key(node, "path")
        if key is None or not isinstance(node[key], str):
            continue
        for base in (folder or Path(), Path()):
            file = base / Path(node[key]).expanduser()
            if file.is_file():
                node[key] = path_of(file.resolve())
                break


def _inner(
    document: Document, plugin: Plugin, node: MutableMapping[str, Any], name: str
) -> MutableMapping[str, Any]:
    """Return the mapping below a field, which is made where there is none."""
    key = field_key(node, name)
    if key is None:
        set_field(node, name, {})
        key = name
    inner = node[key]
    if not isinstance(inner, MutableMapping):
        raise document.refusal(
            plugin.way,
            f"has a {key} that holds no fields, so the module has no place there.",
            quote=f"{key}: {inner}",
            hint="write it as envoy/envoy.yaml does: vm_config: {runtime: …, code: {local:"
            " {filename: …}}}",
        )
    return inner
