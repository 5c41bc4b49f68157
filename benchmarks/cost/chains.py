"""Envoy's configuration for a chain of filters: a listener that answers by itself, and they."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["BODY", "BODY_BYTES", "LISTENER", "Filter", "envoy_configuration", "plain_text"]

Filter = Mapping[str, Any]

LISTENER = "ingress"
BODY = "/body"
BODY_BYTES = 4096
_FILTERS = "type.googleapis.com/envoy.extensions.filters"
_CLUSTER_S = "2s"


def plain_text(text: str) -> Mapping[str, str]:
    """Return a text as the message that plugins' configurations are wrapped in.

    Args:
        text: What the plugin is to read.
    """
    return {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": text}


def envoy_configuration(
    filters: Sequence[Filter],
    token_port: int,
    *,
    services: Sequence[Filter] = (),
    asked_port: int | None = None,
) -> Mapping[str, Any]:
    """Return a whole configuration.

    A request for `/body` is answered with 4 KiB, any other one with headers alone. No upstream
    stands behind it, so that the filters' share of a request is as large as can be.

    Args:
        filters: The HTTP filters, in order, without the router.
        token_port: Where the token service listens.
        services: Plugins that no request passes.
        asked_port: Where a gRPC service listens that a filter asks; None where none does.
    """
    clusters = [_cluster("my_custom_svc", token_port)]
    if asked_port is not None:
        clusters.append(_cluster("asked", asked_port) | _GRPC)
    return {
        "admin": {"address": _address(0)},
        "bootstrap_extensions": list(services),
        "static_resources": {"listeners": [_listener(filters)], "clusters": clusters},
    }


def _listener(filters: Sequence[Filter]) -> Mapping[str, Any]:
    router = {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": f"{_FILTERS}.http.router.v3.Router"},
    }
    routes = [
        {
            "match": {"path": BODY},
            "direct_response": {"status": 200, "body": {"inline_string": "x" * BODY_BYTES}},
        },
        {"match": {"prefix": "/"}, "direct_response": {"status": 200}},
    ]
    hosts = [{"name": "everything", "domains": ["*"], "routes": routes}]
    manager = {
        "@type": f"{_FILTERS}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": LISTENER,
        "route_config": {"virtual_hosts": hosts},
        "http_filters": [*filters, router],
    }
    name = "envoy.filters.network.http_connection_manager"
    return {
        "name": LISTENER,
        "address": _address(0),
        "enable_reuse_port": False,
        "connection_balance_config": {"exact_balance": {}},
        "filter_chains": [{"filters": [{"name": name, "typed_config": manager}]}],
    }


def _address(port: int) -> Mapping[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _cluster(name: str, port: int) -> dict[str, Any]:
    endpoints = [{"endpoint": {"address": _address(port)}}]
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": _CLUSTER_S,
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
    }


_GRPC = {
    "typed_extension_protocol_options": {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": {"http2_protocol_options": {}},
        }
    }
}
