"""Every listening address is moved, whatever its place or spelling, or the start is refused."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest

from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.configuration_files import find_configuration
from lab_helpers.envoy.listeners import check_statuses, read_statuses
from lab_helpers.envoy.spelling import camel_case
from lab_helpers.errors import ConfigurationError, LaunchError
from tests.unit.envoy.documents import HOME, PLACES, listener, move, spoken

ANY = "0.0.0.0"  # noqa: S104  # what the lab moves
OPEN = f"{{socket_address: {{address: {ANY}, port_value: 7000}}}}"


def in_camel_case(node: Any) -> Any:
    """Return a document as protobuf's own JSON spells it."""
    if isinstance(node, dict):
        return {camel_case(key): in_camel_case(value) for key, value in node.items()}
    return [in_camel_case(value) for value in node] if isinstance(node, list) else node


def plain(configuration: Configuration) -> Any:
    return json.loads(json.dumps(configuration.document))


def test_fields_in_camel_case_move_as_the_others_do() -> None:
    theirs = Configuration.parse(HOME)
    camel = Configuration.parse(json.dumps(in_camel_case(plain(theirs)), indent="\t"))
    moved = camel.moved(PLACES, settings={"tick_ms": 5}, failure_policy="FAIL_OPEN")
    expected = theirs.moved(PLACES, settings={"tick_ms": 5}, failure_policy="FAIL_OPEN")
    assert in_camel_case(plain(moved)) == in_camel_case(plain(expected))
    assert "0.0.0.0" not in moved.dump()  # noqa: S104
    # What was there keeps its spelling: no field stands there twice.
    assert '"portValue"' in moved.dump()
    assert moved.dump().count("portValue") == 3


def test_both_spellings_of_one_field_are_refused_with_the_place() -> None:
    text = listener("{socket_address: {address: 0.0.0.0, port_value: 7000, portValue: 7001}}")
    with pytest.raises(ConfigurationError, match=r"portValue \(line 4\) .*port_value as well"):
        move(text)


def test_every_place_of_a_listeners_address_is_moved() -> None:
    more = """
    additional_addresses:
      - address: {socket_address: {address: "::", port_value: 7001, ipv4_compat: true}}
      - address: {pipe: {path: /tmp/theirs.sock}}
      - {address: {socketAddress: {address: 10.1.2.3, portValue: "7002"}}}
    reuse_port: true
    """
    moved = move(listener(OPEN, more)).document["static_resources"]["listeners"][0]
    first, pipe, second = moved["additional_addresses"]
    here = {"address": "127.0.0.1", "port_value": 0}
    assert moved["address"]["socket_address"] == here
    assert first["address"]["socket_address"] == here
    assert pipe["address"] == {"pipe": {"path": "/tmp/theirs.sock"}}  # noqa: S108
    assert second["address"]["socketAddress"] == {"address": "127.0.0.1", "portValue": 0}
    assert moved["enable_reuse_port"] is False
    assert "reuse_port" not in moved


def test_udp_moves_and_keeps_what_udp_needs() -> None:
    text = listener("{socket_address: {protocol: udp, address: '::1', port_value: 7000}}")
    moved = move(text)
    (one,) = moved.document["static_resources"]["listeners"]
    assert one["address"]["socket_address"] == {
        "protocol": "udp",
        "address": "127.0.0.1",
        "port_value": 0,
    }
    assert "enable_reuse_port" not in one  # several workers need it for UDP
    assert spoken(moved) == [("one", "udp")]


