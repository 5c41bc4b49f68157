"""What names a moved address names it afterwards; clusters beyond go where they were asked to."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest

from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.errors import ConfigurationError
from lab_helpers.launch import Address
from tests.unit.envoy.documents import PLACES, move

UPSTREAM = Address("127.0.0.1", 4321)
SPARE = dataclasses.replace(PLACES, spare_port=itertools.count(5000).__next__)


def calling(host: str, port: object, name: str = "there", more: str = "") -> str:
    """Return a cluster in one line."""
    socket = f"{{socket_address: {{address: '{host}', port_value: {port}}}}}"
    endpoint = f"{{lb_endpoints: [{{endpoint: {{address: {socket}}}}}]}}"
    return (
        f"    - {{name: {name}, type: strict_dns, load_assignment: {{cluster_name: x, endpoints:"
        f" [{endpoint}]}}{more}}}\n"
    )


def listening(host: str, port: int, clusters: str, more: str = "") -> str:
    address = f"{{socket_address: {{address: '{host}', port_value: {port}}}}}"
    return (
        "static_resources:\n  listeners:\n"
        f"    - {{name: main, address: {address}{more}}}\n  clusters:\n{clusters}"
    )


def socket_of(configuration: Configuration, number: int = 0) -> tuple[Any, Any]:
    cluster = configuration.document["static_resources"]["clusters"][number]
    (endpoint,) = cluster["load_assignment"]["endpoints"]
    node = endpoint["lb_endpoints"][0]["endpoint"]["address"]["socket_address"]
    return node["address"], node["port_value"]


def port_of(configuration: Configuration) -> int:
    (listener,) = configuration.document["static_resources"]["listeners"]
    return int(listener["address"]["socket_address"]["port_value"])


@pytest.mark.parametrize(
    ("host", "called"),
    [
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104
        ("0.0.0.0", "localhost"),  # noqa: S104
        ("0.0.0.0", "0.0.0.0"),  # noqa: S104
        ("::", "::1"),
        ("127.0.0.1", "localhost"),
        ("10.1.2.3", "10.1.2.3"),
        ("127.0.0.7", "127.0.0.7"),
    ],
)
def test_a_cluster_that_names_a_listener_names_it_afterwards(host: str, called: str) -> None:
    moved = move(listening(host, 7000, calling(called, 7000)), SPARE)
    assert moved.chosen_ports == (port_of(moved),)
    assert socket_of(moved) == ("127.0.0.1", port_of(moved))
    assert port_of(moved) != 0


@pytest.mark.parametrize(
    ("host", "called", "port"),
    [
        ("127.0.0.1", "127.0.0.1", 7001),
        ("127.0.0.1", "10.0.0.1", 7000),
        ("127.0.0.1", "backend", 7000),
        ("10.1.2.3", "127.0.0.1", 7000),
    ],
)
def test_a_cluster_that_names_another_place_stays(host: str, called: str, port: int) -> None:
    moved = move(listening(host, 7000, calling(called, port)), SPARE)
    assert moved.chosen_ports == ()
    assert socket_of(moved) == (called, port)


def test_of_two_listeners_on_one_port_the_one_that_fits_is_meant() -> None:
    first = "{name: any, address: {socket_address: {address: 0.0.0.0, port_value: 7000}}}"
    second = "{name: own, address: {socket_address: {address: 127.0.0.2, port_value: 7000}}}"
    text = f"static_resources:\n  listeners: [{first}, {second}]\n  clusters:\n"
    text += calling("127.0.0.2", 7000) + calling("127.0.0.1", 7000)
    moved = move(text, SPARE)
    ports = [
        one["address"]["socket_address"]["port_value"]
        for one in moved.document["static_resources"]["listeners"]
    ]
    assert socket_of(moved, 0) == ("127.0.0.1", ports[1])
    assert socket_of(moved, 1) == ("127.0.0.1", ports[0])
    assert len(set(ports)) == 2


def test_a_cluster_may_name_the_admin_port_and_an_additional_address() -> None:
    more = (
        ", additional_addresses: [{address: {socket_address: {address: '::', port_value: 7001}}}]"
    )
    text = listening("0.0.0.0", 7000, calling("localhost", 9901) + calling("::1", 7001), more)  # noqa: S104
    text += "admin: {address: {socket_address: {address: 0.0.0.0, port_value: 9901}}}\n"
    moved = move(text, SPARE)
    admin = moved.document["admin"]["address"]["socket_address"]
    (one,) = moved.document["static_resources"]["listeners"]
    extra = one["additional_addresses"][0]["address"]["socket_address"]
    assert socket_of(moved, 0) == ("127.0.0.1", admin["port_value"])
    assert socket_of(moved, 1) == ("127.0.0.1", extra["port_value"])
    assert port_of(moved) == 0
    assert sorted(moved.chosen_ports) == sorted((admin["port_value"], extra["port_value"]))


def test_a_port_that_was_asked_for_is_written_where_it_is_named() -> None:
    places = dataclasses.replace(SPARE, listener_port=4000)
    moved = move(listening("0.0.0.0", 7000, calling("localhost", "'7000'")), places)  # noqa: S104
    assert (port_of(moved), socket_of(moved)) == (4000, ("127.0.0.1", 4000))
    assert moved.chosen_ports == ()  # another one would not be what was asked for


def test_a_filter_chain_and_a_redirect_name_the_port_too() -> None:
    chain = "{filter_chain_match: {destinationPort: 7000}, filters: []}"
    other = "{filter_chain_match: {destinationPort: 7001}, filters: []}"
    redirect = "routes: [{match: {prefix: /}, redirect: {port_redirect: 7000}}]"
    more = f", filter_chains: [{chain}, {other}], default_filter_chain: {{{redirect}}}"
    moved = move(listening("::", 7000, "", more).replace("  clusters:\n", ""), SPARE)
    (one,) = moved.document["static_resources"]["listeners"]
    ports = [chain["filter_chain_match"]["destinationPort"] for chain in one["filter_chains"]]
    assert ports == [port_of(moved), 7001]
    (route,) = one["default_filter_chain"]["routes"]
    assert route["redirect"]["port_redirect"] == port_of(moved)


def test_my_custom_svc_that_is_a_listener_of_the_file_stays_one() -> None:
    text = listening("127.0.0.1", 7000, calling("127.0.0.1", 7000, "my_custom_svc"))
    moved = move(text, SPARE, upstream=UPSTREAM)
    assert socket_of(moved) == ("127.0.0.1", port_of(moved))


def test_clusters_beyond_are_left_and_said() -> None:
    text = listening("::", 7000, calling("backend", 8080) + calling("::1", 7000))
    moved = move(text, SPARE, upstream=UPSTREAM)
    assert socket_of(moved, 0) == ("backend", 8080)
    (called,) = Configuration.parse(text).called
    assert str(called) == "backend:8080 (cluster there)"
    assert called.is_name
    assert not called.is_here


def test_all_clusters_go_to_the_labs_upstream_where_that_is_asked() -> None:
    tls = ", transport_socket: {name: tls}, typed_extension_protocol_options: {x: {}}"
    text = listening("::", 7000, calling("backend", 443, more=tls) + calling("::1", 7000))
    text += "    - {name: eds, type: EDS, eds_cluster_config: {}, lb_policy: CLUSTER_PROVIDED}\n"
    moved = move(text, SPARE, upstream=UPSTREAM, every_cluster=True)
    assert socket_of(moved, 0) == ("127.0.0.1", 4321)
    assert socket_of(moved, 1) == ("127.0.0.1", port_of(moved))
    assert socket_of(moved, 2) == ("127.0.0.1", 4321)
    backend, _, eds = moved.document["static_resources"]["clusters"]
    assert set(backend) == {"name", "type", "load_assignment"}
    assert set(eds) == {"name", "type", "load_assignment"}
    assert eds["type"] == "STATIC"


def test_another_upstream_than_all_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no upstream 'every'") as caught:
        Envoy(None, configuration=Configuration.parse("admin: {}"), upstream="every")
    assert 'upstream="all"' in caught.value.hint
