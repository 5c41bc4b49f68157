"""Where Envoy takes which call of the SDK: measured, one call in one callback at a time.

    python -m tests.measured_calls

writes what the page of functions says of it; `tests/envoy/test_measured_calls.py` measures anew,
and compares.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import socketserver
import sys
import tempfile
import threading
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from urllib.parse import urlsplit

from lab_helpers.envoy import Envoy
from lab_helpers.functions.known import measured_file
from lab_helpers.functions.measured import ENDED
from lab_helpers.toolchain.envoy_binary import find_envoy
from tests.any_filters import any_filter

__all__ = ["PLACES", "Measured", "measure", "written"]

# Those that a request comes by, in its order; what is called without one comes before them.
PLACES = (
    "OnVMStart",
    "OnPluginStart",
    "OnTick",
    "callout",
    "OnHttpRequestHeaders",
    "OnHttpRequestBody",
    "OnHttpRequestTrailers",
    "OnHttpResponseHeaders",
    "OnHttpResponseBody",
    "OnHttpResponseTrailers",
    "OnHttpStreamDone",
)
_WITHOUT_A_REQUEST = PLACES[:3]
# No VM lives on after it; the filter says why.
_NOT_MADE = {("OnVMStart", "DispatchHttpCall")}


_SAID = re.compile(r"place=(\w+) call=(\w+) said=(.*)")
_END_OF_CHUNKS = re.compile(rb"(?:^|\r\n)0\r\n(?:[^\r\n]+\r\n)*\r\n\Z")
_CONFIGURATION = """
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
static_resources:
  listeners:
    - name: ingress
      address: {socket_address: {address: 127.0.0.1, port_value: 10000}}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: ingress
                delayed_close_timeout: 0s
                http_protocol_options: {enable_trailers: true}
                route_config:
                  virtual_hosts:
                    - {name: all, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: trailing}}]}
                http_filters:
                  - name: envoy.filters.http.wasm
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
                      config:
                        configuration: {"@type": type.googleapis.com/google.protobuf.StringValue, value: given}
                        vm_config:
                          runtime: envoy.wasm.runtime.v8
                          configuration: {"@type": type.googleapis.com/google.protobuf.StringValue, value: given}
                          code: {local: {filename: optimized.wasm}}
                  - name: envoy.filters.http.router
                    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
    - name: trailing
      type: STATIC
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: {http_protocol_options: {enable_trailers: true}}
      load_assignment:
        cluster_name: trailing
        endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: PORT}}}}]}]
"""  # noqa: E501  # YAML

# What Envoy says to a call, by the callback that makes it.
Measured = dict[str, dict[str, str]]


class _Trailing(socketserver.StreamRequestHandler):
    """An upstream that ends each answer with a trailer."""

    def handle(self) -> None:
        head = self._until(re.compile(rb"\r\n\r\n\Z"))
        if b"chunked" in head.lower():
            self._until(_END_OF_CHUNKS)
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nx-said: 1\r\n"
            b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
            b"4\r\nbody\r\n0\r\nx-end: 1\r\n\r\n"
        )

    def _until(self, end: re.Pattern[bytes]) -> bytes:
        read = b""
        while not end.search(read) and (byte := self.rfile.read(1)):
            read += byte
        return read


@contextlib.contextmanager
def _upstream() -> Iterator[int]:
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), _Trailing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def measure(
    folder: Path,
    left_out: AbstractSet[tuple[str, str]] = frozenset(),
    last: tuple[str, str] = ("", ""),
) -> Measured:
    """Return what Envoy says to each call in each callback.

    Args:
        folder: A folder for what is made.
        left_out: Pairs of callback and call that are not tried: after each that ends Envoy, another
            is started, which takes seconds.
        last: The pair to try last.
    """
    module = any_filter("places", folder, compiler="go")
    names = sorted(set(re.findall(r'^\t"(\w+)":', _calls(), re.MULTILINE)))
    wanted = {(place, name) for place in PLACES for name in names} - _NOT_MADE - left_out
    by_request = (pair for pair in wanted if pair[0] not in _WITHOUT_A_REQUEST)
    to_ask = sorted(by_request, key=lambda pair: (pair == last, pair))
    said: dict[tuple[str, str], str] = {}
    with _upstream() as port:
        file = folder / "places.yaml"
        file.write_text(_CONFIGURATION.replace("PORT", str(port)), encoding="utf-8")
        while wanted - said.keys():
            with Envoy(module, configuration=file, workers=1) as envoy:
                while to_ask and _answers(envoy.url, *to_ask[0]):
                    del to_ask[0]
                if to_ask:  # it got no answer, and no next one would
                    said[to_ask.pop(0)] = ENDED
                else:
                    _wait_for(envoy, wanted - said.keys())
                said = _said(envoy) | said
    return {
        name: {place: said[place, name] for place in PLACES if (place, name) in said}
        for name in names
    }


def written(measured: Measured, version: str) -> str:
    """Return it as the file that is kept.

    Args:
        measured: What was measured.
        version: Envoy's.
    """
    return json.dumps({"envoy": version, "calls": measured}, indent=1) + "\n"


def _calls() -> str:
    return (Path(__file__).parent / "filters" / "places" / "calls.go").read_text(encoding="utf-8")


def _said(envoy: Envoy) -> dict[tuple[str, str], str]:
    found = (_SAID.search(line) for line in envoy.log)
    return {(match[1], match[2]): match[3].strip() for match in found if match}


def _wait_for(envoy: Envoy, wanted: AbstractSet[tuple[str, str]]) -> None:
    envoy.wait_until(lambda _now: wanted <= _said(envoy).keys(), "all answers")


def _answers(url: str, place: str, name: str) -> bool:
    """Send a request, and return whether Envoy still answers after it."""
    if _send(url, place, name):
        return True
    try:
        return _send(url, "nowhere", name)
    except ConnectionError:
        return False


def _send(url: str, place: str, name: str) -> bool:
    """Send a request, and return whether anything came back."""
    where = urlsplit(url)
    assert where.hostname
    assert where.port
    came = False
    with socket.create_connection((where.hostname, where.port), timeout=10) as client:
        client.sendall(
            f"POST / HTTP/1.1\r\nhost: any\r\nx-place: {place}\r\nx-call: {name}\r\n"
            "connection: close\r\ntransfer-encoding: chunked\r\n\r\n"
            "4\r\nbody\r\n0\r\nx-end: 1\r\n\r\n".encode()
        )
        while client.recv(65536):
            came = True
    return came


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        measured_file().write_text(
            written(measure(Path(made)), find_envoy().version), encoding="utf-8"
        )
    sys.stdout.write(f"{measured_file().name} is written\n")
