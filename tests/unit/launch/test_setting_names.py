"""A name of a setting that the lab's filter does not know, and the one that is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.launch import setting_names
from lab_helpers.launch.setting_names import hint_for_setting

GENERAL = "mend that setting; filter/token/settings.go names them all"


@pytest.mark.parametrize(
    ("home", "name", "meant"),
    [
        ("token", "greetings", "greeting"),
        ("token", "tik_ms", "tick_ms"),
        ("token", "VM_HEADER", "vm_header"),
        ("native", "tick_msx", "tick_ms"),
    ],
)
def test_the_setting_that_is_meant_is_named(home: str, name: str, meant: str) -> None:
    said = hint_for_setting(home, f'unknown setting "{name}"')
    assert said == f"did you mean {meant}? filter/{home}/settings.go names all settings"


@pytest.mark.parametrize(
    "reason", ['unknown setting "qqq"', 'setting "tick_ms" stands twice', "not a JSON object"]
)
def test_what_is_like_none_is_told_where_all_are(reason: str) -> None:
    assert hint_for_setting("token", reason) == GENERAL


def test_without_the_filters_source_nothing_is_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setting_names, "repository_folder", lambda: tmp_path)
    assert hint_for_setting("token", 'unknown setting "tik_ms"') == GENERAL
