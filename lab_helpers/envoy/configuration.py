"""Read an Envoy configuration, and move its ports and paths by changing the parsed document.

The files under `envoy/` run as they stand, with the article's ports. The lab moves them, and
anybody else's, so that thirty people can share a machine. What it does not touch, comments
included, stays as written. What may be an address, and is not understood, it refuses.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from lab_helpers.arguments import checked
from lab_helpers.envoy.addresses import bound_addresses
from lab_helpers.envoy.aliases import has_merge_keys, own_nodes
from lab_helpers.envoy.clusters import Called, called_hosts, move_clusters
from lab_helpers.envoy.configuration_files import find_configuration, is_the_labs
from lab_helpers.envoy.discovery import Discovered, discover
from lab_helpers.envoy.document import Document, check_spelling, yaml_format
from lab_helpers.envoy.domains import tell_domains
from lab_helpers.envoy.extension_types import check_types
from lab_helpers.envoy.moving import move_addresses
from lab_helpers.envoy.old_fields import check_fields
from lab_helpers.envoy.placement import Given, Placement, assign, placements, shared_vms
from lab_helpers.envoy.plugin_code import leave_own_code, place_files, put_module
from lab_helpers.envoy.plugin_settings import (
    Backoff,
    check_policy,
    is_struct,
    set_backoff,
    set_policy,
    set_settings,
    settings_of,
)
from lab_helpers.envoy.plugins import (
    Plugin,
    library_configs,
    plugins_in,
    runs_libraries,
    wasm_configs,
)
from lab_helpers.envoy.reading import parse_text
from lab_helpers.envoy.repeated import as_lists
from lab_helpers.envoy.spelling import drop_field, field, set_field
from lab_helpers.envoy.values import check_called_addresses
from lab_helpers.errors import ConfigurationError
from lab_helpers.launch.interface import Address, Listening, Places
from lab_helpers.special_files import special_file

__all__ = ["Configuration"]

# The filter whose names and settings the lab's own configuration has, and the VM it has there.
_TOKEN = "token"  # noqa: S105  # a filter's name
_TOKEN_VM = "token_vm"  # noqa: S105  # a VM's name


class Configuration:
    """An Envoy configuration as a parsed document.

    Args:
        document: The parsed YAML; it is not changed.
        source: What to call it in messages.
        file: The file that it was read from; None for a text.
    """

    @checked
    def __init__(
        self, document: MutableMapping[Any, Any], source: str, file: Path | None = None
    ) -> None:
        self.document = document
        self.source = source
        self.file = file
        self.listening: tuple[Listening, ...] = ()
        self.chosen_ports: tuple[int, ...] = ()
        self.discovered: tuple[Discovered, ...] = ()

    @classmethod
    @checked
    def read(cls, path: Path | str) -> Configuration:
        """Read a YAML or JSON file.

        Args:
            path: The file, or its name alone as `find_configuration` takes it.

        Raises:
            ConfigurationError: It cannot be read, is neither, or holds no configuration of Envoy's.
        """
        file = find_configuration(path)
        if special := special_file(file, once=True):
            raise ConfigurationError(
                f"The configuration {file} is {special}, not a file.", hint="name a file"
            )
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"The configuration {file} cannot be read.",
                quote=str(error),
                hint="check the path; the lab's own is envoy/envoy.yaml",
            ) from error
        return cls(parse_text(text, str(file)), str(file), file.resolve())

    @classmethod
    @checked
    def parse(cls, text: str, source: str = "the configuration") -> Configuration:
        """Read YAML or JSON from a string.

        Args:
            text: The YAML.
            source: What to call it in messages.

        Raises:
            ConfigurationError: It is neither, or holds no configuration of Envoy's.
        """
        return cls(parse_text(text, source), source)

    @property
    def has_wasm(self) -> bool:
        """Return whether it runs any Wasm."""
        return next(wasm_configs(self.document), None) is not None

    @property
    def has_libraries(self) -> bool:
        """Return whether it runs any dynamic module."""
        return runs_libraries(self.document)

    @property
    def settings(self) -> dict[str, Any]:
        """Return the first plugin's own configuration; empty when it has none.

        Raises:
            ConfigurationError: It is not a JSON object.
        """
        config = next(wasm_configs(self.document), None)
        if config is not None:
            return settings_of(config, self.source)
        library = next(library_configs(self.document), None)
        return {} if library is None else settings_of(library, self.source, "filter_config")

    @checked
    def moved(
        self,
        places: Places,
        *,
        upstream: Address | None = None,
        every_cluster: bool = False,
        settings: Mapping[str, Any] | None = None,
        failure_policy: str | None = None,
        reload_backoff_s: Backoff | None = None,
        filter_name: str | None = None,
    ) -> Configuration:
        """Return a copy that fits where it will run.

        Args:
            places: Where the Envoy that reads it finds things.
            upstream: Where the cluster `my_custom_svc` is; None leaves it.
            every_cluster: Whether all clusters that call others than this Envoy are there as well.
            settings: Fields of the Wasm plugins' configuration to set; the others stay. Where each
                plugin has a module of its own: its fields, by the module's name.
            failure_policy: `FAIL_CLOSED`, `FAIL_OPEN` or `FAIL_RELOAD`; None leaves it.
            reload_backoff_s: How long Envoy waits before it makes a failed VM anew, in seconds;
                None leaves it.
            filter_name: What the filter is called; the plugin of the lab's own configuration is
                called after it.

        Raises:
            ConfigurationError: An address is none that the lab can move, a module or a setting has
                no place in it, or it is of a kind that Envoy does not read.
        """
        check_policy(failure_policy)
        written = self._written
        root = written.root
        check_spelling(written)
        check_fields(written)
        check_types(written)
        plugins = plugins_in(written)
        addresses = move_addresses(written, places)
        if upstream is not None:
            check_called_addresses(self._written, every=every_cluster)
            move_clusters(root, upstream, addresses.named, every=every_cluster)
        if (settings or failure_policy or reload_backoff_s is not None) and not plugins:
            raise ConfigurationError(
                f"{self.source} runs no Wasm, so it has no filter to configure.",
                hint="start it without settings, or name a configuration with a Wasm filter",
            )
        if filter_name not in (None, _TOKEN) and is_the_labs(self.file):
            _call_after(plugins, str(filter_name))
        self._put_modules(written, plugins, places, settings or {})
        for plugin in plugins:
            if failure_policy:
                set_policy(plugin, failure_policy)
            if reload_backoff_s is not None:
                set_backoff(plugin, reload_backoff_s)
        place_files(written, self.file.parent if self.file else None, places.path_of)
        found = discover(written, plugins, places.reload_folder) if places.reload_folder else ()
        moved = Configuration(root, self.source, self.file)
        moved.discovered = found
        moved.listening, moved.chosen_ports = addresses.listening, addresses.chosen
        return moved

    @checked
    def placements(self, given: Given) -> tuple[Placement, ...]:
        """Return which module runs where, in the file's order.

        Args:
            given: The modules.

        Raises:
            ConfigurationError: A module has no place, or more than one is meant.
        """
        return placements(self._written, plugins_in(self._written), given)

    @checked
    def remarks(self, given: Given, *, told: bool = False) -> tuple[str, ...]:
        """Say what of it works otherwise than one may think.

        Args:
            given: The modules.
            told: Whether settings are set, so that they reach the filters as JSON in any case.

        Raises:
            ConfigurationError: A module has no place, or more than one is meant.
        """
        plugins = plugins_in(self._written)
        said = list(shared_vms(plugins, self.placements(given)))
        said += [
            f"the configuration of {plugin.label} is a Struct, which Envoy hands to the filter in"
            " protobuf's own encoding: for a filter that reads JSON write a StringValue"
            for plugin in plugins
            if is_struct(plugin.config) and not told and not plugin.is_library
        ]
        if field(self.document, "dynamic_resources", "cds_config") is not None:
            said.append(
                "its clusters come from elsewhere (cds_config): one that calls a listener of this"
                " file still calls its old port"
            )
        said += tell_domains(self._written.root, bound_addresses(self._written))
        if has_merge_keys(self.document):
            said.append("it has merge keys (<<), which Envoy does not read: the lab wrote them out")
        return tuple(said)

    @property
    def called(self) -> tuple[Called, ...]:
        """Return the hosts that its clusters call beyond this Envoy."""
        return called_hosts(self._written)

    def dump(self) -> str:
        """Return the document as YAML, with the comments it was read with."""
        stream = io.StringIO()
        yaml_format().dump(self.document, stream)
        return stream.getvalue()

    @property
    def _written(self) -> Document:
        """Return a copy of the document, in which what may be written in several ways is in one."""
        root = own_nodes(self.document, self.source)
        as_lists(root)
        return Document(root, self.source)

    def _put_modules(
        self,
        written: Document,
        plugins: tuple[Plugin, ...],
        places: Places,
        settings: Mapping[str, Any],
    ) -> None:
        """Give each plugin its module and its settings."""
        several = bool(places.wasm_paths)
        paths = places.wasm_paths if several else {"": places.wasm_path}
        assigned: Mapping[int, str] = {}
        if several or places.wasm_path is not None:
            assigned = assign(written, plugins, tuple(paths) if several else None)
        for number, plugin in enumerate(plugins):
            name = assigned.get(number)
            path = None if name is None else paths[name]
            if path is None:
                leave_own_code(written, plugin, self.file, places.path_of)
            else:
                put_module(written, plugin, path)
            fields = settings.get(name or "", {}) if several else settings
            if fields:
                set_settings(plugin, fields, self.source)


def _call_after(plugins: tuple[Plugin, ...], filter_name: str) -> None:
    """Call the token filter's plugins after another filter, and leave it its settings."""
    name = re.sub(r"[^\w.-]+", "_", filter_name)
    for plugin in plugins:
        if plugin.vm_id != _TOKEN_VM:
            continue
        set_field(plugin.config, "name", name)
        set_field(plugin.config, "root_id", name)
        set_field(field(plugin.config, "vm_config"), "vm_id", f"{name}_vm")
        drop_field(plugin.config, "configuration")
