"""Read an Envoy configuration, and move its ports and paths by changing the parsed document.

The files under `envoy/` run as they stand, with the article's ports. The lab moves them so that
thirty people can share a machine. What it does not touch, comments included, stays as written.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from lab_helpers.envoy.configuration_files import find_configuration
from lab_helpers.envoy.document import yaml_format
from lab_helpers.envoy.moving import move_admin, move_cluster, move_listeners
from lab_helpers.envoy.plugins import move_module, set_settings, settings_of, wasm_configs
from lab_helpers.errors import ConfigurationError
from lab_helpers.launch.interface import Address, Places

__all__ = ["Configuration"]

_FAILURE_POLICIES = ("FAIL_CLOSED", "FAIL_OPEN", "FAIL_RELOAD")


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
            document = yaml_format().load(text)
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
        return next(wasm_configs(self.document), None) is not None

    @property
    def settings(self) -> dict[str, Any]:
        """Return the first Wasm plugin's own configuration; empty when it has none.

        Raises:
            ConfigurationError: It is not a JSON object.
        """
        config = next(wasm_configs(self.document), None)
        return {} if config is None else settings_of(config, self.source)

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
        move_listeners(document, places, self.source)
        move_admin(document, places, self.source)
        if upstream is not None:
            move_cluster(document, upstream)
        configs = list(wasm_configs(document))
        if (settings or failure_policy) and not configs:
            raise ConfigurationError(
                f"{self.source} runs no Wasm, so it has no filter to configure.",
                hint="start it without settings, or name a configuration with a Wasm filter",
            )
        for config in configs:
            if places.wasm_path is not None:
                move_module(config, places.wasm_path, self.source)
            if settings:
                set_settings(config, settings, self.source)
            if failure_policy:
                config["failure_policy"] = failure_policy
        return Configuration(document, self.source)

    def dump(self) -> str:
        """Return the document as YAML, with the comments it was read with."""
        stream = io.StringIO()
        yaml_format().dump(self.document, stream)
        return stream.getvalue()
