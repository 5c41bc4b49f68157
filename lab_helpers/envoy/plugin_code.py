"""The code of a plugin: another module in its place, or its own where Envoy can have it."""

from __future__ import annotations

import os
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from lab_helpers.envoy.document import Document, walk
from lab_helpers.envoy.plugins import Plugin
from lab_helpers.envoy.spelling import drop_field, field, field_key, set_field
from lab_helpers.library_files import library_fault

__all__ = ["SEARCH_PATH", "leave_own_code", "place_files", "put_module"]

SEARCH_PATH = "ENVOY_DYNAMIC_MODULES_SEARCH_PATH"
"""The variable of its environment that tells Envoy where dynamic modules are."""

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
    if plugin.is_library:
        _put_library(document, plugin, wasm_path)
        return
    vm_config = _inner(document, plugin, plugin.config, "vm_config")
    if field_key(vm_config, "runtime") is None:
        set_field(vm_config, "runtime", _RUNTIME)
    code = _inner(document, plugin, vm_config, "code")
    drop_field(code, "remote")
    local = _inner(document, plugin, code, "local")
    for name in _INLINE:
        drop_field(local, name)
    set_field(local, "filename", wasm_path)


def leave_own_code(
    document: Document, plugin: Plugin, file: Path | None, path_of: Callable[[Path], str]
) -> None:
    """Make sure that a plugin without a module of the lab's brings code that is here.

    Args:
        document: The configuration; where a dynamic module is given by its name, it is changed.
        plugin: The plugin.
        file: The configuration's file; None for a text.
        path_of: Says under which path Envoy finds a file of this machine.

    Raises:
        ConfigurationError: It wants its code from elsewhere, or what is there is no dynamic module.
    """
    if plugin.is_library:
        _place_library(document, plugin, file.parent if file else Path(), path_of)
        return
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


def _place_library(
    document: Document, plugin: Plugin, folder: Path, path_of: Callable[[Path], str]
) -> None:
    """Let Envoy find a dynamic module that it is given by its name alone.

    Envoy itself looks where a variable of its environment says. A container has another
    environment and other files, and the lab is started in any folder.
    """
    name = field(plugin.config, "dynamic_module_config", "name")
    if not isinstance(name, str):
        return
    told = os.environ.get(SEARCH_PATH)
    places = (Path(told),) if told else (folder, Path())
    files = (place / f"lib{name}.so" for place in places)
    found = next((file.resolve() for file in files if file.is_file()), None)
    if found is None:
        return
    if fault := library_fault(found):
        raise fault
    place = path_of(found)
    if told and place == str(found):
        return  # Envoy has this process's environment, and finds it there itself
    _put_library(document, plugin, place)


def _put_library(document: Document, plugin: Plugin, path: str) -> None:
    inner = _inner(document, plugin, plugin.config, "dynamic_module_config")
    drop_field(inner, "name")
    set_field(inner, "module", {"local": {"filename": path}})


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
