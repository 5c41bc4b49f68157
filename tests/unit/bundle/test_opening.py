"""A bundle on its way in: damaged, changed or malicious ones are refused, and leave nothing."""

from __future__ import annotations

import errno
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers.bundle.opening import Bundle, require_space
from lab_helpers.bundle.unpacking import unpack_tar
from lab_helpers.bundle.writing import write_bundle
from lab_helpers.errors import BundleError
from tests.conftest import TellFault
from tests.unit.bundle.test_manifest import MANIFEST

PARTS = {"wheels/a-1-py3-none-any.whl": b"wheel" * 1000, "tinygo.tar.gz": b"tool" * 5000}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    parts = tmp_path / "parts"
    for name, content in PARTS.items():
        (parts / name).parent.mkdir(parents=True, exist_ok=True)
        (parts / name).write_bytes(content)
    (parts / "empty").touch()
    write_bundle(tmp_path / "lab.run", parts, MANIFEST)
    return tmp_path / "lab.run"


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Return a copy of a bundle with its files changed and its list as it was."""
    with zipfile.ZipFile(file) as old:
        content = {name: old.read(name) for name in old.namelist()}
    change(content)
    target = file.with_name("changed.run")
    with zipfile.ZipFile(target, "w") as new:
        for name, data in content.items():
            new.writestr(name, data)
    return target


def test_what_went_in_comes_out(file: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with Bundle(file) as bundle:
        assert set(bundle.manifest.members) == set(PARTS)  # an empty file is no part
        bundle.check(lambda done, total: told.append((done, total)))
        assert told[-1] == (25_000, 25_000)
        assert bundle.extract_wheels(tmp_path / "wheels") == 1
        out = bundle.extract("tinygo.tar.gz", tmp_path / "out")
    assert out.read_bytes() == PARTS["tinygo.tar.gz"]
    wheel = tmp_path / "wheels" / "a-1-py3-none-any.whl"
    assert wheel.read_bytes() == PARTS["wheels/a-1-py3-none-any.whl"]


def test_a_changed_member_is_refused_and_not_written(file: Path, tmp_path: Path) -> None:
    """Its zip checksum is right, as a person's who changed it would be: the list decides."""
    changed = rewritten(file, lambda content: content.update({"tinygo.tar.gz": b"evil" * 5000}))
    with Bundle(changed) as bundle:
        with pytest.raises(BundleError, match="not what its list says"):
            bundle.check()
        with pytest.raises(BundleError, match="not what its list says"):
            bundle.extract("tinygo.tar.gz", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".partial-*"))


def test_a_member_that_grew_is_refused(file: Path) -> None:
    grown = rewritten(
        file, lambda content: content.update({"tinygo.tar.gz": PARTS["tinygo.tar.gz"] + b"x"})
    )
    with Bundle(grown) as bundle, pytest.raises(BundleError, match="not what its list says"):
        bundle.check()


def test_a_wrong_byte_is_refused(file: Path) -> None:
    content = bytearray(file.read_bytes())
    place = content.index(b"tooltool")
    content[place] ^= 1
    file.write_bytes(content)
    with Bundle(file) as bundle, pytest.raises(BundleError, match="damaged"):
        bundle.check()


