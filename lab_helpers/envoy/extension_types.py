"""Refuse an extension without its `@type`, and say which one to write.

Envoy finds an extension by the type of its configuration, and no longer by its name. It says so
without the type, which only its documentation has.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from lab_helpers.envoy.document import Document, Way, walk
from lab_helpers.envoy.spelling import field, field_key, snake_case

__all__ = ["check_types", "extension_type", "known_names"]

_ROOT = "type.googleapis.com/"
_HTTP, _NETWORK = "envoy.filters.http.", "envoy.filters.network."
# The names that configurations use, without `envoy.`: what follows `envoy.extensions.`.
_TYPES = {
    "filters.http.router": "filters.http.router.v3.Router",
    "filters.http.wasm": "filters.http.wasm.v3.Wasm",
    "filters.http.lua": "filters.http.lua.v3.Lua",
    "filters.http.cors": "filters.http.cors.v3.Cors",
    "filters.http.fault": "filters.http.fault.v3.HTTPFault",
    "filters.http.buffer": "filters.http.buffer.v3.Buffer",
    "filters.http.compressor": "filters.http.compressor.v3.Compressor",
    "filters.http.decompressor": "filters.http.decompressor.v3.Decompressor",
    "filters.http.csrf": "filters.http.csrf.v3.CsrfPolicy",
    "filters.http.ext_authz": "filters.http.ext_authz.v3.ExtAuthz",
    "filters.http.ext_proc": "filters.http.ext_proc.v3.ExternalProcessor",
    "filters.http.grpc_web": "filters.http.grpc_web.v3.GrpcWeb",
    "filters.http.grpc_stats": "filters.http.grpc_stats.v3.FilterConfig",
    "filters.http.header_to_metadata": "filters.http.header_to_metadata.v3.Config",
    "filters.http.health_check": "filters.http.health_check.v3.HealthCheck",
    "filters.http.jwt_authn": "filters.http.jwt_authn.v3.JwtAuthentication",
    "filters.http.local_ratelimit": "filters.http.local_ratelimit.v3.LocalRateLimit",
    "filters.http.oauth2": "filters.http.oauth2.v3.OAuth2",
    "filters.http.ratelimit": "filters.http.ratelimit.v3.RateLimit",
    "filters.http.rbac": "filters.http.rbac.v3.RBAC",
    "filters.http.tap": "filters.http.tap.v3.Tap",
    "filters.network.http_connection_manager": (
        "filters.network.http_connection_manager.v3.HttpConnectionManager"
    ),
    "filters.network.tcp_proxy": "filters.network.tcp_proxy.v3.TcpProxy",
    "filters.network.wasm": "filters.network.wasm.v3.Wasm",
    "filters.network.echo": "filters.network.echo.v3.Echo",
    "filters.network.direct_response": "filters.network.direct_response.v3.Config",
    "filters.network.ext_authz": "filters.network.ext_authz.v3.ExtAuthz",
    "filters.network.ratelimit": "filters.network.ratelimit.v3.RateLimit",
    "filters.network.rbac": "filters.network.rbac.v3.RBAC",
    "filters.network.redis_proxy": "filters.network.redis_proxy.v3.RedisProxy",
    "filters.network.mongo_proxy": "filters.network.mongo_proxy.v3.MongoProxy",
    "filters.network.sni_cluster": "filters.network.sni_cluster.v3.SniCluster",
    "filters.listener.tls_inspector": "filters.listener.tls_inspector.v3.TlsInspector",
    "filters.listener.http_inspector": "filters.listener.http_inspector.v3.HttpInspector",
    "filters.listener.original_dst": "filters.listener.original_dst.v3.OriginalDst",
    "filters.listener.proxy_protocol": "filters.listener.proxy_protocol.v3.ProxyProtocol",
    "filters.udp_listener.udp_proxy": "filters.udp.udp_proxy.v3.UdpProxyConfig",
    "access_loggers.file": "access_loggers.file.v3.FileAccessLog",
    "access_loggers.stdout": "access_loggers.stream.v3.StdoutAccessLog",
    "access_loggers.stderr": "access_loggers.stream.v3.StderrAccessLog",
    "access_loggers.wasm": "access_loggers.wasm.v3.WasmAccessLog",
    "transport_sockets.raw_buffer": "transport_sockets.raw_buffer.v3.RawBuffer",
    "bootstrap.wasm": "wasm.v3.WasmService",
    "bootstrap.internal_listener": "bootstrap.internal_listener.v3.InternalListener",
    "stat_sinks.wasm": "stat_sinks.wasm.v3.Wasm",
}
# Names of Envoy's first years, which many examples still have.
_OLD_NAMES = {
    "router": "filters.http.router",
    "wasm": "filters.http.wasm",
    "lua": "filters.http.lua",
    "cors": "filters.http.cors",
    "fault": "filters.http.fault",
    "buffer": "filters.http.buffer",
    "gzip": "filters.http.compressor",
    "health_check": "filters.http.health_check",
    "http_connection_manager": "filters.network.http_connection_manager",
    "tcp_proxy": "filters.network.tcp_proxy",
    "echo": "filters.network.echo",
    "file_access_log": "access_loggers.file",
}
# Below these fields stand extensions, one or a list, which Envoy takes by their type.
_EXTENSIONS = (
    "access_log",
    "bootstrap_extensions",
    "filters",
    "http_filters",
    "listener_filters",
    "stats_sinks",
)
# Where one of them takes its configuration from somewhere else, or needs none.
_ELSEWHERE = ("config_discovery", "config", "hidden_envoy_deprecated_config")


def known_names() -> tuple[str, ...]:
    """Return the names of the extensions whose type the lab knows."""
    return tuple(f"envoy.{name}" for name in (*_TYPES, *_OLD_NAMES))


def extension_type(name: str) -> str:
    """Return the `@type` of an extension's configuration; "" where the lab does not know it.

    Args:
        name: The extension's name, as in `envoy.filters.http.router`.
    """
    short = name.removeprefix("envoy.")
    if short.startswith("config.") or "." not in name:
        return ""
    known = _TYPES.get(_OLD_NAMES.get(short, short))
    if known is None:
        return ""
    # The Wasm Service and its kind stand beside the other extensions, under the same root.
    return f"{_ROOT}envoy.extensions.{known}"


def check_types(document: Document) -> None:
    """Make sure that each extension has the `@type` that Envoy finds it by.

    Args:
        document: The configuration.

    Raises:
        ConfigurationError: One has none; the message names what to write.
    """
    for way, node in walk(document.root):
        key = field_key(node, "typed_config") or next(
            (key for key in ("typed_config", "typedConfig") if key in node), None
        )
        if key is None:
            if _is_extension(way) and _is_bare(node):
                raise _refusal(document, way, node)
            continue
        configured = node[key]
        # Of another kind than a mapping, it is for Envoy to refuse.
        is_mapping = isinstance(configured, Mapping)
        if (configured is None or is_mapping) and not field(configured, "@type"):
            raise _refusal(document, (*way, key), node)


def _is_extension(way: Way) -> bool:
    """Return whether a message is an item of a list of extensions."""
    return bool(way) and isinstance(way[-1], int) and snake_case(str(way[-2])) in _EXTENSIONS


def _is_bare(node: MutableMapping[str, Any]) -> bool:
    return isinstance(node.get("name"), str) and not any(
        field_key(node, name) for name in _ELSEWHERE
    )


def _refusal(document: Document, way: Way, node: MutableMapping[str, Any]) -> Exception:
    name = str(node.get("name", ""))
    kind = extension_type(name)
    called = name or "this extension"
    hint = (
        f'write below {called}: typed_config: {{"@type": {kind}}}'
        if kind
        else f'write the "@type" that Envoy\'s documentation gives for {called} below its'
        " typed_config"
    )
    return document.refusal(
        way,
        f"has no @type, and Envoy finds {called} by that alone.",
        quote=f"name: {name}" if name else "",
        hint=hint,
    )
