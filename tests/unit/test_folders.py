from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import cache_folder, work_folder


@pytest.mark.parametrize(
    ("variable", "folder"), [("LAB_CACHE", cache_folder), ("LAB_WORK", work_folder)]
)
def test_a_folder_that_cannot_be_made_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, folder: Callable[[], Path]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(variable, str(tmp_path / "file" / "below"))
    with pytest.raises(ConfigurationError, match="cannot make its folder") as caught:
        folder()
    assert variable in caught.value.hint
    monkeypatch.setenv(variable, str(tmp_path / "new" / "folder"))
    assert folder().is_dir()
