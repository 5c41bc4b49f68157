"""TinyGo's release archive: which one, and that only the pinned bytes are ever unpacked."""

from __future__ import annotations

import hashlib
import http.server
import io
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain.tinygo import TINYGO_VERSION
from lab_helpers.toolchain.tinygo_archive import download_tinygo

NAME = "linux-amd64"
FILE = f"tinygo{TINYGO_VERSION}.{NAME}.tar.gz"


def archive(member: str = "tinygo/bin/tinygo") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        content = b"#!/bin/sh\necho tinygo version 0.41.1\n"
        entry = tarfile.TarInfo(member)
        entry.size, entry.mode = len(content), 0o755
        tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve a folder on a free port; give its address and the folder."""
    folder = tmp_path / "site"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, directory=str(folder), **kwargs)  # type: ignore[arg-type]

        def log_message(self, *_args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", folder
        server.shutdown()
        thread.join()


def test_the_pinned_archive_is_unpacked_and_removed(site: tuple[str, Path], tmp_path: Path) -> None:
    address, folder = site
    (folder / FILE).write_bytes(archive())
    root = tmp_path / "scratch" / "root"
    seen: list[tuple[int, int]] = []
    download_tinygo(
        root,
        lambda done, total: seen.append((done, total)),
        releases=address,
        name=NAME,
        sha256=hashlib.sha256(archive()).hexdigest(),
    )
    assert (root / "bin" / "tinygo").stat().st_mode & 0o100
    assert seen[-1] == (len(archive()), len(archive()))
    assert not (root.parent / FILE).exists()


def test_an_archive_that_reaches_outside_is_not_unpacked(
    site: tuple[str, Path], tmp_path: Path
) -> None:
    if not hasattr(tarfile, "data_filter"):
        pytest.skip("this Python cannot filter; the pinned checksum alone vouches for the names")
    address, folder = site
    evil = archive("../../outside")
    (folder / FILE).write_bytes(evil)
    root = tmp_path / "scratch" / "root"
    with pytest.raises(ToolchainError, match="cannot be unpacked"):
        download_tinygo(
            root,
            lambda _done, _total: None,
            releases=address,
            name=NAME,
            sha256=hashlib.sha256(evil).hexdigest(),
        )
    assert not (tmp_path / "outside").exists()


def test_a_missing_file_is_quoted(site: tuple[str, Path], tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="cannot be downloaded") as caught:
        download_tinygo(tmp_path / "s" / "root", lambda _d, _t: None, releases=site[0], name=NAME)
    assert "404" in caught.value.quote
