"""A registry on this machine with one small image: what the engine needs to pull, and no more."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import json
import threading
from types import TracebackType

NAME = "envoy-wasm-lab-test/pulled"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


class Registry:
    """Serve one image over HTTP, which an engine accepts from the loopback address."""

    def __init__(self, layer: bytes) -> None:
        packed = gzip.compress(layer)
        config = json.dumps(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": {"Cmd": ["/bin/sh"]},
                "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
            }
        ).encode()
        self.blobs = {_digest(blob): blob for blob in (packed, config)}
        self.manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST,
                "config": _described(config, "application/vnd.docker.container.image.v1+json"),
                "layers": [_described(packed, "application/vnd.docker.image.rootfs.diff.tar.gzip")],
            }
        ).encode()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def image(self) -> str:
        return f"127.0.0.1:{self._server.server_port}/{NAME}:v1"

    def __enter__(self) -> Registry:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, path: str) -> tuple[str, bytes] | None:
        """Return a content type and a body; None for what is not there."""
        place, _, last = path.rpartition("/")
        if path == "/v2/":
            return "application/json", b"{}"
        if place == f"/v2/{NAME}/manifests" and last in ("v1", _digest(self.manifest)):
            return _MANIFEST, self.manifest
        if place == f"/v2/{NAME}/blobs" and last in self.blobs:
            return "application/octet-stream", self.blobs[last]
        return None

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                kind, body = registry.answer(self.path) or ("application/json", b"")
                if not body:
                    body = b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "unknown"}]}'
                    self.send_response(404)
                else:
                    self.send_response(200)
                    self.send_header("Docker-Content-Digest", _digest(body))
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Connection", "close")
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET  # noqa: N815  # the name that the library looks for

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _described(content: bytes, kind: str) -> dict[str, object]:
    return {"mediaType": kind, "size": len(content), "digest": _digest(content)}
