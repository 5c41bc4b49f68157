"""`docs/faults.md` and the tests that provoke its faults: neither has what the other has not."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lab_helpers.folders import repository_folder
from tests.faults import PAGE, rows_of


def marked_tests() -> Iterator[str]:
    """Yield each test that is marked as provoking a fault."""
    root = repository_folder()
    for file in sorted((root / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(map(_is_fault, node.decorator_list)):
                yield f"{file.relative_to(root).as_posix()}::{node.name}"


def _is_fault(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).startswith("pytest.mark.fault(")


def test_each_row_has_its_test_and_each_test_its_row() -> None:
    assert sorted(rows_of(PAGE.read_text(encoding="utf-8"))) == sorted(marked_tests())