@pytest.mark.parametrize(
    ("address", "more", "speaks"),
    [
        ("{pipe: {path: /tmp/theirs.sock}}", "", "none"),
        ("{envoy_internal_address: {server_listener_name: x}}", "", "none"),
        ("", "internal_listener: {}", "none"),
        ("", "api_listener: {api_listener: {}}", "none"),
        (OPEN, "bind_to_port: false", "none"),
        (OPEN, "", "tcp"),
    ],
)
def test_a_listener_without_a_port_is_left(address: str, more: str, speaks: str) -> None:
    moved = move(listener(address, more))
    assert spoken(moved) == [("one", speaks)]
    assert "0.0.0.0" not in moved.dump()  # noqa: S104


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (listener(""), "listeners[0]", "has no address"),
        (listener("0.0.0.0:7000"), "listeners[0].address (line 4)", "no address that the lab"),
        (listener("{tcp: 7000}"), "listeners[0].address (line 4)", "no address that the lab knows"),
        (listener("{socket_address: 7000}"), "address.socket_address (line 4)", "no address that"),
        (listener("{socket_address: {address: 0.0.0.0}}"), "socket_address (line 4)", "no port"),
        (listener(OPEN.replace("7000", "eighty")), "socket_address (line 4)", "has no port"),
        (listener(OPEN.replace("7000", "70000")), "socket_address (line 4)", "has no port"),
        (listener(OPEN.replace(ANY, "localhost")), "(line 4)", "no IP address"),
        (
            listener(OPEN.replace("port_value: 7000", "named_port: http")),
            "socket_address.named_port (line 4)",
            "cannot move",
        ),
        (
            listener(OPEN.replace("7000", "7000, resolver_name: theirs")),
            "socket_address.resolver_name (line 4)",
            "cannot move",
        ),
        (
            listener(OPEN.replace("7000", "7000, networkNamespaceFilepath: /run/x")),
            "networkNamespaceFilepath (line 4)",
            "cannot move",
        ),
        (
            listener(OPEN, "additional_addresses:\n  - socket_address: {address: 0.0.0.0}"),
            "additional_addresses[0] (line 6)",
            "has no address",
        ),
        (listener(OPEN, f"more: {OPEN}"), "listeners[0].more.socket_address", "looks like an"),
        (f"admin: {{address: {OPEN.replace('7000', 'x')}}}", "address (line 1)", "has no port"),
        (f"admin: {{address: {OPEN.replace(ANY, 'localhost')}}}", "(line 1)", "no IP address"),
        (f"other: {OPEN}", "other.socket_address (line 1)", "looks like an address"),
        ("at: {port_value: 1, address: 0.0.0.0}", "at (line 1)", "looks like an address"),
    ],
)
def test_an_address_that_is_not_understood_is_refused_with_its_place(
    text: str, place: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(place)) as caught:
        move(text)
    assert said in caught.value.what
    assert "theirs.yaml" in caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        f"stats_sinks: [{{name: x, typed_config: {{'@type': x, address: {OPEN}}}}}]",
        "cluster_manager: {upstream_bind_config: {source_address: {address: '::', port_value: 0}}}",
        "node: {metadata: {address: 0.0.0.0, port_value: 1}}",
        "node: {listening_addresses: [{socket_address: {address: 0.0.0.0, port_value: 1}}]}",
    ],
)
def test_what_nobody_listens_on_is_left_alone(text: str) -> None:
    moved = move(text).document
    key = text.partition(":")[0]
    assert moved[key] == Configuration.parse(text).document[key]


@pytest.mark.parametrize("field", ["lds_config", "ldsConfig", "ads_config"])
def test_listeners_from_elsewhere_are_refused_by_name(field: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"dynamic_resources\.{field} \(line 2\)"):
        move(f"dynamic_resources:\n  {field}: {{path_config_source: {{path: /x}}}}\n")


def test_clusters_from_a_file_bring_no_listeners() -> None:
    text = "dynamic_resources: {cds_config: {path_config_source: {path: /x}}}"
    assert move(text).document["dynamic_resources"]["cds_config"]
    (said,) = Configuration.parse(text).remarks(None)
    assert "cds_config" in said


def test_the_admin_port_moves_whatever_it_was() -> None:
    here = {"address": "127.0.0.1", "port_value": 0}
    for address in (
        "{socketAddress: {address: '::', portValue: 1, ipv4Compat: true}}",
        "{pipe: {path: /tmp/theirs.sock, mode: 384}}",
        "{socket_address: {address: 10.0.0.1, port_value: 9901}}",
    ):
        admin = move(f"admin: {{address: {address}, allow_paths: [{{exact: /x}}]}}").document[
            "admin"
        ]
        (found,) = admin["address"].values()
        assert {key.replace("portValue", "port_value"): v for key, v in found.items()} == here
        assert admin["allow_paths"][0] == {"exact": "/x"}


def test_each_listener_counts_for_itself() -> None:
    text = listener(OPEN, name="admin")
    text += f"    - {{name: one, stat_prefix: theirs, address: {OPEN}, filter_chains: []}}\n"
    text += f"    - {{address: {OPEN}, filter_chains: []}}\n"
    moved = move(text)
    prefixes = [one.stat_prefix for one in moved.listening]
    assert prefixes == ["admin_2", "theirs", "listener_2"]
    assert [one.name for one in moved.listening] == ["admin", "one", "listener_2"]


def test_a_balance_of_the_files_own_stays() -> None:
    theirs = "connection_balance_config: {extend_balance: {}}"
    (one,) = move(listener(OPEN, theirs)).document["static_resources"]["listeners"]
    assert one["connection_balance_config"] == {"extend_balance": {}}
    (one,) = move(listener(OPEN)).document["static_resources"]["listeners"]
    assert one["connection_balance_config"] == {"exact_balance": {}}


