"""Dynamic modules in a configuration: where they stand, what they are handed, what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab_helpers.compiling.modules import Module
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.plugin_code import SEARCH_PATH
from lab_helpers.envoy.plugins import LIBRARY, library_configs
from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder
from lab_helpers.launch.interface import Places
from tests.dynamic_modules import ADDING, build_c

NATIVE = repository_folder() / "envoy" / "native.yaml"
LIBRARY_MODULE = Module(Path("/m/libmine.so"), 1, "00", (), (), library=True)
WASM_MODULE = Module(Path("/m/mine.wasm"), 1, "00", (), ())


def places(path: str | None = "/m/libmine.so", path_of: Any = str) -> Places:
    return Places("127.0.0.1", 0, 0, "127.0.0.1", path, path_of=path_of)


def fields(moved: Configuration) -> Any:
    (found,) = library_configs(moved.document)
    return found


def text_with(old: str, new: str) -> Configuration:
    text = NATIVE.read_text(encoding="utf-8")
    assert old in text
    return Configuration.parse(text.replace(old, new))


def test_the_module_and_its_settings_are_put_in_place() -> None:
    configuration = Configuration.read("native.yaml")
    assert configuration.has_libraries
    assert not configuration.has_wasm
    assert configuration.settings == {"tick_ms": 15000, "greeting": "hello from a dynamic module"}
    moved = configuration.moved(places(), settings={"tick_ms": 200})
    module = fields(moved)["dynamic_module_config"]
    assert module["module"] == {"local": {"filename": "/m/libmine.so"}}
    assert "name" not in module
    assert module["do_not_close"] is True
    told = json.loads(fields(moved)["filter_config"]["value"])
    assert told == {"tick_ms": 200, "greeting": "hello from a dynamic module"}
    assert moved.discovered == ()
    (placed,) = configuration.placements(LIBRARY_MODULE)
    assert (placed.plugin, placed.kind, placed.code) == ("token", LIBRARY, "libnative.so")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("dynamic_module_config:", "dynamicModuleConfig:"),
        ("name: native", "module: {local: {filename: /elsewhere/libx.so}}"),
        ("filter_config:", "filterConfig:"),
    ],
)
def test_in_whatever_spelling_it_is_written(old: str, new: str) -> None:
    moved = text_with(old, new).moved(places(), settings={"tick_ms": 200})
    text = moved.dump()
    assert "/m/libmine.so" in text
    assert "/elsewhere" not in text
    assert '"tick_ms": 200' in text


def test_wasm_and_libraries_do_not_change_places() -> None:
    native = Configuration.read("native.yaml")
    with pytest.raises(ConfigurationError, match=r"mine\.wasm is Wasm, and no dynamic module"):
        native.placements(WASM_MODULE)
    with pytest.raises(ConfigurationError, match=r"libmine\.so is a dynamic module, and no Wasm"):
        Configuration.read("envoy.yaml").placements({"token": LIBRARY_MODULE})
    with pytest.raises(ConfigurationError, match=r"such as envoy/native\.yaml") as caught:
        Configuration.read("bare.yaml").placements(LIBRARY_MODULE)
    assert "has no place" in caught.value.what


@pytest.mark.parametrize("options", [{"failure_policy": "FAIL_OPEN"}, {"reload_backoff_s": 0.5}])
def test_what_a_vm_alone_has_is_refused(options: Any) -> None:
    with pytest.raises(ConfigurationError, match="token is a dynamic module: it has no VM"):
        Configuration.read("native.yaml").moved(places(), **options)


def test_a_name_alone_is_looked_for_where_envoy_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(NATIVE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.delenv(SEARCH_PATH, raising=False)
    nowhere = fields(Configuration.read(own).moved(places(None)))
    assert nowhere["dynamic_module_config"]["name"] == "native"
    beside = tmp_path / "libnative.so"
    build_c(tmp_path, ADDING, beside.name)
    found = fields(Configuration.read(own).moved(places(None)))["dynamic_module_config"]
    assert found["module"] == {"local": {"filename": str(beside)}}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    build_c(elsewhere, ADDING, "libnative.so")
    monkeypatch.setenv(SEARCH_PATH, str(elsewhere))
    # Natively Envoy has the variable as well; a container has not.
    natively = fields(Configuration.read(own).moved(places(None)))["dynamic_module_config"]
    assert natively["name"] == "native"

    def brought(file: Path) -> str:
        return f"/in/{file.parent.name}/{file.name}"

    inside = fields(Configuration.read(own).moved(places(None, brought)))["dynamic_module_config"]
    assert inside["module"] == {"local": {"filename": "/in/elsewhere/libnative.so"}}


def test_what_is_found_and_is_no_module_is_said_before_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SEARCH_PATH, raising=False)
    own = tmp_path / "own.yaml"
    own.write_text(NATIVE.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "libnative.so").write_text("text", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is no shared library"):
        Configuration.read(own).moved(places(None))
    monkeypatch.setenv(SEARCH_PATH, str(tmp_path))
    with pytest.raises(ConfigurationError, match="is no shared library"):
        Configuration.read(NATIVE).moved(places(None))


def test_other_places_of_dynamic_modules_are_known_too() -> None:
    kind = "type.googleapis.com/envoy.extensions.filters.network.dynamic_modules.v3.X"
    network = Configuration.parse(
        f'static_resources: {{listeners: [{{filters: [{{"@type": "{kind}"}}]}}]}}'
    )
    assert network.has_libraries
    assert not Configuration.read("envoy.yaml").has_libraries
