"""Which of the lab's filters comes with a configuration of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lab_helpers.commands.own_configuration import own_configuration
from lab_helpers.folders import repository_folder


@pytest.mark.parametrize("name", ["gate", "upstream"])
def test_a_filter_that_needs_one_has_it(name: str) -> None:
    found = own_configuration(repository_folder() / "filter" / name)
    assert found is not None
    assert found.source.endswith(f"envoy/{name}.yaml")


@pytest.mark.parametrize("name", ["token", "hello", "crash", "service"])
def test_the_articles_fits_the_others(name: str) -> None:
    assert own_configuration(repository_folder() / "filter" / name) is None


def test_a_copy_is_somebodys_own(tmp_path: Path) -> None:
    copy = shutil.copytree(repository_folder() / "filter" / "gate", tmp_path / "filter" / "gate")
    assert own_configuration(copy) is None
