"""The plan of the house: which room may import which, no circles, no module that grows too long."""

from __future__ import annotations

import ast
import graphlib
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from lab_helpers.folders import repository_folder

PACKAGE = "lab_helpers"
# The loose modules beside the rooms; the package's own `__init__` names what it likes.
ROOT = "root"
# 250 is what we aim at.
MOST_LINES = 300

# Room → the rooms that it may import. Each arrow is used somewhere, or the test says so.
PLAN: Mapping[str, str] = {
    ROOT: "",
    "waits": "root",
    "board": "",
    "docker_engine": "root",
    "toolchain": "docker_engine root",
    "compiling": "go_helper root toolchain waits",
    "token_api": "board root",
    "launch": "board docker_engine root toolchain",
    "go_helper": "root toolchain waits",
    "functions": "go_helper root",
    "journeys": "board root",
    "envoy": "board compiling journeys launch root token_api waits",
    "figures": "board envoy root token_api",
    "dashboard": "board envoy figures lessons.shown root token_api",
    "doctor": "docker_engine launch root toolchain",
    "bundle": "compiling docker_engine go_helper launch root toolchain",
    "manifests": "compiling root",
    "lessons.shown": "board compiling doctor envoy functions root waits",
    "lessons.copies": "lessons.shown root",
    "lessons.diagrams": "lessons.shown root",
    "lessons.cells": "compiling envoy functions go_helper lessons.shown root toolchain waits",
    "lessons.emulator": "compiling lessons.cells lessons.shown root toolchain waits",
    "lessons.exercises": "board compiling envoy lessons.shown root waits",
    "lessons.checks": "compiling envoy go_helper lessons.cells lessons.emulator lessons.exercises"
    " lessons.shown root token_api waits",
    "lessons.ordering": "lessons.cells lessons.checks lessons.exercises lessons.shown root",
    "notebook_server": "lessons.copies root",
    "commands": "board bundle compiling doctor envoy figures go_helper launch lessons.cells"
    " lessons.copies lessons.exercises manifests root token_api toolchain waits",
}


class Arrow(NamedTuple):
    """An import from one room of another."""

    place: str
    source: str
    target: str


def complaints(package: Path, plan: Mapping[str, str]) -> list[str]:
    """Return what does not fit the plan, each with its file and line."""
    files = sorted([*package.rglob("*.py"), *package.rglob("*.pyi")])
    arrows = [arrow for file in files for arrow in _arrows(file, package)]
    allowed = {room: set(targets.split()) for room, targets in plan.items()}
    said = [
        f"{arrow.place}: {arrow.source} → {arrow.target} is not in the plan"
        for arrow in arrows
        if arrow.target not in allowed.get(arrow.source, set())
    ]
    used = {(arrow.source, arrow.target) for arrow in arrows}
    said += [
        f"the plan has {source} → {target}, which nothing uses"
        for source, targets in allowed.items()
        for target in sorted(targets)
        if (source, target) not in used
    ]
    rooms = {_room(_module(file, package), package) for file in files}
    said += [f"the room {room} is not in the plan" for room in sorted(rooms - plan.keys())]
    said += _circles(arrows)
    lengths = [(file, len(file.read_text(encoding="utf-8").splitlines())) for file in files]
    said += [
        f"{file.relative_to(package.parent)}: {length} lines, more than {MOST_LINES}"
        for file, length in lengths
        if length > MOST_LINES
    ]
    return said


def _circles(arrows: list[Arrow]) -> list[str]:
    graph: dict[str, set[str]] = {}
    for arrow in arrows:
        graph.setdefault(arrow.source, set()).add(arrow.target)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        circle: list[str] = error.args[1][::-1]
        steps = set(itertools.pairwise(circle))
        places = [f"{a.place}: {a.source} → {a.target}" for a in arrows if a[1:] in steps]
        return [f"a circle of rooms: {' → '.join(circle)} ({'; '.join(places)})"]
    return []


def _arrows(file: Path, package: Path) -> Iterator[Arrow]:
    module = _module(file, package)
    if module == PACKAGE:
        return  # the front door: it names what is inside
    source = _room(module, package)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        for name in _imported(node, module, file):
            target = _room(name, package)
            if target != source:
                line = getattr(node, "lineno", 0)
                yield Arrow(f"{file.relative_to(package.parent)}:{line}", source, target)


def _imported(node: ast.AST, module: str, file: Path) -> Iterator[str]:
    """Yield the lab's modules that a node imports, those that are imported by a string as well."""
    match node:
        case ast.Import():
            yield from (alias.name for alias in node.names if _is_ours(alias.name))
        case ast.ImportFrom(module=name, level=level):
            parts = module.split(".")
            here = parts if file.stem == "__init__" else parts[:-1]
            base = ".".join([*here[: len(here) - level + 1], name or ""] if level else [name or ""])
            if _is_ours(base):
                yield from (f"{base.rstrip('.')}.{alias.name}" for alias in node.names)
        case ast.Constant(value=str(text)) if re.fullmatch(rf"{PACKAGE}(\.\w+)+", text):
            yield text
        case _:
            pass


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == PACKAGE


def _module(file: Path, package: Path) -> str:
    parts = file.relative_to(package.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _room(name: str, package: Path) -> str:
    """Return the room of a dotted name: a folder of the package, or one of the lessons' folders."""
    match name.split(".")[1:]:
        case ["lessons", inner, *_] if (package / "lessons" / inner).is_dir():
            return f"lessons.{inner}"
        case ["lessons"]:
            return ROOT
        case [first, *_] if (package / first).is_dir():
            return first
        case _:
            return ROOT


def test_the_house_is_as_planned() -> None:
    assert complaints(repository_folder() / PACKAGE, PLAN) == []


SMALL = {"board": "", "envoy": "board", "launch": "board", ROOT: ""}
HOUSE = {
    "__init__.py": "from lab_helpers.envoy import run\n",
    "errors.py": "",
    "board/__init__.py": "",
    "board/board.py": "import json\n",
    "envoy/__init__.py": "",
    "envoy/run.py": "from lab_helpers.board import board\n",
    "launch/__init__.py": "",
    "launch/native.py": "from lab_helpers.board.board import Board\n",
}


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (
            "launch/ports.py",
            "\nfrom lab_helpers.envoy.run import Run\n",
            "lab_helpers/launch/ports.py:2: launch → envoy is not in the plan",
        ),
        (
            "launch/ports.py",
            "def late():\n    from lab_helpers import envoy\n",
            "lab_helpers/launch/ports.py:2: launch → envoy is not in the plan",
        ),
        (
            "launch/ports.py",
            "from ..envoy import run\n",
            "lab_helpers/launch/ports.py:1: launch → envoy is not in the plan",
        ),
        (
            "launch/ports.py",
            "import importlib\nimportlib.import_module('lab_helpers.envoy.run')\n",
            "lab_helpers/launch/ports.py:2: launch → envoy is not in the plan",
        ),
        (
            "board/more.py",
            "from lab_helpers.errors import LabError\n",
            "lab_helpers/board/more.py:1: board → root is not in the plan",
        ),
        (
            "board/more.py",
            "import lab_helpers.envoy.run\n",
            (
                "a circle of rooms: board → envoy → board ("
                "lab_helpers/board/more.py:1: board → envoy; "
                "lab_helpers/envoy/run.py:1: envoy → board)"
            ),
        ),
        ("envoy/long.py", "\n" * 301, "lab_helpers/envoy/long.py: 301 lines, more than 300"),
        ("cellar/__init__.py", "", "the room cellar is not in the plan"),
        ("launch/native.py", "", "the plan has launch → board, which nothing uses"),
    ],
)
def test_each_rule_that_is_broken_is_named_with_its_place(
    tmp_path: Path, file: str, text: str, said: str
) -> None:
    for name, content in HOUSE.items():
        _write(tmp_path / PACKAGE / name, content)
    assert complaints(tmp_path / PACKAGE, SMALL) == []
    _write(tmp_path / PACKAGE / file, text)
    found = complaints(tmp_path / PACKAGE, SMALL)
    assert said in [_same_circle(line, said) for line in found], found


def _same_circle(line: str, said: str) -> str:
    """Return a circle's line as it is expected: it has no first room."""
    turned = line.replace("envoy → board → envoy (", "board → envoy → board (")
    return turned if turned == said else line


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
