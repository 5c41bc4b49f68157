"""The Wasm plugins of a configuration: where they stand, their module, their settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from lab_helpers.errors import ConfigurationError

__all__ = ["move_module", "set_settings", "settings_of", "wasm_configs"]

_WASM_TYPES = ("wasm.v3.Wasm", "wasm.v3.WasmService")


def wasm_configs(node: object) -> Iterator[MutableMapping[str, Any]]:
    """Yield each Wasm plugin's `config`, wherever it stands in the document.

    Args:
        node: A part of a document.
    """
    if isinstance(node, MutableMapping):
        kind = str(node.get("@type", ""))
        config = node.get("config")
        if kind.endswith(_WASM_TYPES) and isinstance(config, MutableMapping):
            yield config
        for value in node.values():
            yield from wasm_configs(value)
    elif isinstance(node, list):
        for value in node:
            yield from wasm_configs(value)


def move_module(config: MutableMapping[str, Any], wasm_path: str, source: str) -> None:
    """Let a plugin take its code from a file.

    Args:
        config: The plugin's `config`, which is changed.
        wasm_path: The module, as Envoy sees it.
        source: What to call the configuration in messages.

    Raises:
        ConfigurationError: It names no local file.
    """
    try:
        config["vm_config"]["code"]["local"]["filename"] = wasm_path
    except (KeyError, TypeError) as error:
        raise ConfigurationError(
            f"A Wasm plugin of {source} does not name a local file.",
            quote=f"missing {error}",
            hint="give it vm_config.code.local.filename, as envoy/envoy.yaml does",
        ) from error


def settings_of(config: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return a plugin's own configuration; empty when it has none.

    Args:
        config: The plugin's `config`.
        source: What to call the configuration in messages.

    Raises:
        ConfigurationError: It is not a JSON object.
    """
    configuration = config.get("configuration") or {}
    try:
        settings = json.loads(configuration["value"] if configuration else "{}")
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"The Wasm plugin's configuration in {source} is not valid JSON.",
            quote=str(error),
            hint="write it as a StringValue that holds one JSON object",
        ) from error
    if not isinstance(settings, dict):
        raise ConfigurationError(
            f"The Wasm plugin's configuration in {source} is not a JSON object.",
            hint="write it as {...}",
        )
    return settings


def set_settings(
    config: MutableMapping[str, Any], settings: Mapping[str, object], source: str
) -> None:
    """Set fields of a plugin's own configuration; the others stay.

    Args:
        config: The plugin's `config`, which is changed.
        settings: The fields.
        source: What to call the configuration in messages.

    Raises:
        ConfigurationError: What is there is no JSON object, or the fields are none.
    """
    merged = settings_of(config, source) | dict(settings)
    try:
        text = json.dumps(merged)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            "The settings cannot be written as JSON, which is how they reach the filter.",
            quote=str(error),
            hint='use numbers, texts, True and False, as in settings={"tick_ms": 1000}',
        ) from error
    config["configuration"] = {
        "@type": "type.googleapis.com/google.protobuf.StringValue",
        "value": text,
    }
