"""Run the benchmarks, one after another, each in a process of its own.

python -m benchmarks [NAME...]
"""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path


def main(asked: list[str]) -> int:
    """Run the benchmarks that are asked for, or all; return how many failed.

    Args:
        asked: Names of benchmarks; none for all.
    """
    there = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    there = sorted(name for name in there if not name.startswith("_"))
    unknown = sorted(set(asked) - set(there))
    if unknown:
        sys.stderr.write(f"No benchmark {', '.join(unknown)}; there are: {', '.join(there)}\n")
        return 2
    failed = []
    for name in asked or there:
        sys.stdout.write(f"\n{name}\n")
        sys.stdout.flush()
        # Names of our own modules, and nothing that a shell reads.
        ended = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False)  # noqa: S603
        if ended.returncode:
            failed.append(name)
    if failed:
        sys.stderr.write(f"\nFailed: {', '.join(failed)}\n")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
