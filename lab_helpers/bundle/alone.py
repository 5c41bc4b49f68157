"""Run the commands on a bundle with a Python that has none of the lab's packages.

The front door, `lab_helpers` itself, wants one of them. So it is put in its place without being
run, and the rooms behind it are found.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

__all__ = ["main"]


def main() -> int:
    """Run the command that the arguments name; return what the process ends with."""
    door = ModuleType("lab_helpers")
    door.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules[door.__name__] = door
    from lab_helpers.bundle.__main__ import main as run  # noqa: PLC0415  # not before the door is there

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
