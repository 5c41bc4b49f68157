"""The toolchain: decisions given as input, and real installs beside each other."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain import find_envoy, find_go, find_tinygo
from lab_helpers.toolchain import install as installing
from lab_helpers.toolchain.go import GO
from lab_helpers.toolchain.install import InstallProgress, install_tinygo
from lab_helpers.toolchain.tinygo import TINYGO, TINYGO_VERSION, installed_folder, tools_folder
from lab_helpers.toolchain.tinygo_archive import ARCHIVES, archive_platform, download_tinygo
from lab_helpers.toolchain.tinygo_source import retarget
from lab_helpers.toolchain.versions import Accepted
from tests.conftest import TellFault


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with Go, but without any TinyGo."""
    go = find_go()
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LAB_GO", str(go.path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.delenv("LAB_TINYGO", raising=False)
    return tmp_path / "cache"


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def progress() -> Iterator[InstallProgress]:
    with InstallProgress(Console(file=io.StringIO())) as shown:
        yield shown


@pytest.mark.parametrize("version", ["1.24.0", "1.25.9", "1.26.6"])
def test_go_in_range_is_accepted(version: str) -> None:
    assert GO.refusal(version) == ""


@pytest.mark.parametrize("version", ["1.19.8", "1.23.12", "1.27.0", "2.0"])
def test_go_out_of_range_is_refused_with_the_reason(version: str) -> None:
    assert version in GO.refusal(version)
    assert "TinyGo 0.41.1 takes no later one" in GO.refusal(version)


def test_a_range_says_itself_in_words() -> None:
    assert str(GO) == "1.24 to 1.26"
    assert str(TINYGO) == "0.41"
    assert str(Accepted("Envoy", (1, 36), None, "")) == "1.36 and later"


@pytest.mark.fault("LAB_GO names a Go that is too old")
def test_a_go_that_is_named_and_too_old_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    path = program(tmp_path / "go", "go version go1.19.8 linux/amd64")
    monkeypatch.setenv("LAB_GO", str(path))
    with pytest.raises(ToolchainError, match=r"Go 1\.19\.8 is out of range") as caught:
        find_go()
    assert caught.value.quote == f"LAB_GO={path}"
    assert caught.value.hint == "name another Go with LAB_GO, or unset it"
    fault(caught.value, kept="everything")


def test_no_go_at_all_names_what_was_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab_helpers.toolchain.go._packaged_go", lambda: None)
    program(tmp_path / "go", "go version go1.27.1 linux/amd64")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError, match=r"no Go of a version from 1\.24 to 1\.26") as caught:
        find_go()
    assert "1.27.1 is out of range" in caught.value.quote


def test_a_tinygo_of_another_version_is_refused(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "tinygo", "tinygo version 0.40.0 linux/amd64 (using go 1.26)")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError) as caught:
        find_tinygo()
    assert "0.40.0 is out of range" in caught.value.quote
    assert "lab setup" in caught.value.hint


@pytest.mark.fault("LAB_TINYGO names a program that is not there")
def test_a_tinygo_that_is_named_is_never_replaced_by_another(
    empty_cache: Path, progress: InstallProgress, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    program(installed_folder() / "bin" / "tinygo", "tinygo version 0.41.1 linux/amd64")
    monkeypatch.setenv("LAB_TINYGO", "/no/such/tinygo")
    for find in (find_tinygo, lambda: install_tinygo(progress, put=lambda _root: None)):
        with pytest.raises(ToolchainError, match="/no/such/tinygo cannot be run") as caught:
            find()
        assert "unset it" in caught.value.hint
    fault(caught.value, kept="everything")


def test_an_envoy_that_is_too_old_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = "envoy  version: 84813de2fc11ad2e76d7614c1ddd46f9/1.35.2/Clean/RELEASE/BoringSSL"
    monkeypatch.setenv("LAB_ENVOY", str(program(tmp_path / "envoy", says)))
    with pytest.raises(ToolchainError, match=r"1\.35\.2 is out of range"):
        find_envoy()


def test_the_packaged_envoy_says_the_version_that_its_package_has() -> None:
    envoy = find_envoy()
    said = subprocess.run(
        [str(envoy.path), "--version"], capture_output=True, text=True, check=True
    ).stdout
    assert f"/{envoy.version}/" in said


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("Linux", "x86_64", "linux-amd64"),
        ("Linux", "aarch64", "linux-arm64"),
        ("Darwin", "arm64", "darwin-arm64"),
        ("Darwin", "x86_64", "darwin-amd64"),
    ],
)
def test_the_archive_for_a_platform(system: str, machine: str, name: str) -> None:
    assert archive_platform(system, machine) == name
    assert len(ARCHIVES[name]) == 64


@pytest.mark.parametrize(("system", "machine"), [("Linux", "riscv64"), ("Windows", "AMD64")])
def test_a_platform_without_an_archive_is_said(system: str, machine: str) -> None:
    with pytest.raises(ToolchainError, match=f"no archive of TinyGo.* for {system} on {machine}"):
        archive_platform(system, machine)


