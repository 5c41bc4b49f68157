"""A text that was written without its quotes: Python takes its words for names, and knows none.

Each kernel of the lab's environment loads this by itself, so it imports nothing that takes time.
"""

from __future__ import annotations

import ast

__all__ = ["advice_on_quotes", "text_without_quotes"]


def advice_on_quotes(text: str) -> str:
    """Return that a text wants quotes.

    Args:
        text: What may be a text without quotes; "" for none.
    """
    return f'Is it meant as a text? Then write it in quotes: "{text}"' if text else ""


def text_without_quotes(source: str, name: str) -> str:
    """Return what may be a text without quotes, `env.proxy_http_call` or `x-auth`; "" for none.

    It stands where a value does, and is not called: `envoy.ask(…)` is no text.

    Args:
        source: The cell.
        name: The name that it begins with.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ""  # a cell with a magic, or no Python at all
    for statement in ast.walk(tree):
        for value in _values(statement):
            if _is_of_names(value) and _first(value) == name:
                return ast.get_source_segment(source, value) or ""
    return ""


def _values(node: ast.AST) -> list[ast.expr]:
    """Return what stands at a place for a value: in an assignment, a call, a list, a comparison."""
    found: list[ast.expr | None] = []
    match node:
        case ast.Assign(value=value) | ast.AnnAssign(value=value) | ast.NamedExpr(value=value):
            found = [value]
        case ast.keyword(value=value) | ast.Return(value=value) | ast.Subscript(slice=value):
            found = [value]
        case ast.Compare(left=one, comparators=others):
            found = [one, *others]
        case ast.IfExp(body=one, orelse=other):
            found = [one, other]
        case ast.Call(args=values) | ast.List(elts=values) | ast.Tuple(elts=values):
            found = [*values]
        case ast.Set(elts=values):
            found = [*values]
        case ast.Dict(keys=keys, values=values):
            found = [*keys, *values]
    return [each for each in found if each is not None]


def _is_of_names(node: ast.expr) -> bool:
    match node:
        case ast.Name():
            return True
        case ast.Attribute(value=value):
            return _is_of_names(value)
        case ast.BinOp(left=left, op=ast.Sub() | ast.Div(), right=right):
            return _is_of_names(left) and _is_of_names(right)
        case _:
            return False


def _first(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value) | ast.BinOp(left=value):
            return _first(value)
        case _:
            return ""
