"""The settings of a plugin: what a filter is handed as it starts, in each form Envoy takes."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, MutableMapping
from typing import Annotated, Any

from lab_helpers.arguments import Range
from lab_helpers.envoy.plugins import Plugin
from lab_helpers.envoy.spelling import drop_field, field, set_field
from lab_helpers.errors import ConfigurationError

__all__ = [
    "FAILURE_POLICIES",
    "Backoff",
    "check_policy",
    "is_struct",
    "set_backoff",
    "set_policy",
    "set_settings",
    "settings_of",
]

_RELOADING = "FAIL_RELOAD"
Backoff = Annotated[float, Range(0.001, 3_600)]
FAILURE_POLICIES = ("FAIL_CLOSED", "FAIL_OPEN", "FAIL_RELOAD")
_TEXT = "google.protobuf.StringValue"
_BYTES = "google.protobuf.BytesValue"
_STRUCT = "google.protobuf.Struct"


def settings_of(
    config: Mapping[str, Any], source: str, name: str = "configuration"
) -> dict[str, Any]:
    """Return a plugin's own configuration; empty when it has none.

    Args:
        config: The plugin's `config`.
        source: What to call the configuration in messages.
        name: The field that it stands in.

    Raises:
        ConfigurationError: It is not a JSON object.
    """
    configuration = field(config, name)
    if configuration is None or configuration == {}:
        return {}
    kind = str(configuration.get("@type", "")) if isinstance(configuration, Mapping) else ""
    value = field(configuration, "value")
    if kind.endswith(_STRUCT):
        return _struct(value, source)
    if kind.endswith(_BYTES):
        return _object(_decoded(value, source), source)
    if kind.endswith(_TEXT) or not kind:
        return _object(value, source)
    raise ConfigurationError(
        f"The Wasm plugin's configuration in {source} is of a type that the lab cannot change.",
        quote=f"@type: {kind}",
        hint=f"write it as a type.googleapis.com/{_TEXT} that holds one JSON object, or leave"
        " settings= out",
    )


def set_settings(plugin: Plugin, settings: Mapping[str, object], source: str) -> None:
    """Set fields of a plugin's own configuration; the others stay.

    A Struct becomes a text: Envoy hands it over in protobuf's own encoding (measured with 1.40),
    while the filter that takes fields takes JSON.

    Args:
        plugin: The plugin, whose `config` is changed.
        settings: The fields.
        source: What to call the configuration in messages.

    Raises:
        ConfigurationError: What is there is no JSON object, or the fields are none.
    """
    config, name = plugin.config, plugin.settings_field
    merged = settings_of(config, source, name) | dict(settings)
    try:
        text = json.dumps(merged)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            "The settings cannot be written as JSON, which is how they reach the filter.",
            quote=str(error),
            hint='use numbers, texts, True and False, as in settings={"tick_ms": 1000}',
        ) from error
    configuration = field(config, name)
    kind = str(configuration.get("@type", "")) if isinstance(configuration, Mapping) else ""
    if isinstance(configuration, MutableMapping) and kind.endswith(_BYTES):
        set_field(configuration, "value", base64.b64encode(text.encode()).decode())
    else:
        fresh = {"@type": f"type.googleapis.com/{_TEXT}", "value": text}
        set_field(config, name, fresh)


def is_struct(config: Mapping[str, Any]) -> bool:
    """Return whether a plugin's own configuration is a Struct, which reaches no filter as JSON.

    Args:
        config: The plugin's `config`.
    """
    return str(field(config, "configuration", "@type") or "").endswith(_STRUCT)


def check_policy(policy: str | None) -> None:
    """Make sure that Envoy has a failure policy.

    Args:
        policy: As it was given; None for none.

    Raises:
        ConfigurationError: It has not.
    """
    if policy and policy not in FAILURE_POLICIES:
        raise ConfigurationError(
            f"There is no failure policy {policy!r}.",
            hint=f"one of: {', '.join(FAILURE_POLICIES)}",
        )


def set_policy(plugin: Plugin, policy: str) -> None:
    """Set what happens to requests when a plugin's VM has crashed.

    Args:
        plugin: The plugin, whose `config` is changed.
        policy: One of `FAILURE_POLICIES`.

    Raises:
        ConfigurationError: It has no VM.
    """
    config = plugin.config
    _check_has_vm(plugin, f'failure_policy="{policy}"')
    drop_field(config, "fail_open")  # its older form: Envoy takes one of the two
    set_field(config, "failure_policy", policy)


def set_backoff(plugin: Plugin, backoff_s: float) -> None:
    """Set about how long Envoy waits before it makes a VM that failed anew.

    Args:
        plugin: The plugin, whose `config` is changed.
        backoff_s: How long, in seconds.

    Raises:
        ConfigurationError: Its VM is never made anew, so it would silently do nothing.
    """
    config = plugin.config
    _check_has_vm(plugin, f"reload_backoff_s={backoff_s:g}")
    policy = str(field(config, "failure_policy") or "")
    name = str(field(config, "name") or "")
    called = f"of {name} " if name else ""
    if policy != _RELOADING:
        raise ConfigurationError(
            f"reload_backoff_s does nothing here: Envoy never makes a failed VM {called}anew.",
            quote=f"failure_policy: {policy or 'none, which is FAIL_CLOSED'}",
            hint=f'failure_policy="{_RELOADING}" beside it',
        )
    wait = f"{backoff_s:.9f}".rstrip("0").rstrip(".") + "s"
    set_field(config, "reload_config", {"backoff": {"base_interval": wait}})


def _check_has_vm(plugin: Plugin, asked: str) -> None:
    if plugin.is_library:
        raise ConfigurationError(
            f"{plugin.label} is a dynamic module: it has no VM, so {asked} means nothing there. Its"
            " panic ends the whole Envoy.",
            hint="leave it out",
        )


def _object(text: object, source: str) -> dict[str, Any]:
    """Return the JSON object that a text holds; an empty text holds an empty one."""
    try:
        settings = {} if text in (None, "") else json.loads(str(text))
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"The Wasm plugin's configuration in {source} is not valid JSON, so no field of it can"
            " be read or set.",
            quote=f"{text}\n{error}",
            hint="write it as a StringValue that holds one JSON object; or, if this filter reads"
            " another kind of text, leave settings= out and write it in the file",
        ) from error
    if not isinstance(settings, dict):
        raise ConfigurationError(
            f"The Wasm plugin's configuration in {source} is not a JSON object.",
            quote=str(text),
            hint="write it as {...}",
        )
    return settings


def _struct(value: object, source: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigurationError(
            f"The Wasm plugin's configuration in {source} is a Struct that holds no fields.",
            quote=f"value: {value}",
            hint="write its fields below value:",
        )
    plain: dict[str, Any] = json.loads(json.dumps(value, default=str))
    return plain


def _decoded(value: object, source: str) -> str:
    """Return the text that a BytesValue holds: protobuf's JSON has it in base64, of either kind."""
    text = str(value or "").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The Wasm plugin's configuration in {source} holds bytes that are no text.",
            quote=str(error),
            hint="leave settings= out; or write it as a StringValue that holds one JSON object",
        ) from error
