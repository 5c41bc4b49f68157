"""Show things in a notebook's page, each as HTML and as plain text.

HTML is what JupyterLab shows. The text is what a terminal shows, and what a person hears who has
the page read out. Colours come from the page's own theme or are mixed with it, and nothing needs
them.
"""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Mapping, Sequence

from lab_helpers.plain_text import spelled_out

__all__ = ["Bundle", "Note", "Table", "escape", "inline_code", "marked"]

Bundle = dict[str, str]

_IN_BACKTICKS = re.compile(r"`([^`]+)`")
_MARK = re.compile("[✓✗]")
# Shape tells them apart, and so do weight and colour. The colour is mixed with that of the text
# around, which fits its ground: so it is dark enough on white, and light enough on black.
_MARKS = {
    "✓": "font-weight:400;color:color-mix(in srgb, #00a064 60%, currentColor)",
    "✗": "font-weight:900;color:color-mix(in srgb, #e0003c 60%, currentColor)",
}
_CELL = "text-align:left;vertical-align:top;padding:.25em .9em .25em 0;border:0"
# A long word may break, but not one as short as a token's fingerprint.
_BREAKING = "min-width:5.5em;overflow-wrap:anywhere"
_RULE = "border-top:1px solid color-mix(in srgb, currentColor 25%, transparent)"


def escape(text: object) -> str:
    """Return a text for HTML, with its line ends kept; nothing of it acts."""
    return html.escape(spelled_out(str(text))).replace("\n", "<br>")


def inline_code(text: str) -> str:
    """Return a text for HTML in which what stands between backticks is code."""
    return marked(_IN_BACKTICKS.sub(r"<code>\1</code>", escape(text)))


def marked(html_text: str) -> str:
    """Return HTML in which ✓ and ✗ differ in weight and colour, too.

    Args:
        html_text: The HTML; no attribute in it holds such a mark.
    """
    return _MARK.sub(lambda mark: f'<span style="{_MARKS[mark[0]]}">{mark[0]}</span>', html_text)


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """A table with a title.

    Args:
        title: What it shows, in a sentence or less.
        headings: The columns' headings.
        rows: The cells of each row; a cell may hold line ends.
        notes: Sentences that stand below it.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    @property
    def text(self) -> str:
        """Return it as plain text."""
        lines = [self.title]
        for first, *others in self.rows:
            short = " · ".join(cell for cell in others if cell and "\n" not in cell)
            long = [part for cell in others if "\n" in cell for part in cell.split("\n")]
            lines.append(f"{first}: {short}" if first and (short or long) else first or short)
            lines += [f"    {part}" for part in long]
        lines += self.notes
        return "\n".join(line.rstrip() for line in lines)

    @property
    def html(self) -> str:
        """Return it as HTML."""
        heads = "".join(
            f'<th scope="col" style="{_CELL}">{inline_code(h)}</th>' for h in self.headings
        )
        rows = []
        for first, *others in self.rows:
            cells = f'<th scope="row" style="{_CELL};white-space:nowrap">{inline_code(first)}</th>'
            cells += "".join(
                f'<td style="{_CELL};{_BREAKING}">{inline_code(o)}</td>' for o in others
            )
            rows.append(f'<tr style="{_RULE};background:none">{cells}</tr>')
        caption = (
            f'<caption style="text-align:left;caption-side:top">{inline_code(self.title)}</caption>'
        )
        notes = "".join(f"<div>{inline_code(note)}</div>" for note in self.notes)
        below = f'<div style="font-size:.9em">{notes}</div>' if notes else ""
        return (
            f'<table style="margin-left:0">{caption}<thead><tr>{heads}</tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table>{below}"
        )

    def bundle(self) -> Bundle:
        """Return both, by MIME type."""
        return {"text/plain": self.text, "text/html": self.html}

    def _repr_mimebundle_(self, **_options: object) -> Bundle:
        return self.bundle()


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """A few lines, each with a mark before it.

    Args:
        lines: Pairs of mark and text; what stands between backticks in a text is code.
        links: Where the files are that stand in backticks, by what they are called there.
    """

    lines: Sequence[tuple[str, str]]
    links: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def text(self) -> str:
        """Return it as plain text."""
        return "\n".join(f"{mark} {text}".strip() for mark, text in self.lines)

    @property
    def html(self) -> str:
        """Return it as HTML."""
        rows = "".join(
            f'<div style="display:flex;gap:.6em;padding:.1em 0"><span style="min-width:1em">'
            f"<b>{marked(escape(mark))}</b></span>{_words(text, heavy=mark == '✗')}</div>"
            for mark, text in self.lines
        )
        for named, link in self.links.items():
            code = f"<code>{escape(named)}</code>"
            rows = rows.replace(code, f'<a href="{escape(link)}">{code}</a>')
        return f"<div>{rows}</div>"

    def bundle(self) -> Bundle:
        """Return both, by MIME type."""
        return {"text/plain": self.text, "text/html": self.html}

    def _repr_mimebundle_(self, **_options: object) -> Bundle:
        return self.bundle()


def _words(text: str, *, heavy: bool) -> str:
    """Return a line of a note; a tool's own words keep their spaces, so that `^` stands right."""
    first, _, rest = text.partition("\n")
    said = f"<b>{inline_code(first)}</b>" if heavy else inline_code(first)
    if not rest:
        return f"<span>{said}</span>"
    style = "margin:.2em 0;background:none;tab-size:4"
    quoted = f'<pre tabindex="0" style="{style}">{marked(html.escape(rest))}</pre>'
    return f"<div>{said}{quoted}</div>"
