"""Envoy's admin port, with a small server in Envoy's place."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from lab_helpers.envoy.admin import Admin
from lab_helpers.launch.interface import Address


class _Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[Address]:
    with http.server.HTTPServer(("127.0.0.1", 0), _Ready) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield Address("127.0.0.1", server.server_port)
        server.shutdown()
        serving.join()


def test_a_companys_proxy_is_not_asked(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    admin = Admin(address)
    try:
        assert admin.ready()
    finally:
        admin.close()
