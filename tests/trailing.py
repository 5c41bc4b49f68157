"""Requests and responses with trailers: headers that come after the body, as gRPC has them."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = [
    "ask_with_trailers",
    "request_with_trailers",
    "trailing_configuration",
    "trailing_upstream",
]

_END = b"0\r\nx-trailer: a\r\n\r\n"
_ENDPOINT = "type.googleapis.com/envoy.extensions"
_MANAGER = f"{_ENDPOINT}.filters.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = f"{_ENDPOINT}.filters.http.router.v3.Router"
_TCP_PROXY = f"{_ENDPOINT}.filters.network.tcp_proxy.v3.TcpProxy"
_OPTIONS = f"{_ENDPOINT}.upstreams.http.v3.HttpProtocolOptions"
_TRAILERS = {"enable_trailers": True}


class _Answering(http.server.BaseHTTPRequestHandler):
    """Read a request to the end of its trailers, and answer with a body and a trailer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        got = 0
        while size := int(self.rfile.readline(), 16):
            got += size
            self.rfile.read(size + len(b"\r\n"))
        while self.rfile.readline() != b"\r\n":
            pass
        self._answer(got)

    def _answer(self, got: int = 0) -> None:
        self.wfile.write(f"HTTP/1.1 200 OK\r\nx-got: {got}\r\n".encode())
        self.wfile.write(b"content-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n")
        self.wfile.write(b"4\r\nbody\r\n" + _END)

    def log_message(self, *_words: Any) -> None:
        """Say nothing of it."""


@contextlib.contextmanager
def trailing_upstream() -> Iterator[int]:
    """Serve answers with trailers on a port of this machine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answering) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def ask_with_trailers(port: int, headers: Mapping[str, str] | None = None) -> str:
    """Send a request with a body and a trailer; return the whole answer as it came.

    Args:
        port: Of a listener on this machine.
        headers: The request's headers.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request_with_trailers({"connection": "close", **(headers or {})}))
        answer = b""
        while more := connection.recv(4096):
            answer += more
    return answer.decode()


def request_with_trailers(headers: Mapping[str, str] | None = None) -> bytes:
    """Return a request with a body and a trailer, as it goes over the wire.

    Args:
        headers: Its headers.
    """
    said = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    head = f"POST / HTTP/1.1\r\nhost: any\r\n{said}transfer-encoding: chunked\r\n\r\n"
    return head.encode() + b"4\r\nbody\r\n" + _END


def trailing_configuration(
    upstream: int,
    http_filters: list[dict[str, Any]],
    network_filters: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return a configuration that lets trailers pass, both ways.

    Args:
        upstream: The port that answers.
        http_filters: What stands before the router.
        network_filters: What stands before the TCP proxy of a second listener; None for no such.
    """
    manager = {
        "@type": _MANAGER,
        "stat_prefix": "web",
        "http_protocol_options": _TRAILERS,
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "there"}}],
                }
            ]
        },
        "http_filters": [
            *http_filters,
            {"name": "envoy.filters.http.router", "typed_config": {"@type": _ROUTER}},
        ],
    }
    web = {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}
    proxy = {"@type": _TCP_PROXY, "stat_prefix": "raw", "cluster": "there"}
    raw = {"name": "envoy.filters.network.tcp_proxy", "typed_config": proxy}
    listeners = [_listener("web", 7000, [web])]
    if network_filters is not None:
        listeners.append(_listener("raw", 7001, [*network_filters, raw]))
    address = {"socket_address": {"address": "127.0.0.1", "port_value": upstream}}
    cluster = {
        "name": "there",
        "type": "STATIC",
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": _OPTIONS,
                "explicit_http_config": {"http_protocol_options": _TRAILERS},
            }
        },
        "load_assignment": {
            "cluster_name": "there",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
    }
    return {"static_resources": {"listeners": listeners, "clusters": [cluster]}}


def _listener(name: str, port: int, filters: list[dict[str, Any]]) -> dict[str, Any]:
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    return {"name": name, "address": address, "filter_chains": [{"filters": filters}]}
