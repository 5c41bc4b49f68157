"""Go or YAML as a page shows it: line numbers, highlighting, a mark on a line with a problem."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from pygments.lexer import Lexer
from pygments.lexers.data import YamlLexer
from pygments.lexers.go import GoLexer
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType

from lab_helpers.lessons.shown.page import Bundle, escape, inline_code, marked

__all__ = ["Source", "highlight"]

_LEXERS: Mapping[str, type[Lexer]] = {"go": GoLexer, "yaml": YamlLexer}
# JupyterLab's own editor colours, so that code looks as it does in the editor beside; elsewhere the
# page's text colour, where weight and slant alone tell the parts apart.
_STYLES: Mapping[_TokenType, str] = {
    Comment: "color:var(--jp-mirror-editor-comment-color, inherit);font-style:italic",
    Keyword: "color:var(--jp-mirror-editor-keyword-color, inherit);font-weight:bold",
    String: "color:var(--jp-mirror-editor-string-color, inherit)",
    Number: "color:var(--jp-mirror-editor-number-color, inherit)",
    Name.Function: "color:var(--jp-mirror-editor-def-color, inherit)",
    # The keys of YAML.
    Name.Tag: "color:var(--jp-mirror-editor-keyword-color, inherit);font-weight:bold",
}
_NUMBER = "display:inline-block;min-width:2.2em;margin-right:1em;text-align:right;opacity:.75"
_PRE = (
    "line-height:1.45;margin:.4em 0;padding:0;background:none;overflow-x:auto;"
    "font-size:var(--jp-code-font-size, 13px)"
)
# JupyterLab would break long lines, and a line number would no longer stand before its line.
_CODE = "white-space:pre;tab-size:4;background:none;padding:0;font-size:inherit"


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """Some lines of code.

    Args:
        title: What they are, such as the file's name.
        lines: The lines.
        first: The number of the first.
        problems: What to say under a line, by its number.
        link: Where the file can be edited; "" for nowhere.
        language: `go` or `yaml`.
    """

    title: str
    lines: Sequence[str]
    first: int = 1
    problems: Mapping[int, str] = dataclasses.field(default_factory=dict)
    link: str = ""
    language: str = "go"

    @property
    def text(self) -> str:
        """Return it as plain text."""
        width = len(str(self.first + len(self.lines)))
        shown = [self.title]
        for number, line in enumerate(self.lines, start=self.first):
            mark = ">" if number in self.problems else " "
            shown.append(f"{mark} {number:>{width}}  {line.expandtabs(4)}".rstrip())
            if number in self.problems:
                for index, words in enumerate(self.problems[number].splitlines()):
                    shown.append(f"  {'':>{width}}  {' ' if index else '^'} {words}")
        return "\n".join(shown)

    @property
    def html(self) -> str:
        """Return it as HTML."""
        rows = []
        for number, line in enumerate(self._highlighted(), start=self.first):
            is_problem = number in self.problems
            gutter = f"▶ {number}" if is_problem else str(number)
            row = f'<span style="{_NUMBER}" aria-hidden="true">{gutter}</span>{line}'
            if is_problem:
                row = f'<b style="border-bottom:2px solid currentColor">{row}</b>'
                for index, words in enumerate(self.problems[number].splitlines()):
                    sign = "  " if index else "✗ "
                    row += f'\n<span style="{_NUMBER}"></span><b>{marked(sign + escape(words))}</b>'
            rows.append(row)
        title = "<br>".join(f"<b>{inline_code(line)}</b>" for line in self.title.splitlines())
        if self.link:
            title += f' · <a href="{escape(self.link)}">open it in the editor</a>'
        body = "\n".join(rows)
        # By the keyboard as well one can move along a long line.
        code = f'<code style="{_CODE}">{body}</code>'
        return f'<div>{title}<pre tabindex="0" style="{_PRE}">{code}</pre></div>'

    def _highlighted(self) -> list[str]:
        return highlight("\n".join(self.lines), self.language)

    def bundle(self) -> Bundle:
        """Return both, by MIME type."""
        return {"text/plain": self.text, "text/html": self.html}

    def _repr_mimebundle_(self, **_options: object) -> Bundle:
        return self.bundle()


def highlight(source: str, language: str = "go") -> list[str]:
    """Return each line of code as HTML.

    Args:
        source: The code.
        language: `go` or `yaml`.
    """
    lexer = _LEXERS[language](stripnl=False, ensurenl=False)
    parts = []
    for kind, text in lexer.get_tokens(source):
        style = next((_STYLES[at] for at in _STYLES if kind in at), "")
        for number, piece in enumerate(text.split("\n")):
            if number:
                parts.append("\n")
            if piece:
                shown = escape(piece)
                parts.append(f'<span style="{style}">{shown}</span>' if style else shown)
    return "".join(parts).split("\n")
