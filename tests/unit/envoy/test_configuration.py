"""The configuration: read, moved by changing the document, never by changing text."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_helpers.envoy.clusters import CLUSTER
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.configuration_files import default_configuration
from lab_helpers.envoy.plugins import wasm_configs
from lab_helpers.errors import ConfigurationError
from lab_helpers.launch import Address, Places

PLACES = Places("127.0.0.1", 0, 0, "127.0.0.1", "/somewhere/filter.wasm")
UPSTREAM = Address("127.0.0.1", 4321)
BARE = "static_resources:\n  listeners: []\n"


def article() -> Configuration:
    return Configuration.read(default_configuration())


def test_the_articles_ports_stand_in_the_file() -> None:
    document = article().document
    listener = document["static_resources"]["listeners"][0]
    assert listener["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 10000}
    assert listener["connection_balance_config"] == {"exact_balance": {}}
    assert document["admin"]["address"]["socket_address"]["port_value"] == 9901
    assert [cluster["name"] for cluster in document["static_resources"]["clusters"]] == [CLUSTER]


def test_ports_and_paths_move_and_comments_stay() -> None:
    moved = article().moved(PLACES, upstream=UPSTREAM).dump()
    again = Configuration.parse(moved).document
    listener = again["static_resources"]["listeners"][0]
    assert listener["address"]["socket_address"]["port_value"] == 0
    assert again["admin"]["address"]["socket_address"]["port_value"] == 0
    assert "/somewhere/filter.wasm" in moved
    assert "4321" in moved
    assert "#" in moved


def test_moving_leaves_the_original_alone() -> None:
    configuration = article()
    before = configuration.dump()
    configuration.moved(PLACES, settings={"tick_ms": 5}, failure_policy="FAIL_RELOAD")
    assert configuration.dump() == before


def test_settings_are_merged_into_those_of_the_file() -> None:
    once = article().moved(PLACES, settings={"tick_ms": 5})
    twice = once.moved(PLACES, settings={"greeting": "hi"})
    assert twice.settings == article().settings | {"tick_ms": 5, "greeting": "hi"}


def test_every_plugin_gets_the_settings_and_only_the_first_listener_the_port() -> None:
    twice = article().document
    (listener,) = twice["static_resources"]["listeners"]
    twice["static_resources"]["listeners"] = [listener, copy.deepcopy(listener)]
    places = dataclasses.replace(PLACES, listener_port=4000)
    moved = Configuration(twice, "mine").moved(places, settings={"tick_ms": 5})
    ports = [
        each["address"]["socket_address"]["port_value"]
        for each in moved.document["static_resources"]["listeners"]
    ]
    assert ports == [4000, 0]
    assert moved.dump().count('"tick_ms": 5') == 2


def test_what_is_no_plugin_is_left_alone_though_it_has_a_config() -> None:
    other = article().document
    other["overload_manager"] = {"config": {"configuration": "mine"}}
    moved = Configuration(other, "mine").moved(PLACES, settings={"tick_ms": 5})
    assert moved.document["overload_manager"] == {"config": {"configuration": "mine"}}


def test_settings_that_json_cannot_hold_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot be written as JSON") as caught:
        article().moved(PLACES, settings={"tick_ms": ...})
    assert "ellipsis" in caught.value.quote


def test_a_failure_policy_that_envoy_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no failure policy 'FAIL_SOMETIMES'") as caught:
        article().moved(PLACES, failure_policy="FAIL_SOMETIMES")
    assert caught.value.hint == "one of: FAIL_CLOSED, FAIL_OPEN, FAIL_RELOAD"


def test_a_failure_policy_is_set_on_the_plugin() -> None:
    assert (
        "failure_policy: FAIL_RELOAD"
        in article().moved(PLACES, failure_policy="FAIL_RELOAD").dump()
    )


def test_a_named_upstream_is_looked_up_as_ipv4() -> None:
    moved = article().moved(PLACES, upstream=Address("host.docker.internal", 80))
    cluster = moved.document["static_resources"]["clusters"][0]
    assert (cluster["type"], cluster["dns_lookup_family"]) == ("STRICT_DNS", "V4_ONLY")


def test_a_configuration_without_wasm_takes_no_settings() -> None:
    bare = Configuration.parse(BARE)
    assert not bare.has_wasm
    assert bare.settings == {}
    with pytest.raises(ConfigurationError, match="runs no Wasm"):
        bare.moved(PLACES, settings={"tick_ms": 5})


def test_a_configuration_without_admin_gets_one() -> None:
    moved = Configuration.parse(BARE).moved(PLACES).document
    assert moved["admin"]["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 0}


def places_in(node: object, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to each value of a document."""
    if path:
        yield path
    pairs = node.items() if isinstance(node, dict) else ()
    for key, value in enumerate(node) if isinstance(node, list) else pairs:
        yield from places_in(value, *path, key)


@pytest.mark.parametrize("value", [None, "x", 5, [], ["x"], {}, {"x": "y"}], ids=repr)
def test_a_value_of_another_kind_is_refused_or_left_for_envoy_to_refuse(value: object) -> None:
    whole = json.dumps(article().document)
    ways = list(places_in(json.loads(whole)))
    said = []
    for *way, last in ways:
        wrong = json.loads(whole)
        inner: Any = wrong
        for key in way:
            inner = inner[key]
        inner[last] = value
        try:
            Configuration(wrong, "mine").moved(
                PLACES, upstream=UPSTREAM, settings={"tick_ms": 5}, failure_policy="FAIL_RELOAD"
            )
        except ConfigurationError as error:
            said.append(str(error))
    assert 3 <= len(said) < len(ways)
    assert all("mine" in text for text in said)


def test_an_admin_that_is_left_empty_gets_an_address() -> None:
    moved = Configuration.parse("admin:\n" + BARE).moved(PLACES).document
    assert moved["admin"]["address"]["socket_address"]["port_value"] == 0


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Configuration.read(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1,", "not valid YAML at line"),
        ("a:\n\tb: 1", "not valid YAML at line 2"),
        ("just words", "holds no Envoy configuration"),
        ("", "holds no Envoy configuration"),
    ],
)
def test_what_is_no_configuration_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Configuration.parse(text)


def test_settings_that_are_no_json_are_refused() -> None:
    broken = article()
    for config in wasm_configs(broken.document):
        config["configuration"]["value"] = "{"
    with pytest.raises(ConfigurationError, match="not valid JSON"):
        broken.moved(PLACES, settings={"tick_ms": 5})
