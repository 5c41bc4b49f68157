"""Load a large library when it is first used, so that `from lab_helpers import Envoy` is quick."""

from __future__ import annotations

import importlib
import types
from typing import Any

__all__ = ["late"]


def late(name: str) -> Any:  # noqa: ANN401  # a type checker reads the import beside it
    """Return a module that is loaded at the first use of anything in it.

    ```python
    if TYPE_CHECKING:
        import httpx
    else:
        httpx = late("httpx")
    ```

    Args:
        name: The module's full name.
    """
    return _Late(name)


class _Late(types.ModuleType):
    """Stands for a module.

    `importlib.util.LazyLoader`, and with it `lazy_loader.load`, shows an unfinished module to a
    second thread (CPython 3.11.7); an import waits for the first.
    """

    def __getattr__(self, name: str) -> object:
        return getattr(importlib.import_module(self.__name__), name)
