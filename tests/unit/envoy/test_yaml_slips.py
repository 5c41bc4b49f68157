"""A colon that YAML does not see is found on its own line, with what to write there."""

from __future__ import annotations

import pytest

from lab_helpers.envoy.reading import parse_text
from lab_helpers.errors import ConfigurationError

_ELSE = "check that line's indentation and colons"


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("a: 1\nb = 2s\nc: 3\n", 2, "in place of =: `b: 2s`"),
        ("a: 1\nb:2s\nc: 3\n", 2, "a space behind the colon: `b: 2s`"),
        ("a: 1\nb 2s\nc: 3\n", 2, "a space behind the name: `b: 2s`"),
        ('a: 1\n"b" 2s\nc: 3\n', 2, "a space behind the name: `b: 2s`"),
        ("a: 1\nb = 2s\n\n\nc: 3\n", 2, "in place of =: `b: 2s`"),
        ("a:\n  b:2s\n  c: 3\n", 2, "a space behind the colon: `b: 2s`"),
        ("- a=1\n  b: 2\n", 1, "in place of =: `a: 1`"),
        ("a: 1\n   b: 2\n", 2, _ELSE),
        ("a: 1\n\tb: 2\n", 2, _ELSE),
        ("a: http://x\n   b: 2\n", 2, _ELSE),
        ("a: [1,\n", 2, _ELSE),
    ],
)
def test_the_line_to_mend_is_named(text: str, line: int, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_text(text, "mine.yaml")
    assert f"not valid YAML at line {line}," in caught.value.what
    assert hint in caught.value.hint
