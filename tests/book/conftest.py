"""The book, built once for all its tests, from the runs that the tests of the lessons leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from book.__main__ import make_book
from lab_helpers.folders import repository_folder

# Where `tests/notebooks/test_run.py` keeps what it ran. Runs that are missing there, or older than
# what they depend on, are made anew: so these tests pass alone as well, but slower.
RUNS = repository_folder() / "test-artifacts" / "notebooks"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the book last, when the lessons have run."""
    items.sort(key=lambda item: item.path.is_relative_to(Path(__file__).parent))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("book")
    make_book(folder / "site", RUNS, folder / "made")
    return folder / "site"
