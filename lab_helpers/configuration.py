"""Read an Envoy configuration, and move its ports and paths by changing the parsed document.

The files under `envoy/` run as they stand, with the article's ports. The lab moves them so that
thirty people can share a machine. What it does not touch, comments included, stays as written.
"""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import ruamel.yaml
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder, work_folder
from lab_helpers.launch.interface import Address, Places

__all__ = [
    "CLUSTER",
    "Configuration",
    "default_configuration",
    "find_configuration",
    "learner_configurations",
]

CLUSTER = "my_custom_svc"
_FAILURE_POLICIES = ("FAIL_CLOSED", "FAIL_OPEN", "FAIL_RELOAD")
_WASM_TYPES = ("wasm.v3.Wasm", "wasm.v3.WasmService")


def default_configuration() -> Path:
    """Return the article's configuration, `envoy/envoy.yaml`."""
    return repository_folder() / "envoy" / "envoy.yaml"


def learner_configurations() -> Path:
    """Return the folder of the learner's own configurations, `work/envoy`; make it when missing."""
    folder = work_folder() / "envoy"
    folder.mkdir(exist_ok=True)
    return folder


def find_configuration(name: Path | str) -> Path:
    """Return where a configuration lies, so that a notebook need not know where it lies itself.

    Args:
        name: A path; or from anywhere `bare.yaml` for the lab's, `mine.yaml` for the learner's own.

    Returns:
        The learner's own of that name first, then the lab's; the path as given if neither is there.
    """
    path = Path(name).expanduser()
    own = work_folder() / "envoy" / path
    ours = repository_folder() / "envoy" / path
    places = (path, own, ours, repository_folder() / path)
    return next((place for place in places if place.is_file()), path)


