"""A Kubernetes API server of our own: built from its Go module, beside an etcd, on 127.0.0.1.

No pod ever runs in it: it keeps objects, and judges what it is given, as a cluster's does.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import stamina

from lab_helpers.folders import cache_folder
from lab_helpers.toolchain import find_go, go_environment

__all__ = ["api_server", "module_folder"]

VERSION = "v1.34.2"
# Its parts have versions of their own, and are replaced by folders in its go.mod.
_PART_VERSION = "v0.34.2"
_PART = re.compile(r"^\s*(?:replace\s+)?(k8s\.io/[\w.-]+) => \./staging", re.MULTILINE)
_START_S = 120.0


def module_folder(name: str, version: str) -> Path:
    """Return the folder of a Go module, after downloading it if it is not there.

    Args:
        name: The module's path.
        version: Its version.
    """
    return Path(_go("list", "-m", "-f", "{{.Dir}}", f"{name}@{version}", of=(name, version)))


def built_server() -> Path:
    """Return the API server's program; it is built once, which takes some ten minutes."""
    place = cache_folder() / "cluster" / VERSION
    program = place / "kube-apiserver"
    if program.is_file():
        return program
    place.mkdir(parents=True, exist_ok=True)
    source = module_folder("k8s.io/kubernetes", VERSION)
    parts = _PART.findall((source / "go.mod").read_text(encoding="utf-8"))
    replaced = "".join(f"\t{part} => {part} {_PART_VERSION}\n" for part in parts)
    (place / "go.mod").write_text(
        f"module cluster\n\ngo 1.24.0\n\nrequire k8s.io/kubernetes {VERSION}\n\n"
        f"replace (\n{replaced})\n",
        encoding="utf-8",
    )
    (place / "tools.go").write_text(
        '//go:build tools\n\npackage tools\n\nimport _ "k8s.io/kubernetes/cmd/kube-apiserver"\n',
        encoding="utf-8",
    )
    _run_go("mod", "tidy", folder=place)
    fresh = place / "kube-apiserver.new"
    _run_go("build", "-o", str(fresh), "k8s.io/kubernetes/cmd/kube-apiserver", folder=place)
    fresh.replace(program)
    return program


@contextlib.contextmanager
def api_server(scratch: Path) -> Iterator[httpx.Client]:
    """Run an API server, and yield a client that may do everything there.

    Args:
        scratch: A folder for its files.
    """
    etcd = shutil.which("etcd")
    if etcd is None:
        raise SystemExit("There is no etcd: apt-get install etcd-server")
    program = built_server()
    keys = scratch / "service-account.key"
    subprocess.run(
        ["openssl", "genrsa", "-out", str(keys), "2048"], check=True, capture_output=True
    )
    token = secrets.token_hex(16)
    (scratch / "tokens.csv").write_text(f"{token},tester,1,system:masters\n", encoding="utf-8")
    (scratch / "tokens.csv").chmod(0o600)
    store, peers, port = _free_port(), _free_port(), _free_port()
    words = [
        etcd,
        f"--data-dir={scratch / 'etcd'}",
        f"--listen-client-urls=http://127.0.0.1:{store}",
        f"--advertise-client-urls=http://127.0.0.1:{store}",
        f"--listen-peer-urls=http://127.0.0.1:{peers}",
    ]
    server = [
        str(program),
        f"--etcd-servers=http://127.0.0.1:{store}",
        "--service-account-issuer=https://cluster.invalid",
        f"--service-account-key-file={keys}",
        f"--service-account-signing-key-file={keys}",
        f"--cert-dir={scratch / 'certificates'}",
        f"--token-auth-file={scratch / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--service-cluster-ip-range=10.0.0.0/24",
    ]
    with (
        _running(words, scratch / "etcd.log"),
        _running(server, scratch / "apiserver.log") as process,
        _ready_client(process, scratch, port, token) as client,
    ):
        yield client


@contextlib.contextmanager
def _ready_client(
    process: subprocess.Popen[bytes], scratch: Path, port: int, token: str
) -> Iterator[httpx.Client]:
    """Wait until the server serves; it is known by the certificate that it has written itself."""
    certificate = scratch / "certificates" / "apiserver.crt"

    def need(done: Callable[[], bool]) -> None:
        for attempt in stamina.retry_context(
            on=(httpx.TransportError, NotYetError), attempts=None, timeout=_START_S, wait_max=0.5
        ):
            with attempt:
                if process.poll() is not None:
                    raise SystemExit((scratch / "apiserver.log").read_text("utf-8")[-2000:])
                if not done():
                    raise NotYetError

    need(certificate.is_file)
    with httpx.Client(
        base_url=f"https://127.0.0.1:{port}",
        headers={"authorization": f"Bearer {token}"},
        verify=ssl.create_default_context(cafile=str(certificate)),
        trust_env=False,
        timeout=60,
    ) as client:
        need(lambda: client.get("/readyz").status_code == httpx.codes.OK)
        yield client


class NotYetError(Exception):
    """The server does not serve yet."""


@contextlib.contextmanager
def _running(words: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as said, subprocess.Popen(words, stdout=said, stderr=said) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def _free_port() -> int:
    with socket.socket() as chooser:
        chooser.bind(("127.0.0.1", 0))
        return int(chooser.getsockname()[1])


def _go(*words: str, of: tuple[str, str]) -> str:
    """Run Go in a module that requires one other."""
    place = cache_folder() / "cluster" / "modules" / of[0].replace("/", "_")
    place.mkdir(parents=True, exist_ok=True)
    (place / "go.mod").write_text("module of\n\ngo 1.24.0\n", encoding="utf-8")
    _run_go("mod", "download", f"{of[0]}@{of[1]}", folder=place)
    return _run_go(*words, folder=place).strip()


def _run_go(*words: str, folder: Path) -> str:
    go = find_go().path
    environment = os.environ | go_environment(go, mod="mod")
    done = subprocess.run(
        [str(go), *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"go {' '.join(words)}: {done.stderr[-2000:]}")
    return done.stdout
