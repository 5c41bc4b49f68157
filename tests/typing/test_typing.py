"""What an editor tells who writes a notebook: the types of the public names, and their words."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import jedi
import pytest

import lab_helpers
from lab_helpers.folders import repository_folder

ROOT = repository_folder()
NAMES = Path(__file__).with_name("names.py")
# Kept between runs, and apart from that of `make check`, which may run at this moment.
CACHE = ROOT / ".mypy_cache" / "typing"


def said_by_mypy(source: str, folder: Path) -> list[str]:
    """Check a file as `make check` checks the lab, and return the errors without their place."""
    file = folder / "names.py"
    file.write_text(source, encoding="utf-8")
    words = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "--cache-dir"]
    done = subprocess.run(
        [*words, str(CACHE), "--no-error-summary", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    return [
        line.partition(" error: ")[2] for line in done.stdout.splitlines() if " error: " in line
    ]


def test_each_public_name_is_looked_at() -> None:
    tree = ast.parse(NAMES.read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    (ours,) = (node for node in imports if node.module == "lab_helpers")
    assert [alias.name for alias in ours.names] == lab_helpers.__all__


def test_calls_have_their_types_and_wrong_uses_are_errors(tmp_path: Path) -> None:
    assert said_by_mypy(NAMES.read_text(encoding="utf-8"), tmp_path) == []


def test_another_type_and_a_wrong_use_are_seen_through_the_late_names(tmp_path: Path) -> None:
    source = (
        "from typing import assert_type\n\n"
        "from lab_helpers import Envoy, compile_filter\n\n"
        'assert_type(compile_filter("token"), str)\n'
        "Envoy(workerz=2)\n"
        "Envoy(workers=2)  # type: ignore[call-arg]\n"
    )
    said = said_by_mypy(source, tmp_path)
    assert [line.rpartition("  ")[2] for line in said] == [
        "[assert-type]",
        "[call-arg]",
        "[unused-ignore]",
    ]


@pytest.mark.parametrize("name", lab_helpers.__all__)
def test_a_public_name_has_words_that_say_what_it_is(name: str) -> None:
    public = getattr(lab_helpers, name)
    assert public.__doc__  # a class does not inherit it
    bases = [base for base in getattr(public, "__mro__", ()) if _is_ours(base)]
    members = {
        f"{base.__name__}.{key}": value for base in bases for key, value in vars(base).items()
    }
    silent = [
        key for key, value in members.items() if _is_offered(key, value) and not value.__doc__
    ]
    assert silent == []


@pytest.mark.parametrize("name", lab_helpers.__all__)
def test_an_editor_shows_those_words_without_running_anything(name: str) -> None:
    script = jedi.Script(f"from lab_helpers import {name}\n{name}", project=jedi.Project(ROOT))
    (found,) = script.help(2, 0)
    first, *_ = (getattr(lab_helpers, name).__doc__ or "").splitlines()
    assert first in found.docstring()


def _is_ours(kind: type) -> bool:
    return kind.__module__.startswith("lab_helpers")


def _is_offered(key: str, value: object) -> bool:
    """Return whether it is a method or a property for whoever writes a notebook."""
    offered = isinstance(value, property | classmethod | staticmethod) or inspect.isfunction(value)
    return offered and not key.rpartition(".")[2].startswith("_")