class Configuration:
    """An Envoy configuration as a parsed document.

    Args:
        document: The parsed YAML; it is not changed.
        source: What to call it in messages.
    """

    def __init__(self, document: MutableMapping[str, Any], source: str) -> None:
        self.document = document
        self.source = source

    @classmethod
    def read(cls, path: Path | str) -> Configuration:
        """Read a YAML file.

        Args:
            path: The file, or its name alone as `find_configuration` takes it.

        Raises:
            ConfigurationError: It cannot be read, is no YAML, or holds no mapping.
        """
        file = find_configuration(path)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"The configuration {file} cannot be read.",
                quote=str(error),
                hint="check the path; the lab's own is envoy/envoy.yaml",
            ) from error
        return cls.parse(text, str(file))

    @classmethod
    def parse(cls, text: str, source: str = "the configuration") -> Configuration:
        """Read YAML from a string.

        Args:
            text: The YAML.
            source: What to call it in messages.

        Raises:
            ConfigurationError: It is no YAML, or holds no mapping.
        """
        try:
            document = _yaml().load(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark
            place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
            raise ConfigurationError(
                f"{source} is not valid YAML{place}.",
                quote=" ".join(part for part in (error.context, error.problem) if part),
                hint="check that line's indentation and colons; YAML takes no tabs",
            ) from error
        except YAMLError as error:
            raise ConfigurationError(f"{source} is not valid YAML.", quote=str(error)) from error
        if not isinstance(document, MutableMapping):
            raise ConfigurationError(
                f"{source} holds no Envoy configuration.",
                hint="it must begin with keys such as admin: and static_resources:",
            )
        return cls(document, source)

    @property
    def has_wasm(self) -> bool:
        """Return whether it runs any Wasm."""
        return next(self._wasm_configs(self.document), None) is not None

    @property
    def settings(self) -> dict[str, Any]:
        """Return the first Wasm plugin's own configuration; empty when it has none.

        Raises:
            ConfigurationError: It is not a JSON object.
        """
        config = next(self._wasm_configs(self.document), None)
        return {} if config is None else self._settings_of(config)

    def moved(
        self,
        places: Places,
        *,
        upstream: Address | None = None,
        settings: Mapping[str, object] | None = None,
        failure_policy: str | None = None,
    ) -> Configuration:
        """Return a copy that fits where it will run.

        Args:
            places: Where the Envoy that reads it finds things.
            upstream: Where the cluster `my_custom_svc` is; None leaves it.
            settings: Fields of the Wasm plugins' configuration to set; the others stay.
            failure_policy: `FAIL_CLOSED`, `FAIL_OPEN` or `FAIL_RELOAD`; None leaves it.

        Raises:
            ConfigurationError: It has no listener or admin address to move, settings were given
                and it runs no Wasm, or they are none that a filter can have.
        """
        if failure_policy and failure_policy not in _FAILURE_POLICIES:
            raise ConfigurationError(
                f"There is no failure policy {failure_policy!r}.",
                hint=f"one of: {', '.join(_FAILURE_POLICIES)}",
            )
        document = copy.deepcopy(self.document)
        self._move_listeners(document, places)
        self._move_admin(document, places)
        if upstream is not None:
            self._move_cluster(document, upstream)
        configs = list(self._wasm_configs(document))
        if (settings or failure_policy) and not configs:
            raise ConfigurationError(
                f"{self.source} runs no Wasm, so it has no filter to configure.",
                hint="start it without settings, or name a configuration with a Wasm filter",
            )
        for config in configs:
            if places.wasm_path is not None:
                self._move_module(config, places.wasm_path)
            if settings:
                self._set_settings(config, settings)
            if failure_policy:
                config["failure_policy"] = failure_policy
        return Configuration(document, self.source)

    def dump(self) -> str:
        """Return the document as YAML, with the comments it was read with."""
        stream = io.StringIO()
        _yaml().dump(self.document, stream)
        return stream.getvalue()

    def _move_listeners(self, document: MutableMapping[str, Any], places: Places) -> None:
        for number, listener in enumerate(_mappings_at(document, "static_resources", "listeners")):
            address = _at(listener, "address", "socket_address")
            if not isinstance(address, MutableMapping):
                raise ConfigurationError(
                    f"Listener {number} of {self.source} has no address.socket_address.",
                    hint="give it an address and a port_value, as envoy/envoy.yaml does",
                )
            address["address"] = places.listen_host
            address["port_value"] = places.listener_port if number == 0 else 0

    def _move_admin(self, document: MutableMapping[str, Any], places: Places) -> None:
        socket_address = {"address": places.listen_host, "port_value": places.admin_port}
        if document.get("admin") is None:
            document["admin"] = {}
        found = _at(document, "admin", "address", "socket_address")
        if isinstance(found, MutableMapping):
            found.update(socket_address)
        elif isinstance(document["admin"], MutableMapping):
            document["admin"]["address"] = {"socket_address": socket_address}
        else:
            raise ConfigurationError(
                f"The admin: of {self.source} holds no address.",
                hint="write its address below it, as envoy/envoy.yaml does, or leave it empty",
            )

    def _move_cluster(self, document: MutableMapping[str, Any], upstream: Address) -> None:
        for cluster in _mappings_at(document, "static_resources", "clusters"):
            if cluster.get("name") != CLUSTER:
                continue
            for address in _socket_addresses(cluster.get("load_assignment") or {}):
                address["address"], address["port_value"] = upstream.host, upstream.port
            if not upstream.host.replace(".", "").isdigit():
                cluster["type"] = "STRICT_DNS"
                cluster["dns_lookup_family"] = "V4_ONLY"

    def _wasm_configs(self, node: object) -> Iterator[MutableMapping[str, Any]]:
        """Yield each Wasm plugin's `config`, wherever it stands in the document."""
        if isinstance(node, MutableMapping):
            kind = str(node.get("@type", ""))
            config = node.get("config")
            if kind.endswith(_WASM_TYPES) and isinstance(config, MutableMapping):
                yield config
            for value in node.values():
                yield from self._wasm_configs(value)
        elif isinstance(node, list):
            for value in node:
                yield from self._wasm_configs(value)

    def _move_module(self, config: MutableMapping[str, Any], wasm_path: str) -> None:
        try:
            config["vm_config"]["code"]["local"]["filename"] = wasm_path
        except (KeyError, TypeError) as error:
            raise ConfigurationError(
                f"A Wasm plugin of {self.source} does not name a local file.",
                quote=f"missing {error}",
                hint="give it vm_config.code.local.filename, as envoy/envoy.yaml does",
            ) from error

    def _settings_of(self, config: Mapping[str, Any]) -> dict[str, Any]:
        configuration = config.get("configuration") or {}
        try:
            settings = json.loads(configuration["value"] if configuration else "{}")
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(
                f"The Wasm plugin's configuration in {self.source} is not valid JSON.",
                quote=str(error),
                hint="write it as a StringValue that holds one JSON object",
            ) from error
        if not isinstance(settings, dict):
            raise ConfigurationError(
                f"The Wasm plugin's configuration in {self.source} is not a JSON object.",
                hint="write it as {...}",
            )
        return settings

    def _set_settings(
        self, config: MutableMapping[str, Any], settings: Mapping[str, object]
    ) -> None:
        merged = self._settings_of(config) | dict(settings)
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


def _at(node: object, *keys: str) -> object:
    """Return what stands below the keys; None where the document has another shape.

    Envoy refuses such a document, and says in its own words where it is wrong.
    """
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def _mappings_at(node: object, *keys: str) -> list[MutableMapping[str, Any]]:
    """Return the mappings in the list below the keys; none where the document has another shape."""
    found = _at(node, *keys)
    values = found if isinstance(found, list) else ()
    return [value for value in values if isinstance(value, MutableMapping)]


def _socket_addresses(node: object) -> Iterator[MutableMapping[str, Any]]:
    if isinstance(node, MutableMapping):
        if isinstance(node.get("socket_address"), MutableMapping):
            yield node["socket_address"]
        for value in node.values():
            yield from _socket_addresses(value)
    elif isinstance(node, list):
        for value in node:
            yield from _socket_addresses(value)


def _yaml() -> ruamel.yaml.YAML:
    """Return a reader and writer that keeps comments, order and quotes."""
    yaml = ruamel.yaml.YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml
