"""Write `binder/environment.yml` from the lock file, so that Binder gets what everybody gets.

    python binder/write_environment.py

repo2docker builds from this file alone, and adds the packages to an environment that it made
before. So conda brings Python, and pip the very versions of `requirements.lock`. The file names no
folder of the repository: with `-e .` or `-r FILE` in it, repo2docker switches its layer cache off
(read in its sources, `buildpacks/conda`).
"""

from __future__ import annotations

import re
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parent.parent
_TARGET = _REPOSITORY / "binder" / "environment.yml"
# `name==version ; marker \`, with its hashes on lines of their own.
_PINNED = re.compile(
    r"^(?P<pin>[A-Za-z0-9._-]+(?:\[[a-z,]+\])?==[^\s;\\]+)(?: ; (?P<marker>[^\\\n]+))?",
    re.MULTILINE,
)
_HEAD = """\
# Written by binder/write_environment.py from requirements.lock: change pyproject.toml, then run
# `make lock`. The repository's environment.yml is a link to this file.
name: envoy-wasm-lab
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.12
  - pip
  - pip:
"""
# Binder's own environment has a Notebook that takes no later JupyterLab than its own; pip finds one
# that fits the JupyterLab of the lock.
_TAIL = "      - 'notebook>=7.6,<8'\n"


def environment(lock: str) -> str:
    """Return the environment file for a lock file.

    Args:
        lock: The text of `requirements.lock`.
    """
    lines = []
    for match in _PINNED.finditer(lock):
        marker = f" ; {match['marker'].strip()}" if match["marker"] else ""
        # In single quotes, for a marker holds double ones.
        pin = f"{match['pin']}{marker}".replace("'", '"')
        lines.append(f"      - '{pin}'\n")
    return _HEAD + "".join(lines) + _TAIL


if __name__ == "__main__":
    _TARGET.write_text(
        environment((_REPOSITORY / "requirements.lock").read_text()), encoding="utf-8"
    )
