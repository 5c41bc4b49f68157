"""The memory that is left, with and without a container's limit."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from lab_helpers.doctor.memory import available_bytes

MB = 1_000_000


def test_without_a_limit_it_is_the_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_machine_has(5_000 * MB, monkeypatch)
    assert available_bytes(tmp_path) == 5_000 * MB
    (tmp_path / "memory.max").write_text("max\n")
    assert available_bytes(tmp_path) == 5_000 * MB


@pytest.mark.parametrize(
    ("limit", "use", "stat", "cached"),
    [
        ("memory.max", "memory.current", "memory.stat", "inactive_file"),
        (
            "memory/memory.limit_in_bytes",
            "memory/memory.usage_in_bytes",
            "memory/memory.stat",
            "total_inactive_file",
        ),
    ],
)
def test_a_containers_limit_counts_with_what_can_be_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, use: str, stat: str, cached: str
) -> None:
    the_machine_has(24_000 * MB, monkeypatch)
    (tmp_path / "memory").mkdir()
    (tmp_path / limit).write_text(f"{2_000 * MB}\n")
    (tmp_path / use).write_text(f"{700 * MB}\n")
    (tmp_path / stat).write_text(f"anon 1\n{cached} {300 * MB}\n")
    assert available_bytes(tmp_path) == 1_600 * MB


def test_a_limit_above_what_the_machine_has_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_machine_has(500 * MB, monkeypatch)
    (tmp_path / "memory.max").write_text(f"{2_000 * MB}\n")
    (tmp_path / "memory.current").write_text("0\n")
    assert available_bytes(tmp_path) == 500 * MB


def the_machine_has(available: int, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = psutil.virtual_memory()._replace(available=available)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