@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.99])
def test_one_cut_short_is_refused(file: Path, kept: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(kept if kept > 1 else kept * len(content))])
    with pytest.raises(BundleError, match="only a part") as caught:
        Bundle(file)
    assert "copy the bundle once more" in caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update({"wheels/more-1-py3-none-any.whl": b"x"}),
        lambda content: content.pop("tinygo.tar.gz"),
    ],
)
def test_more_or_less_than_the_list_is_refused(
    file: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    with Bundle(rewritten(file, change)) as bundle, pytest.raises(BundleError, match="its list"):
        bundle.check()


def test_wherever_a_bit_is_wrong_it_is_said_in_words(file: Path, tmp_path: Path) -> None:
    content = file.read_bytes()
    refused = 0
    directory = content.index(b"PK\x01\x02")  # what zipfile believes before it reads anything else
    for at in range(directory, len(content)):
        flipped = content[:at] + bytes([content[at] ^ (1 << at % 8)]) + content[at + 1 :]
        (tmp_path / "flipped.run").write_bytes(flipped)
        try:
            with Bundle(tmp_path / "flipped.run") as bundle:
                bundle.check()
        except BundleError:
            refused += 1
    assert refused > (len(content) - directory) / 3  # the rest are dates and rights


@pytest.mark.fault("The disk is full, or may not be written, where a bundle is opened")
def test_a_disk_that_is_full_is_said(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    with Bundle(file) as bundle:
        with pytest.raises(BundleError, match="cannot be made"):
            bundle.extract_wheels(file / "wheels")

        def full(_path: Path, _target: Path) -> Path:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(BundleError, match="cannot be written") as caught:
            bundle.extract("tinygo.tar.gz", tmp_path / "tinygo.tar.gz")
    assert caught.value.quote == "No space left on device"
    assert not list(tmp_path.glob(".partial-*"))
    fault(caught.value, kept="the bundle")


def test_a_file_that_is_no_bundle_is_said_so(tmp_path: Path) -> None:
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as made:
        made.writestr("a", "b")
    with pytest.raises(BundleError, match="no list"):
        Bundle(other)
    with pytest.raises(BundleError, match="cannot be read") as caught:
        Bundle(tmp_path / "none.run")
    assert "No such file" in caught.value.quote


def test_wheels_with_a_folder_in_their_name_are_not_written(tmp_path: Path) -> None:
    parts = tmp_path / "parts" / "wheels" / "deep"
    parts.mkdir(parents=True)
    (parts / "a.whl").write_bytes(b"x")
    write_bundle(tmp_path / "lab.run", tmp_path / "parts", MANIFEST)
    with Bundle(tmp_path / "lab.run") as bundle:
        assert bundle.extract_wheels(tmp_path / "out") == 0
    assert list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_is_noticed_before_the_work(file: Path, tmp_path: Path) -> None:
    with Bundle(file) as bundle:
        require_space(tmp_path, bundle.manifest)
        huge = {"a": type(next(iter(bundle.manifest.members.values())))("0" * 64, 10**18)}
        object.__setattr__(bundle.manifest, "members", huge)
        with pytest.raises(BundleError, match="are free"):
            require_space(tmp_path, bundle.manifest)


def test_a_bundle_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    with pytest.raises(BundleError, match="cannot be written"):
        write_bundle(tmp_path / "none" / "lab.run", tmp_path / "parts", MANIFEST)
    (tmp_path / "taken").mkdir()
    with pytest.raises(BundleError, match="cannot be written"):
        write_bundle(tmp_path / "taken", tmp_path / "parts", MANIFEST)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["parts", "taken"]


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def archive(folder: Path, *entries: tarfile.TarInfo) -> Path:
    target = folder / "made.tar"
    with tarfile.open(target, "w") as tar:
        for item in entries:
            data = b"evil" if item.isreg() else b""
            item.size = len(data)
            tar.addfile(item, io.BytesIO(data))
    return target


LINK, HARD, DEVICE, FIFO = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE


@pytest.mark.parametrize(
    "entries",
    [
        [entry("../evil")],
        [entry("/evil")],
        [entry("a/../../evil")],
        [entry("a/../evil")],  # harmless, but nobody packs it so
        [entry("..\\evil")],
        [entry("a", LINK, "/etc/passwd")],
        [entry("a", LINK, "../evil")],
        [entry("a/b", LINK, "../../evil")],
        [entry("a", LINK, "b"), entry("a/evil")],  # written through a link
        [entry("d/l", LINK, ".."), entry("e", LINK, "d/l/.."), entry("e/evil")],  # a chain
        [entry("a", LINK, "b"), entry("a")],  # the link itself is written through
        [entry("a"), entry("a", LINK, "b")],
        [entry("a", HARD, "../evil")],
        [entry("a", HARD, "/etc/passwd")],
        [entry("a", LINK, "b"), entry("c", HARD, "a")],
        [entry("a", DEVICE)],
        [entry("a", FIFO)],
    ],
    # The same in every process that collects the tests: a TarInfo names its address.
    ids=lambda entries: " ".join(f"{one.name}>{one.linkname}" for one in entries),
)
@pytest.mark.parametrize("old_python", [False, True])
def test_what_would_leave_the_folder_is_refused(
    entries: list[tarfile.TarInfo],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    old_python: bool,
) -> None:
    if old_python:  # before 3.11.4: our own look at the names is all there is
        monkeypatch.delattr(tarfile, "data_filter")
    (tmp_path / "in").mkdir()
    made = archive(tmp_path, *entries)
    with pytest.raises(BundleError, match="must not"):
        unpack_tar(made, tmp_path / "in" / "out")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["in", "made.tar"]


def test_links_that_stay_inside_are_kept(tmp_path: Path) -> None:
    made = archive(
        tmp_path,
        entry("deep", tarfile.DIRTYPE),
        entry("deep/file"),
        entry("deep/up", LINK, "../top"),
        entry("top", LINK, "deep/file"),
        entry("deep", tarfile.DIRTYPE),
        entry("hard", HARD, "deep/file"),
    )
    unpack_tar(made, tmp_path / "out")
    assert (tmp_path / "out" / "deep" / "up").read_bytes() == b"evil"
    assert (tmp_path / "out" / "top").readlink() == Path("deep/file")
    assert (tmp_path / "out" / "hard").samefile(tmp_path / "out" / "deep" / "file")


@pytest.mark.parametrize("cut", [10, 400, 700])
def test_a_tar_file_that_is_cut_short_leaves_nothing(tmp_path: Path, cut: int) -> None:
    made = archive(tmp_path, entry("a"), entry("b"))
    made.write_bytes(made.read_bytes()[:cut])
    if cut == 700:  # past the header, within the content
        made.write_bytes(made.read_bytes()[:514])
    with pytest.raises(BundleError, match="cannot be unpacked"):
        unpack_tar(made, tmp_path / "out")
    assert not (tmp_path / "out").exists()
