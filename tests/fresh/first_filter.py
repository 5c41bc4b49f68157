"""Show that a person's first own filter waits for nothing that setup has not compiled already.

TinyGo keeps each package that it has compiled. Run where nothing was compiled since the setup.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lab_helpers import compile_filter, start_filter

# The filter's own package, and the one that starts the program.
_OWN = 2


def main() -> None:
    """Compile a new filter, and count what TinyGo had not compiled before."""
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tinygo"
    start_filter("mine")
    before = set(kept.glob("pkg-*"))
    compile_filter("mine")
    new = set(kept.glob("pkg-*")) - before
    if not before or len(new) > _OWN:
        sys.exit(f"✗ TinyGo had {len(before)} packages, and compiled {len(new)} more.")
    sys.stdout.write(f"✓ of {len(before) + len(new)} packages, {len(new)} were still to compile\n")


if __name__ == "__main__":
    main()
