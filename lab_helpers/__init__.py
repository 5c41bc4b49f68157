"""A lab for learning how Envoy runs WebAssembly: compile, start, watch, ask, stop.

The names that notebooks use stand in `__init__.pyi`, each with its home, and nowhere else:

```python
from lab_helpers import Envoy, compile_filter

module = compile_filter("token")
with Envoy(module, workers=2, settings={"tick_ms": 1000}) as envoy:
    envoy.wait_for_tokens()
    envoy.ask_every_worker()
```

Each is loaded when it is first used: `lab demo` shows its first tick within seconds, and the
drawing libraries alone take one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader

from lab_helpers.offers import offer

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


offer("a filter's bench", "lab_helpers.lessons.emulator.bench", "FilterBench")
offer("what a guess is of", "lab_helpers.lessons.exercises.guesses.guess", "asks_for")


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Teach a notebook what `%load_ext lab_helpers` promises.

    The cells `%%go` and `%%envoy`, checks that come by themselves, and to lose no Envoy.

    Where a lesson is newer than the person's copy of it, that is said.

    Args:
        shell: The notebook's.
    """
    from lab_helpers.lessons.cells import (  # noqa: PLC0415  # quick `lab --help`
        completion,
        configurations,
        first_lines,
        go_cells,
        lost_envoys,
        not_taken,
        runs,
    )
    from lab_helpers.lessons.checks import by_itself, early_advice  # noqa: PLC0415  # quick `lab --help`
    from lab_helpers.lessons.copies import resetting  # noqa: PLC0415  # the same

    go_cells.register(shell)
    completion.register(shell)
    configurations.register(shell)
    first_lines.register(shell)
    lost_envoys.register(shell)
    runs.register(shell)
    not_taken.register(shell)
    by_itself.register(shell)
    early_advice.register()
    resetting.show_offer()