def test_an_anchored_address_moves_alone() -> None:
    text = """\
!ignore shared:
  - &place {address: 0.0.0.0, port_value: 7000}
  - &port 7001
static_resources:
  listeners:
    - {name: one, address: {socket_address: *place}, filter_chains: []}
    - {name: two, address: {socket_address: {address: 0.0.0.0, port_value: *port}}}
  clusters:
    - name: far
      load_assignment:
        endpoints:
          - lb_endpoints:
              - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: *port}}}
              - endpoint: {address: {socket_address: &far {address: 10.0.0.2, port_value: 7000}}}
              - endpoint: {address: {socket_address: *far}}
"""
    again = Configuration.parse(move(text).dump()).document
    assert "shared" not in again
    one, two = again["static_resources"]["listeners"]
    assert one["address"]["socket_address"]["port_value"] == 0
    assert two["address"]["socket_address"]["port_value"] == 0
    (inner,) = again["static_resources"]["clusters"][0]["load_assignment"]["endpoints"]
    sockets = [one["endpoint"]["address"]["socket_address"] for one in inner["lb_endpoints"]]
    assert [tuple(one.values()) for one in sockets] == [
        ("10.0.0.1", 7001),
        ("10.0.0.2", 7000),
        ("10.0.0.2", 7000),
    ]


def test_an_anchored_listener_that_is_used_twice_becomes_two() -> None:
    text = f"""\
static_resources:
  listeners:
    - &one {{name: one, address: {OPEN}, filter_chains: []}}
    - {{<<: *one, name: two}}
"""
    configuration = Configuration.parse(text)
    moved = Configuration.parse(configuration.moved(PLACES).dump())
    one, two = moved.document["static_resources"]["listeners"]
    assert one["stat_prefix"], two["stat_prefix"] == ("one", "two")
    assert two["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 0}
    assert "<<" not in moved.dump()
    assert any("merge keys" in remark for remark in configuration.remarks(None))


def test_a_few_lines_that_mean_millions_are_refused() -> None:
    text = "a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
    text += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    with pytest.raises(ConfigurationError, match="more than 200,000 values"):
        move(text)


def test_what_is_not_touched_stays_as_written() -> None:
    before, after = (
        [" ".join(line.split()) for line in text.splitlines()] for text in (HOME, move(HOME).dump())
    )
    # The lines of the addresses, and those that were added, are all that differ.
    kept = [line for line in before if "socket_address" not in line]
    assert [line for line in after if line in kept] == kept
    assert any("my_plugin # theirs" in line for line in after)


def test_the_lab_sees_where_envoy_listens_additional_addresses_included() -> None:
    socket = {"socket_address": {"address": "127.0.0.1", "port_value": 1}}
    astray = {"socket_address": {"address": "0.0.0.0", "port_value": 2}}  # noqa: S104
    pipe = {"pipe": {"path": "/x"}}
    internal = {"envoy_internal_address": {"server_listener_name": "x"}}
    good = {"name": "good", "local_address": socket, "additional_local_addresses": [pipe]}
    others = [{"name": "p", "local_address": pipe}, {"name": "i", "local_address": internal}]
    statuses = read_statuses({"listener_statuses": [good, *others]})
    check_statuses(statuses, "127.0.0.1")
    assert [str(address) for status in statuses for address in status.addresses] == ["127.0.0.1:1"]
    bad = good | {"additional_local_addresses": [astray]}
    with pytest.raises(LaunchError, match=r"good: 0\.0\.0\.0:2"):
        check_statuses(read_statuses({"listener_statuses": [bad]}), "127.0.0.1")


def test_the_port_that_was_asked_for_goes_to_the_first_way_in() -> None:
    upstream = "{address: 127.0.0.1, port_value: 7000}"
    text = f"""\
static_resources:
  listeners:
    - {{name: udp, address: {{socket_address: {{protocol: UDP, address: '::', port_value: 1}}}}}}
    - {{name: reply, address: {OPEN}, filter_chains: []}}
    - {{name: main, address: {{socket_address: {{address: '::', port_value: 1}}}}}}
  clusters:
    - name: reply
      load_assignment:
        endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {upstream}}}}}}}]}}]
"""
    moved = move(text, dataclasses.replace(PLACES, listener_port=4000, spare_port=lambda: 5000))
    ports = {
        one["name"]: one["address"]["socket_address"]["port_value"]
        for one in moved.document["static_resources"]["listeners"]
    }
    assert ports == {"udp": 0, "reply": 5000, "main": 4000}
    assert moved.chosen_ports == (5000,)


def test_the_labs_own_files_are_understood() -> None:
    for name in ("envoy.yaml", "bare.yaml", "docker.yaml"):
        moved = Configuration.read(find_configuration(name)).moved(PLACES)
        assert spoken(moved) == [("ingress", "http")]
