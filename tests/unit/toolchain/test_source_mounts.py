"""Which folders a container sees, and where: they lie to each other as they lie here."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.toolchain.source_mounts import Bind, local_replacements, source_mounts


@pytest.fixture
def module(tmp_path: Path) -> Path:
    folder = tmp_path / "filters" / "mine"
    (folder / "token").mkdir(parents=True)
    (folder / "go.mod").write_text("module mine\n")
    (tmp_path / "filters" / "shared" / "deep").mkdir(parents=True)
    return folder


def replace(module: Path, *lines: str) -> None:
    (module / "go.mod").write_text("module mine\n\nreplace (\n" + "\n".join(lines) + "\n)\n")


def test_a_module_alone(module: Path) -> None:
    assert source_mounts(module / "token") == ("/src/token", (Bind(module, "/src"),))
    assert source_mounts(module) == ("/src", (Bind(module, "/src"),))


def test_a_folder_without_a_module_is_seen_all_the_same(tmp_path: Path) -> None:
    assert source_mounts(tmp_path) == ("/src", (Bind(tmp_path, "/src"),))


def test_a_folder_beside_it(module: Path) -> None:
    replace(module, "example.com/shared => ../shared // a comment => ../nothing")
    shared = module.parent / "shared"
    workdir, mounts = source_mounts(module / "token")
    assert workdir == "/src/mine/token"
    assert mounts == (Bind(module, "/src/mine"), Bind(shared, "/src/shared"))


@pytest.mark.parametrize("path", ["..", "../", '"../"'])
def test_the_folder_above_it_covers_it(module: Path, path: str) -> None:
    replace(module, f"example.com/shared => {path}")
    assert source_mounts(module) == ("/src/mine", (Bind(module.parent, "/src"),))


def test_a_folder_in_it_needs_no_mount_of_its_own(module: Path) -> None:
    replace(module, "example.com/shared => ./token", "example.com/other v1.2.0 => ../shared/deep")
    workdir, mounts = source_mounts(module)
    assert workdir == "/src/mine"
    assert [mount.target for mount in mounts] == ["/src/mine", "/src/shared/deep"]


def test_an_absolute_path_stays_what_it_is(module: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    replace(module, f"example.com/shared => {elsewhere}")
    workdir, mounts = source_mounts(module)
    assert (workdir, mounts[-1]) == ("/src", Bind(elsewhere, str(elsewhere)))


def test_what_is_no_folder_here_is_left_to_go(module: Path) -> None:
    replace(module, "a.example/b => c.example/d v1.2.3", "a.example/c => ../missing")
    assert local_replacements(module) == ([], [])
