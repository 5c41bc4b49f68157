"""A repeated field with one value, as protobuf lets it be written, is the list that it means."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab_helpers.envoy.configuration import Configuration
from tests.unit.envoy.documents import HOME, MODULE, PLACES, move
from tests.unit.envoy.test_addresses import in_camel_case, plain


def single(node: Any) -> Any:
    """Return a document with every list of one given as that one."""
    if isinstance(node, dict):
        return {key: single(value) for key, value in node.items()}
    if isinstance(node, list):
        return single(node[0]) if len(node) == 1 else [single(value) for value in node]
    return node


@pytest.mark.parametrize("spelled", [lambda node: node, in_camel_case])
def test_single_values_move_as_lists_do(spelled: Any) -> None:
    theirs = Configuration.parse(HOME)
    written = Configuration.parse(json.dumps(spelled(single(plain(theirs)))))
    moved, expected = (each.moved(MODULE, settings={"tick_ms": 5}) for each in (written, theirs))
    assert in_camel_case(single(plain(moved))) == in_camel_case(single(plain(expected)))
    assert "0.0.0.0" not in moved.dump()  # noqa: S104
    assert [one.speaks for one in moved.listening] == ["http"]


def test_one_additional_address_is_moved_as_well() -> None:
    socket = {"socket_address": {"address": "0.0.0.0", "port_value": 7000}}  # noqa: S104
    extra = {"socket_address": {"address": "::", "port_value": 7001}}
    listeners = {"name": "x", "address": socket, "additional_addresses": {"address": extra}}
    text = json.dumps({"static_resources": {"listeners": listeners}})
    moved = Configuration.parse(text).moved(PLACES)
    (listener,) = moved.document["static_resources"]["listeners"]
    (address,) = listener["additional_addresses"]
    assert address["address"]["socket_address"]["address"] == "127.0.0.1"


def test_what_has_such_a_name_elsewhere_is_left() -> None:
    node = "node: {metadata: {filters: {a: 1}}, endpoints: {b: 2}, domains: c}"
    moved = move(f"static_resources: {{}}\n{node}\n")
    assert plain(moved)["node"]["endpoints"] == {"b": 2}
    assert plain(moved)["node"]["metadata"]["filters"] == {"a": 1}
    assert plain(moved)["node"]["domains"] == "c"
