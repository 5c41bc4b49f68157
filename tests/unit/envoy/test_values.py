"""Addresses that the lab writes over: judged as Envoy would, before it is too late."""

from __future__ import annotations

import pytest

from lab_helpers.envoy.configuration import Configuration
from lab_helpers.errors import ConfigurationError
from lab_helpers.launch import Address, Places

PLACES = Places("127.0.0.1", 0, 0, "127.0.0.1", None)
UPSTREAM = Address("127.0.0.1", 4321)
ADDRESS = "{address: 127.0.0.1, port_value: 8080}"
CLUSTERS = """\
static_resources:
  listeners: []
  clusters:
    - name: my_custom_svc
      load_assignment:
        endpoints:
          - lb_endpoints:
              - endpoint: {address: {socket_address: %s}}
    - name: another
      type: STRICT_DNS
      load_assignment:
        endpoints:
          - lb_endpoints:
              - endpoint: {address: {socket_address: %s}}
"""


def moved(first: str, second: str = ADDRESS, *, every: bool = False) -> None:
    text = CLUSTERS % (first, second)
    Configuration.parse(text, "mine.yaml").moved(PLACES, upstream=UPSTREAM, every_cluster=every)


@pytest.mark.parametrize(
    ("address", "what"),
    [
        (
            "{address: 127.0.0.1, port_value: eighty}",
            r"port_value \(line 8\) of mine.yaml is no po",
        ),
        ("{address: 127.0.0.1, port_value: -1}", "is no port"),
        ("{address: 127.0.0.1, portValue: 65536}", r"portValue \(line 8\) of mine.yaml is no port"),
        ("{address: 127.0.0.1, port_value: 80.5}", "is no port"),
        ("{address: 127.0.0.1, port_value: true}", "is no port"),
        ("{address: 127.0.0.1}", "has no port"),
        ("{port_value: 8080}", "has no address"),
        ("{address: localhost, port_value: 8080}", "is no IP address, and the cluster is STATIC"),
        ("{address: 300.1.1.1, port_value: 8080}", "is no IP address"),
    ],
)
def test_what_envoy_would_refuse_is_refused_by_its_place(address: str, what: str) -> None:
    with pytest.raises(ConfigurationError, match=what) as caught:
        moved(address)
    assert caught.value.hint


@pytest.mark.parametrize(
    "address",
    [
        ADDRESS,
        '{address: "::1", port_value: "8080"}',
        "{address: 127.0.0.1, named_port: http}",
    ],
)
def test_what_envoy_takes_is_moved(address: str) -> None:
    moved(address)


def test_another_cluster_is_judged_where_it_is_moved_as_well() -> None:
    name = "{address: backend, port_value: 8080}"  # STRICT_DNS looks it up
    moved(ADDRESS, name, every=True)
    wrong = "{address: backend, port_value: eighty}"
    moved(ADDRESS, wrong)  # stays, and Envoy itself refuses it
    with pytest.raises(ConfigurationError, match="is no port"):
        moved(ADDRESS, wrong, every=True)
