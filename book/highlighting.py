"""Colour the code of a cell: Python, or what its first line says, such as Go after `%%go`."""

from __future__ import annotations

from collections.abc import Iterator

from ipython_pygments_lexers import IPython3Lexer
from pygments.lexer import Lexer
from pygments.lexers.data import YamlLexer
from pygments.lexers.go import GoLexer
from pygments.token import Comment, _TokenType

__all__ = ["CellLexer"]

_LANGUAGES: dict[str, type[Lexer]] = {"%%go ": GoLexer, "%%envoy ": YamlLexer}


class CellLexer(Lexer):  # type: ignore[misc]  # pygments has no types of its own
    """Tell the tokens of a lesson's code cell."""

    name = "The lab's cells"
    aliases = ("lab",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Yield each token with where it begins.

        Args:
            text: The cell.
        """
        magic, end, rest = text.partition("\n")
        language = next((kind for at, kind in _LANGUAGES.items() if magic.startswith(at)), None)
        if language is None:
            yield from IPython3Lexer().get_tokens_unprocessed(text)
            return
        yield 0, Comment.Preproc, magic + end
        for at, kind, part in language().get_tokens_unprocessed(rest):
            yield at + len(magic + end), kind, part