def test_the_target_is_told_where_debian_keeps_its_libraries() -> None:
    target = {
        "libc": "wasi-libc",
        "rtlib": "compiler-rt",
        "features": "+bulk-memory,+bulk-memory-opt,+call-indirect-overlong,+sign-ext",
        "cflags": ["-mbulk-memory"],
        "ldflags": ["--stack-first"],
        "extra-files": ["src/runtime/asm_tinygowasm.S", "src/runtime/gc_boehm.c"],
        "scheduler": "asyncify",
    }
    changed = retarget(json.loads(json.dumps(target)))
    assert "libc" not in changed
    assert "rtlib" not in changed
    assert changed["features"] == "+bulk-memory,+sign-ext"
    assert changed["extra-files"] == ["src/runtime/asm_tinygowasm.S"]
    assert changed["cflags"] == ["-mbulk-memory", "-isystem", "/usr/include/wasm32-wasi"]
    assert changed["ldflags"] == [
        "--stack-first",
        "/usr/lib/wasm32-wasi/libc.a",
        "/usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a",
    ]
    assert changed["scheduler"] == "asyncify"


# --- the archive, from a real server on this machine ---


def archive() -> bytes:
    """A small archive of the release's shape."""
    content = b"#!/bin/sh\necho tinygo version 0.41.1\n"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        entry = tarfile.TarInfo("tinygo/bin/tinygo")
        entry.size, entry.mode = len(content), 0o755
        tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


ARCHIVE = archive()


@pytest.fixture
def releases() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(ARCHIVE)))
            self.end_headers()
            self.wfile.write(ARCHIVE)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def from_server(
    releases: str, sha256: str = ""
) -> Callable[[Path, Callable[[int, int], None]], None]:
    def download(root: Path, progress: Callable[[int, int], None]) -> None:
        sha = sha256 or hashlib.sha256(ARCHIVE).hexdigest()
        download_tinygo(root, progress, releases=releases, name="linux-amd64", sha256=sha)

    return download


def test_the_archive_is_installed_once_and_found_then(
    empty_cache: Path, releases: str, progress: InstallProgress
) -> None:
    tinygo = install_tinygo(progress, download=from_server(releases))
    assert (tinygo.version, tinygo.source) == (TINYGO_VERSION, "archive")
    assert tinygo.path.is_relative_to(empty_cache)
    assert os.access(tinygo.path, os.X_OK)

    def unreachable(_root: Path, _progress: object) -> None:
        raise AssertionError("downloaded twice")

    assert install_tinygo(progress, download=unreachable) == tinygo == find_tinygo()


@pytest.mark.fault("TinyGo's archive has another checksum than the pinned one")
def test_an_archive_with_another_checksum_is_thrown_away(
    empty_cache: Path, releases: str, tmp_path: Path, fault: TellFault
) -> None:
    root = tmp_path / "tinygo"
    with pytest.raises(ToolchainError, match="is not TinyGo's release archive") as caught:
        from_server(releases, "0" * 64)(root, lambda _done, _total: None)
    assert "hash" in caught.value.quote.lower()
    assert list(tmp_path.glob("*.tar.gz")) == []
    assert not root.exists()
    fault(caught.value, kept="what was installed before")


def test_what_an_interrupted_install_left_is_cleared(
    empty_cache: Path, releases: str, progress: InstallProgress
) -> None:
    half = tools_folder() / ".installing-half"
    (half / "tinygo" / "bin").mkdir(parents=True)

    def interrupted(root: Path, _progress: object) -> None:
        program(root / "bin" / "tinygo", "half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install_tinygo(progress, download=interrupted)
    assert not installed_folder().exists()
    with pytest.raises(ToolchainError):
        find_tinygo()
    install_tinygo(progress, download=from_server(releases))
    assert [path.name for path in tools_folder().iterdir() if "installing" in path.name] == []


def test_an_unreachable_site_leads_to_the_build_from_source(
    empty_cache: Path, progress: InstallProgress, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(root: Path, *_rest: object) -> None:
        program(root / "bin" / "tinygo", "built")

    monkeypatch.setattr(installing, "build_tinygo", build)
    # Nothing listens on port 9 of this machine: the connection is refused at once.
    tinygo = install_tinygo(progress, download=from_server("http://127.0.0.1:9"))
    assert tinygo.source == "source"


def test_when_both_ways_fail_both_reasons_are_told(
    empty_cache: Path, progress: InstallProgress, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_rest: object) -> None:
        raise ToolchainError("No LLVM.", quote="apt said no", hint="sudo apt-get install clang-19")

    monkeypatch.setattr(installing, "build_tinygo", build)
    with pytest.raises(ToolchainError) as caught:
        install_tinygo(progress, download=from_server("http://127.0.0.1:9"))
    assert "cannot be downloaded. No LLVM." in caught.value.what
    assert "refused" in caught.value.quote.lower()
    assert "apt said no" in caught.value.quote
    assert "sudo apt-get" in caught.value.hint


RACER = """
import io, sys
from pathlib import Path
from rich.console import Console
from lab_helpers.toolchain.install import InstallProgress, install_tinygo
from lab_helpers.toolchain.tinygo_archive import download_tinygo

def download(root, progress):
    print("downloading", flush=True)
    download_tinygo(root, progress, releases=sys.argv[1], name="linux-amd64", sha256=sys.argv[2])

with InstallProgress(Console(file=io.StringIO())) as progress:
    print(install_tinygo(progress, download=download).source, flush=True)
"""


def test_of_two_processes_one_installs_and_both_have_it(empty_cache: Path, releases: str) -> None:
    words = [sys.executable, "-c", RACER, releases, hashlib.sha256(ARCHIVE).hexdigest()]
    racers = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [racer.communicate(timeout=60)[0].split() for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0]
    assert sorted(said, key=len) == [["archive"], ["downloading", "archive"]]
