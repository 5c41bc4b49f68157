"""The Go helper is built once, kept whole, and built anew where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.errors import ToolchainError
from lab_helpers.go_helper import building
from lab_helpers.go_helper.building import build_go_helper


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said of builds in a cache of this test's own."""
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))
    return []


def test_it_is_built_once_and_a_damaged_one_is_built_anew(steps: list[str]) -> None:
    program = build_go_helper(steps.append)
    assert build_go_helper(steps.append) == program
    assert len(steps) == 1
    whole = program.read_bytes()
    for damage in (
        lambda: program.write_bytes(whole[:1000]),
        lambda: program.chmod(0o600),
        program.unlink,
        lambda: program.with_name(f"{program.name}.sha256").unlink(),
    ):
        damage()
        before = len(steps)
        assert build_go_helper(steps.append).read_bytes() == whole
        assert len(steps) == before + 1
    left = {file.name for file in program.parent.iterdir()}
    assert left == {program.name, f"{program.name}.sha256", "install.lock"}


def test_it_is_for_this_machine_whatever_a_person_builds_for(
    steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOS", "wasip1")
    monkeypatch.setenv("GOARCH", "wasm")
    assert not build_go_helper(steps.append).read_bytes().startswith(b"\0asm")


def test_another_source_is_another_program(
    steps: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = build_go_helper(steps.append)
    source = tmp_path / "program"
    source.mkdir()
    (source / "go.mod").write_text("module other\n\ngo 1.24\n")
    (source / "main.go").write_text("package main\n\nfunc main() {}\n")
    monkeypatch.setattr(building, "helper_modules", lambda: source)
    other = build_go_helper(steps.append)
    assert other != kept
    assert kept.exists()  # another checkout may use it
    (source / "main.go").write_text("package main\n\nfunc main() {\n")
    with pytest.raises(ToolchainError, match="cannot be built") as caught:
        build_go_helper(steps.append)
    assert "main.go" in caught.value.quote
    assert other.exists()
