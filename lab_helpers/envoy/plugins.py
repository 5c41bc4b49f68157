"""The plugins of a configuration: where they stand, what they are called, their code.

A plugin is an HTTP or a network filter, a Wasm Service or a logger; or a dynamic module as an HTTP
filter, whose `config` is what the others have around theirs. It may stand in a TypedStruct
of either make, as in the article's file: the same fields under `value`, their type in `type_url`.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from lab_helpers.envoy.document import Document, Way, walk
from lab_helpers.envoy.spelling import field, field_key

__all__ = [
    "LIBRARY",
    "Plugin",
    "library_configs",
    "plugins_in",
    "runs_libraries",
    "wasm_configs",
]

LIBRARY = "dynamic module"
"""What a plugin is that Envoy loads as a library."""

_TYPED_STRUCTS = ("udpa.type.v1.TypedStruct", "xds.type.v3.TypedStruct")
_KINDS = {
    "filters.http.wasm.v3.Wasm": "HTTP filter",
    "filters.network.wasm.v3.Wasm": "network filter",
    "extensions.wasm.v3.WasmService": "Wasm Service",
    "access_loggers.wasm.v3.WasmAccessLog": "access logger",
    "stat_sinks.wasm.v3.Wasm": "stats sink",
    "filters.http.dynamic_modules.v3.DynamicModuleFilter": LIBRARY,
}
_ANY_LIBRARY = ".dynamic_modules.v3."
_NATIVE_RUNTIME = "envoy.wasm.runtime.null"


@dataclasses.dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin as it stands in a document.

    Attributes:
        way: The way to its `config`.
        config: The plugin's `config`, a part of the document.
        kind: What it is, as in `HTTP filter`, or `LIBRARY`.
        name: Its own name; "" where it has none.
        slot: The name of the extension that holds it, as in `envoy.filters.http.wasm`.
        vm_id: Its VM's name; "" where it has none.
    """

    way: Way
    config: MutableMapping[str, Any]
    kind: str
    name: str
    slot: str
    vm_id: str

    @property
    def label(self) -> str:
        """Return what to call it: its own name, else the name of what holds it."""
        return self.name or self.slot

    @property
    def code(self) -> str:
        """Return what it names as its code, as text; "" where it names none."""
        if self.is_library:
            return _library_file(self.config)
        code = field(self.config, "vm_config", "code")
        filename = field(code, "local", "filename")
        if code is None or isinstance(filename, str):
            return filename or ""
        return json.dumps(code, sort_keys=True, default=str)

    @property
    def is_library(self) -> bool:
        """Return whether it is a dynamic module, which is no Wasm."""
        return self.kind == LIBRARY

    @property
    def settings_field(self) -> str:
        """Return in which field of its `config` its settings stand."""
        return "filter_config" if self.is_library else "configuration"

    @property
    def takes_module(self) -> bool:
        """Return whether it runs a module, and no code that was compiled into Envoy."""
        return self.is_library or str(field(self.config, "vm_config", "runtime")) != _NATIVE_RUNTIME


def plugins_in(document: Document) -> tuple[Plugin, ...]:
    """Return the plugins that run modules, in the file's order.

    Args:
        document: The configuration.

    Raises:
        ConfigurationError: One has no `config`.
    """
    found = []
    for way, kind, fields in _extensions(document.root):
        if kind == LIBRARY:
            found.append(_library(document, way, fields))
            continue
        key = field_key(fields, "config")
        if key is None:
            raise document.refusal(
                way,
                "is a Wasm plugin without a config.",
                hint="give it config: {vm_config: {runtime: envoy.wasm.runtime.v8, code: …}}, as"
                " envoy/envoy.yaml does",
            )
        config = fields[key]
        if isinstance(config, MutableMapping):
            found.append(_plugin(document, (*way, key), kind, config))
    return tuple(found)


def wasm_configs(node: object) -> Iterator[MutableMapping[str, Any]]:
    """Yield each Wasm plugin's `config`, wherever it stands in the document.

    Args:
        node: A part of a document.
    """
    for _, kind, fields in _extensions(node):
        config = field(fields, "config")
        if kind != LIBRARY and isinstance(config, MutableMapping):
            yield config


def runs_libraries(node: object) -> bool:
    """Return whether any dynamic module stands in the document: not only HTTP filters can be one.

    Args:
        node: A part of a document.
    """
    kinds = ("@type", "type_url", "typeUrl")
    return any(
        _ANY_LIBRARY in str(message.get(kind, "")) for _, message in walk(node) for kind in kinds
    )


def library_configs(node: object) -> Iterator[MutableMapping[str, Any]]:
    """Yield the fields of each dynamic module that is an HTTP filter.

    Args:
        node: A part of a document.
    """
    for _, kind, fields in _extensions(node):
        if kind == LIBRARY:
            yield fields


def _extensions(node: object) -> Iterator[tuple[Way, str, MutableMapping[str, Any]]]:
    """Yield the way to each extension that runs a module, its kind, and where its fields are."""
    for place, message in walk(node):
        way = place
        named = str(message.get("@type", ""))
        fields: Any = message
        if named.endswith(_TYPED_STRUCTS):
            named = str(field(message, "type_url") or "")
            key = field_key(message, "value")
            fields = message.get(key) if key else None
            way = (*way, key) if key else way
        kind = next((kind for end, kind in _KINDS.items() if named.endswith(end)), None)
        if kind and isinstance(fields, MutableMapping):
            yield way, kind, fields


def _plugin(document: Document, way: Way, kind: str, config: MutableMapping[str, Any]) -> Plugin:
    return Plugin(
        way=way,
        config=config,
        kind=kind,
        name=str(field(config, "name") or ""),
        slot=_slot(document.root, way) or kind,
        vm_id=str(field(config, "vm_config", "vm_id") or ""),
    )


def _library(document: Document, way: Way, fields: MutableMapping[str, Any]) -> Plugin:
    return Plugin(
        way=way,
        config=fields,
        kind=LIBRARY,
        name=str(
            field(fields, "filter_name") or field(fields, "dynamic_module_config", "name") or ""
        ),
        slot=_slot(document.root, way) or LIBRARY,
        vm_id="",
    )


def _library_file(config: Mapping[str, Any]) -> str:
    """Return the file that a dynamic module names; "" where it names none, or one elsewhere."""
    named = field(config, "dynamic_module_config", "module", "local", "filename")
    name = field(config, "dynamic_module_config", "name")
    return str(named or (f"lib{name}.so" if name else ""))


def _slot(root: object, way: Way) -> str:
    """Return the name of the innermost extension on the way, which is said beside its settings."""
    name = ""
    node: Any = root
    for step, after in itertools.pairwise(way):
        node = node[step]
        if not isinstance(node, MutableMapping):
            continue
        if after in ("typed_config", "typedConfig"):
            name = str(node.get("name") or name)
        elif step in ("typed_per_filter_config", "typedPerFilterConfig"):
            name = str(after)
    return name
