"""What a lower room needs of a higher one: the front door says where it is, and nobody else.

`Envoy.watch` tries a filter in the emulator, which is a lesson's; and the lessons know Envoy.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["offer", "offered"]

_homes: dict[str, tuple[str, str]] = {}


def offer(what: str, module: str, name: str) -> None:
    """Say where something is; it is loaded when it is first asked for.

    Args:
        what: What to ask for.
        module: The module that has it.
        name: What it is called there.
    """
    _homes[what] = module, name


def offered(what: str) -> Any:  # noqa: ANN401  # whoever asks for it knows what it is
    """Return what was offered.

    Args:
        what: What to ask for.
    """
    module, name = _homes[what]
    return getattr(importlib.import_module(module), name)
