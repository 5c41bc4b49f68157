"""Whom a bundle is for: the machine is given as input."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from lab_helpers.bundle.manifest import GO_SUMS, Host, Manifest, Member, sha256_of_text_file
from lab_helpers.errors import BundleError

DEBIAN = Host("linux-x86_64", "3.11.2", "2.36")
MANIFEST = Manifest(
    platform="linux-x86_64",
    pythons=("3.11", "3.12"),
    glibc="2.36",
    commit="0" * 40,
    lock="1" * 64,
    go_sum="2" * 64,
    tinygo="0.41.1 (source)",
    image="",
    members={"a": Member("3" * 64, 5), "wheels/b.whl": Member("4" * 64, 7)},
)


def test_it_is_read_as_it_was_written() -> None:
    assert Manifest.parse(MANIFEST.as_text()) == MANIFEST
    assert MANIFEST.bytes == 12


@pytest.mark.parametrize(
    "host",
    [
        DEBIAN,
        Host("linux-x86_64", "3.12.3", "2.39"),  # Ubuntu 24.04
        Host("linux-x86_64", "3.11.15", "2.100"),  # numbers, not text
    ],
)
def test_a_machine_like_its_own_is_taken(host: Host) -> None:
    MANIFEST.check_host(host)


@pytest.mark.parametrize(
    ("host", "said", "hint"),
    [
        (Host("linux-aarch64", "3.11.2", "2.36"), "is for linux-x86_64", "of this kind"),
        (Host("darwin-aarch64", "3.11.2", ""), "is for linux-x86_64", "of this kind"),
        (Host("linux-x86_64", "3.13.5", "2.41"), "3.11 and 3.12", "--python 3.13"),
        (Host("linux-x86_64", "3.1.1", "2.41"), "3.11 and 3.12", "python3.11"),
        (Host("linux-x86_64", "3.11.2", "2.35"), "glibc 2.35", "later system"),
        (Host("linux-x86_64", "3.11.2", ""), "no glibc", "later system"),  # Alpine
    ],
)
def test_another_machine_is_refused(host: Host, said: str, hint: str) -> None:
    with pytest.raises(BundleError, match=said) as caught:
        MANIFEST.check_host(host)
    assert hint in caught.value.hint


def test_on_macos_there_is_no_glibc_to_ask_for() -> None:
    mac = dataclasses.replace(MANIFEST, platform="darwin-aarch64", glibc="")
    mac.check_host(Host("darwin-aarch64", "3.12.4", ""))


@pytest.mark.parametrize("changed", ["requirements.lock", *GO_SUMS])
def test_another_version_of_the_lab_is_refused(changed: str, tmp_path: Path) -> None:
    for name in ("requirements.lock", *GO_SUMS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    fitting = dataclasses.replace(
        MANIFEST,
        lock=sha256_of_text_file(tmp_path / "requirements.lock"),
        go_sum=sha256_of_text_file(*(tmp_path / name for name in GO_SUMS)),
    )
    fitting.check_repository(tmp_path)
    (tmp_path / changed).write_text("newer", encoding="utf-8")
    with pytest.raises(BundleError, match=changed):
        fitting.check_repository(tmp_path)
    (tmp_path / changed).unlink()
    with pytest.raises(BundleError, match=changed):
        fitting.check_repository(tmp_path)


def test_line_ends_of_windows_are_no_difference(tmp_path: Path) -> None:
    (tmp_path / "unix").write_bytes(b"a\nb\n")
    (tmp_path / "windows").write_bytes(b"a\r\nb\r\n")
    assert sha256_of_text_file(tmp_path / "unix") == sha256_of_text_file(tmp_path / "windows")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"format": 1}',
        json.dumps(
            json.loads(MANIFEST.as_text()) | {"members": {"a": {"sha256": "x", "bytes": 1}}}
        ),
        json.dumps(json.loads(MANIFEST.as_text()) | {"members": {"a": None}}),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BundleError, match="cannot be read"):
        Manifest.parse(text)


def test_a_later_format_is_said_so() -> None:
    later = json.dumps(json.loads(MANIFEST.as_text()) | {"format": 2})
    with pytest.raises(BundleError, match="format 2"):
        Manifest.parse(later)
