"""What filters said, as a table of a page that is saved: HTML, without scripts."""

from __future__ import annotations

import html

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.figures.log_rows import LogRow, clock_time, describe_log, log_rows

__all__ = ["log_html"]

_CELL = "text-align:left;vertical-align:top;padding:.15em .9em .15em 0;border:0;white-space:nowrap"
_TEXT = "text-align:left;vertical-align:top;border:0;white-space:pre-wrap;overflow-wrap:anywhere"
_CODE = "background:none;padding:0;white-space:inherit"
_RULE = "border-top:1px solid color-mix(in srgb, currentColor 25%, transparent);background:none"
# A thick bar at its side: to be seen in black and white as well.
_SERIOUS = "box-shadow:inset .3em 0 0 currentColor;font-weight:700"
_HEADINGS = ("time (UTC)", "thread", "level", "text")


def log_html(snapshot: Snapshot) -> str:
    """Return the last lines as a table.

    Args:
        snapshot: The picture's moment.
    """
    rows = log_rows(snapshot)
    said = html.escape(describe_log(snapshot).split("\n")[0])
    if not rows:
        return f"<p>{said}</p>"
    heads = "".join(f'<th scope="col" style="{_CELL}">{heading}</th>' for heading in _HEADINGS)
    return (
        '<div style="max-height:30em;overflow:auto" tabindex="0" role="region" aria-label="Log">'
        '<table class="lab-log-still" style="margin-left:0">'
        f'<caption style="text-align:left;caption-side:top">{said}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(map(_row, rows))}</tbody></table></div>"
    )


def _row(row: LogRow) -> str:
    first = f"{_CELL};padding-left:.6em" + (f";{_SERIOUS}" if row.serious else "")
    strong = ";font-weight:700" if row.serious else ""
    cells = f'<th scope="row" style="{first}">{clock_time(row.time)}</th>'
    cells += "".join(
        f'<td style="{_CELL}{strong}">{html.escape(text)}</td>' for text in (row.thread, row.level)
    )
    cells += (
        f'<td style="{_TEXT}{strong}"><code style="{_CODE}">{html.escape(row.text)}</code></td>'
    )
    return f'<tr style="{_RULE}">{cells}</tr>'
