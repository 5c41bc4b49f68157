"""Colour the code of a cell: Python, or Go where the cell begins with `%%go`."""

from __future__ import annotations

from collections.abc import Iterator

from ipython_pygments_lexers import IPython3Lexer
from pygments.lexer import Lexer
from pygments.lexers.go import GoLexer
from pygments.token import Comment, _TokenType

__all__ = ["CellLexer"]

_MAGIC = "%%go "


class CellLexer(Lexer):
    """Tell the tokens of a lesson's code cell."""

    name = "The lab's cells"
    aliases = ("lab",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Yield each token with where it begins.

        Args:
            text: The cell.
        """
        if not text.startswith(_MAGIC):
            yield from IPython3Lexer().get_tokens_unprocessed(text)
            return
        magic, end, go = text.partition("\n")
        yield 0, Comment.Preproc, magic + end
        for at, kind, part in GoLexer().get_tokens_unprocessed(go):
            yield at + len(magic + end), kind, part
