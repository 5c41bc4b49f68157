"""The file that Envoy watches for each Wasm HTTP filter, in whatever shape the filter stands."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.configuration_files import find_configuration
from lab_helpers.envoy.reading import parse_text
from lab_helpers.launch import Places
from tests.unit.envoy.documents import HOME, WASM
from tests.unit.envoy.test_addresses import in_camel_case

PLACES = Places("127.0.0.1", 0, 0, "127.0.0.1", "/somewhere/filter.wasm", reload_folder="/reload")


def moved(text: str) -> Configuration:
    return Configuration.parse(text).moved(PLACES)


def first_filter(configuration: Configuration) -> dict[str, Any]:
    document = json.loads(json.dumps(configuration.document))
    chain = document["static_resources"]["listeners"][0]["filter_chains"][0]
    found: dict[str, Any] = chain["filters"][0]["typed_config"]["http_filters"][0]
    return found


def test_what_stood_there_is_the_default_and_the_file_says_the_same(tmp_path: Path) -> None:
    plain = Configuration.read(find_configuration("envoy.yaml"))
    before = first_filter(plain.moved(dataclasses.replace(PLACES, reload_folder="")))
    configuration = plain.moved(PLACES)
    (found,) = configuration.discovered
    now = first_filter(configuration)
    assert now.keys() == {"name", "config_discovery"}
    discovery = now["config_discovery"]
    assert discovery["default_config"] == before["typed_config"]
    assert discovery["apply_default_config_without_warming"] is True
    assert discovery["type_urls"] == [f"type.googleapis.com/{WASM.rpartition('/')[2]}"]
    source = discovery["config_source"]["path_config_source"]
    assert source["path"] == "/reload/0/filter.yaml"
    assert source["watched_directory"] == {"path": "/reload/0"}
    assert configuration.document["node"] == {"id": "lab", "cluster": "lab"}
    found.write(tmp_path)
    written = parse_text((tmp_path / "0" / "filter.yaml").read_text(encoding="utf-8"), "it")
    assert written["resources"][0]["typed_config"] == before["typed_config"]
    assert [file.name for file in (tmp_path / "0").iterdir()] == ["filter.yaml"]


def test_where_nothing_is_looked_for_the_filter_stays_as_it_is() -> None:
    configuration = Configuration.parse(HOME).moved(dataclasses.replace(PLACES, reload_folder=""))
    assert "typed_config" in first_filter(configuration)
    assert "node" not in configuration.document


@pytest.mark.parametrize(
    "text",
    [
        HOME,
        HOME.replace("udpa.type.v1", "xds.type.v3"),
        json.dumps(in_camel_case(json.loads(json.dumps(Configuration.parse(HOME).document)))),
    ],
    ids=["udpa", "xds", "camel case"],
)
def test_a_wrapped_filter_has_its_own_type(text: str) -> None:
    configuration = moved(text)
    (found,) = configuration.discovered
    assert (found.name, found.label) == ("envoy.filters.http.wasm", "my_plugin")
    assert "config_discovery" in configuration.dump()
    assert "type_urls" in configuration.dump()


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ("node: {id: mine}", {"id": "mine", "cluster": "lab"}),
        ("node: {id: mine, cluster: own}", {"id": "mine", "cluster": "own"}),
        ("node:", {"id": "lab", "cluster": "lab"}),
        ("node: {id: ''}", {"id": "lab", "cluster": "lab"}),
    ],
)
def test_a_name_of_ones_own_stays(node: str, expected: dict[str, str]) -> None:
    assert moved(f"{node}\n{HOME}").document["node"] == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("http_filters:", "others:"),
        ("HttpConnectionManager", "HttpConnectionMangler"),
        ("name: envoy.filters.http.wasm\n", "disabled: false\n"),
    ],
)
def test_what_is_no_http_filter_of_a_manager_is_left(old: str, new: str) -> None:
    text = HOME.replace(old, new)
    assert text != HOME
    document = Configuration.parse(text)
    assert document.moved(PLACES).discovered == ()


@pytest.mark.parametrize(
    "variables",
    ["", "environment_variables: {host_env_keys: [HOME], key_values: {MINE: x}}"],
    ids=["none", "their own"],
)
def test_another_build_is_another_vm(tmp_path: Path, variables: str) -> None:
    (found,) = moved(
        HOME.replace("vm_id: my_vm", f"vm_id: my_vm\n{' ' * 28}{variables}")
    ).discovered
    texts = []
    for build in (1, 2):
        found.write(tmp_path, build)
        texts.append((tmp_path / "0" / "filter.yaml").read_text(encoding="utf-8"))
    assert texts[0] != texts[1]
    resource = parse_text(texts[1], "it")["resources"][0]
    vm_config = resource["typed_config"]["value"]["config"]["vm_config"]
    there = vm_config["environment_variables"]
    assert there["key_values"]["LAB_BUILD"] == "2"
    if variables:
        assert there["host_env_keys"] == ["HOME"]
        assert there["key_values"]["MINE"] == "x"


def test_everybody_may_read_the_file(tmp_path: Path) -> None:
    (found,) = moved(HOME).discovered
    found.write(tmp_path)
    file = found.file(tmp_path)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o644, 0o755)
