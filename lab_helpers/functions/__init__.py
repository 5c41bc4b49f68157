"""What a filter may call of the SDK, and what calls it: one list, made by the Go helper.

It is kept beside this module, so that it is there at once and without Go. `making` makes it anew.
"""

from __future__ import annotations

from lab_helpers.functions.known import Function, Functions, known_functions

__all__ = ["Function", "Functions", "known_functions"]
