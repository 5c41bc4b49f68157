"""Let Envoy take other code for its Wasm HTTP filters while it runs: extension config discovery.

Each such filter's configuration also stands in a file of its own (ECDS by file), in a folder that
Envoy watches. What stands in the main document stays as the default, and is applied at once: so
a start is the same as without (as many VMs, the same words where it fails), and the file, which
says the same at first, changes nothing. `docs/decisions.md` has what was measured.
"""

from __future__ import annotations

import copy
import dataclasses
import io
import os
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from lab_helpers.envoy.document import Document, Way, yaml_format
from lab_helpers.envoy.plugins import Plugin
from lab_helpers.envoy.spelling import drop_field, field, field_key, set_field

__all__ = ["Discovered", "discover"]

_RESOURCE = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig"
_MANAGER = "http_connection_manager.v3.HttpConnectionManager"
_LISTS = ("http_filters", "httpFilters")
_TYPED = ("typed_config", "typedConfig")
# HTTP_FILTERS, a number, TYPED_CONFIG, and what they stand in.
_LEAST_STEPS = 4
_FILE = "filter.yaml"
# Only for what Envoy says of a resource; a name in a folder of one's own is read by nobody else.
_NODE = {"id": "lab", "cluster": "lab"}


@dataclasses.dataclass(frozen=True, slots=True)
class Discovered:
    """A Wasm HTTP filter whose configuration stands in a file that Envoy watches.

    Attributes:
        number: Which of the document's plugins it is.
        name: The name of the HTTP filter, which is its resource's.
        label: What to call it in messages.
        settings: Its `typed_config`.
    """

    number: int
    name: str
    label: str
    settings: Mapping[str, Any]

    @property
    def counters(self) -> str:
        """Return what the names of Envoy's counters of its updates begin with."""
        return f"extension_config_discovery.http_filter.{self.name.replace(':', '_')}."

    def file(self, folder: Path) -> Path:
        """Return its file below the folder that Envoy sees."""
        return folder / f"{self.number}" / _FILE

    def write(self, folder: Path, build: int = 0) -> None:
        """Put its file in place, whole: Envoy looks as soon as a file is renamed there.

        Args:
            folder: The folder that Envoy sees.
            build: Which build it is. In Envoy 1.39 and later another build is another VM, though
                the code and the configuration are the same; 0 says nothing of it.
        """
        settings = copy.deepcopy(dict(self.settings))
        if build:
            _note_build(settings, build)
        resource = {"@type": _RESOURCE, "name": self.name, "typed_config": settings}
        text = io.StringIO()
        yaml_format().dump({"version_info": f"{build}", "resources": [resource]}, text)
        self.put(folder, text.getvalue())

    def put(self, folder: Path, text: str) -> None:
        """Put a text in the place of its file.

        Args:
            folder: The folder that Envoy sees.
            text: The file's.
        """
        file = self.file(folder)
        file.parent.mkdir(exist_ok=True)
        # In a container Envoy is another user.
        file.parent.chmod(0o755)
        fresh = file.with_name(f"{_FILE}.new")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o644)
        os.replace(fresh, file)  # noqa: PTH105  # the word for it in Envoy's documentation


def discover(document: Document, plugins: Sequence[Plugin], folder: str) -> tuple[Discovered, ...]:
    """Let Envoy look for each Wasm HTTP filter's configuration in a file as well.

    Args:
        document: The configuration, which is changed.
        plugins: Its Wasm plugins.
        folder: The folder of the files, as Envoy sees it.

    Returns:
        The filters, in the document's order. Their files are the caller's to write before a start.
    """
    found = []
    for number, plugin in enumerate(plugins):
        # A library stays in Envoy's process once it is loaded: what stands in a file then changes
        # nothing but its settings.
        holder = None if plugin.is_library else _http_filter(document, plugin.way)
        if holder is None:
            continue
        called = str(field(plugin.config, "name") or plugin.label)
        settings = field(holder, "typed_config")
        drop_field(holder, "typed_config")
        one = Discovered(number, str(holder.get("name")), called, settings)
        place = one.file(Path("/"))
        holder["config_discovery"] = {
            "config_source": {
                "path_config_source": {
                    "path": f"{folder}{place.as_posix()}",
                    "watched_directory": {"path": f"{folder}{place.parent.as_posix()}"},
                },
                "resource_api_version": "V3",
            },
            "type_urls": [_type_url(settings)],
            "default_config": settings,
            "apply_default_config_without_warming": True,
        }
        found.append(one)
    if found:
        _name_node(document.root)
    return tuple(found)


def _http_filter(document: Document, way: Way) -> MutableMapping[str, Any] | None:
    """Return the HTTP filter that a plugin is; None where it is another thing, or stands deeper."""
    config = way[:-2] if len(way) > 1 and way[-2] == "value" else way[:-1]
    if len(config) < _LEAST_STEPS or config[-1] not in _TYPED or config[-3] not in _LISTS:
        return None
    node: Any = document.root
    around: list[Any] = [node]
    for step in config[:-1]:
        node = node[step]
        around.append(node)
    holder, manager, outer = around[-1], around[-3], around[-4]
    kinds = (manager.get("@type"), field(outer, "type_url"))
    is_manager = any(str(kind).endswith(_MANAGER) for kind in kinds)
    return holder if is_manager and holder.get("name") else None


def _type_url(settings: Mapping[str, Any]) -> str:
    """Return the filter's own type, which a TypedStruct has inside."""
    named = str(field(settings, "type_url") or settings.get("@type"))
    return f"type.googleapis.com/{named.rpartition('/')[2]}"


def _name_node(root: MutableMapping[str, Any]) -> None:
    """Give Envoy a name: it discovers nothing without one, though here nobody reads it."""
    node = field(root, "node")
    if node is None:
        root["node"] = node = {}
    for name, value in _NODE.items():
        if isinstance(node, MutableMapping) and not field(node, name):
            drop_field(node, name)
            set_field(node, name, value)


def _note_build(settings: MutableMapping[str, Any], build: int) -> None:
    inner = settings.get("value") if "value" in settings else settings
    vm_config = field(inner, "config", "vm_config")
    key = field_key(vm_config, "environment_variables")
    variables = vm_config[key] if key else {}
    values = field(variables, "key_values") or {}
    set_field(variables, "key_values", {**values, "LAB_BUILD": f"{build}"})
    set_field(vm_config, "environment_variables", variables)
