"""The lines of the log that a page does not have yet, as a section of a frame."""

from __future__ import annotations

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.dashboard.sections import Frame
from lab_helpers.figures.log_rows import log_rows

__all__ = ["SentLines"]


class SentLines:
    """What a page has of the log; each line has a number, so that to send one twice is no harm."""

    def __init__(self) -> None:
        self._sent = 0

    def fresh(self, picture: Snapshot) -> Frame | None:
        """Return the lines that came since; None where none did.

        Args:
            picture: The board.
        """
        if picture.lines_total == self._sent:
            return None
        lines = self._lines(picture, after=self._sent)
        self._sent = picture.lines_total
        return lines

    def all(self, picture: Snapshot) -> Frame:
        """Return all the lines that a page has of this picture.

        Args:
            picture: The board.
        """
        return self._lines(picture, after=0)

    def _lines(self, picture: Snapshot, after: int) -> Frame:
        return {
            "total": picture.lines_total,
            "rows": [
                [row.number, int(row.time * 1000), row.tid, row.level, row.text, row.serious]
                for row in log_rows(picture)
                if row.number > after
            ],
        }
