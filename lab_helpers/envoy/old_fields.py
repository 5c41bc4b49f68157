"""Refuse what only Envoy's old configuration (v2, until 2021) had, and say what it is today."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from lab_helpers.envoy.document import Document, Way, fields_of, walk
from lab_helpers.envoy.spelling import snake_case

__all__ = ["check_fields"]

# By the field below which a message stands: its old fields, and what they are today.
_OLD: Mapping[str, Mapping[str, str]] = {
    "clusters": {
        "hosts": "load_assignment: {cluster_name: …, endpoints: [{lb_endpoints: [{endpoint:"
        " {address: …}}]}]}",
        "tls_context": "transport_socket, with an UpstreamTlsContext as its typed_config",
        "extension_protocol_options": "typed_extension_protocol_options",
    },
    "filter_chains": {
        "tls_context": "transport_socket, with a DownstreamTlsContext as its typed_config",
    },
    "filter_chain_match": {"sni_domains": "server_names"},
    "match": {"regex": "safe_regex: {regex: …}"},
    "cors": {
        "allow_origin": "allow_origin_string_match",
        "allow_origin_regex": "allow_origin_string_match, with safe_regex",
        "enabled": "filter_enabled",
    },
    "route": {
        "host_rewrite": "host_rewrite_literal",
        "auto_host_rewrite_header": "host_rewrite_header",
        "per_filter_config": "typed_per_filter_config",
        "request_mirror_policy": "request_mirror_policies, which is a list",
    },
    "http_health_check": {
        "service_name": "service_name_matcher",
        "use_http2": "codec_client_type: HTTP2",
    },
    "routes": {"per_filter_config": "typed_per_filter_config"},
    "virtual_hosts": {"per_filter_config": "typed_per_filter_config"},
    "": {"runtime": "layered_runtime"},
}
# Where extensions stand, which once had `config` where `typed_config` is today.
_EXTENSION_FIELDS = (
    "access_log",
    "bootstrap_extensions",
    "filters",
    "http_filters",
    "listener_filters",
    "stats_sinks",
    "transport_socket",
    "resource_monitors",
    "http",
)
_OLD_TYPE = re.compile(r"envoy\.[a-z0-9_.]+\.v2(alpha\d*)?\.[\w.]+$")
_OLD_FILTER = re.compile(
    r"envoy\.config\.filter\.(?P<kind>http|network|listener|udp)\.(?P<name>\w+)\.v2\w*\.(?P<type>\w+)$"
)


def check_fields(document: Document) -> None:
    """Make sure that nothing in it is of the old kind.

    Args:
        document: The configuration.

    Raises:
        ConfigurationError: A field or a type is; the message names today's.
    """
    for way, node in walk(document.root):
        names = fields_of(way)
        below = names[-1] if names else ""
        for key in node:
            today = _today(str(key), below, node)
            if today:
                raise _refusal(document, (*way, key), str(key), today)
        _check_type(document, way, node)


def _today(key: str, below: str, node: MutableMapping[str, Any]) -> str:
    """Return what a field is called today; "" where it is none of the old ones."""
    name = snake_case(key)
    if name == "config" and below in _EXTENSION_FIELDS and "name" in node:
        return 'typed_config, which begins with "@type"'
    return _OLD.get(below, {}).get(name, "")


def _refusal(document: Document, way: Way, key: str, today: str) -> Exception:
    return document.refusal(
        way,
        f"is an old (v2) field; today it is {today.partition(':')[0].partition(',')[0]}.",
        quote=f"{key}:",
        hint=f"write instead of {key}: {today}",
    )


def _check_type(document: Document, way: Way, node: MutableMapping[str, Any]) -> None:
    for key in ("@type", "type_url", "typeUrl"):
        kind = node.get(key)
        if not isinstance(kind, str) or not _OLD_TYPE.search(kind):
            continue
        today = _todays_type(kind)
        raise document.refusal(
            (*way, key),
            "is an old (v2) type"
            + (f"; today it is {today}." if today else ", which Envoy no longer knows."),
            quote=kind,
            hint=f"write type.googleapis.com/{today}"
            if today
            else "write the v3 type that Envoy's documentation gives for it; its fields may have"
            " changed as well",
        )


def _todays_type(kind: str) -> str:
    """Return today's name of an old type, where it moved by a rule; "" else."""
    match = _OLD_FILTER.search(kind)
    if match:
        return f"envoy.extensions.filters.{match['kind']}.{match['name']}.v3.{match['type']}"
    return _TYPES.get(kind.rpartition("/")[2], "")


_TYPES = {
    "envoy.api.v2.auth.UpstreamTlsContext": (
        "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
    ),
    "envoy.api.v2.auth.DownstreamTlsContext": (
        "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
    ),
    "envoy.config.accesslog.v2.FileAccessLog": (
        "envoy.extensions.access_loggers.file.v3.FileAccessLog"
    ),
    "envoy.config.wasm.v2.WasmService": "envoy.extensions.wasm.v3.WasmService",
    "envoy.api.v2.Listener": "envoy.config.listener.v3.Listener",
    "envoy.api.v2.Cluster": "envoy.config.cluster.v3.Cluster",
    "envoy.api.v2.RouteConfiguration": "envoy.config.route.v3.RouteConfiguration",
    "envoy.api.v2.ClusterLoadAssignment": "envoy.config.endpoint.v3.ClusterLoadAssignment",
}
