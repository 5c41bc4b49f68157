"""What a person waits for: said where they look, with how long it took last time."""

from __future__ import annotations

from lab_helpers.waits.progress import told_elsewhere, waiting

__all__ = ["told_elsewhere", "waiting"]
