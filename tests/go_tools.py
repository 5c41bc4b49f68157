"""Run Go's own checks and tests on the filters, with the Go and TinyGo that the lab found.

`python -m tests.go_tools check` runs gofmt and `go vet`; `python -m tests.go_tools test` the tests.
"""

from __future__ import annotations

import os
import subprocess
import sys

from lab_helpers.folders import repository_folder
from lab_helpers.toolchain import find_go, find_tinygo, go_environment

FILTERS = repository_folder() / "filter"


def run(*words: str, environment: dict[str, str] | None = None) -> str:
    """Run a tool in the filters' folder; end this program with its exit code if it fails."""
    go = find_go()
    done = subprocess.run(
        words,
        cwd=FILTERS,
        env=os.environ | go_environment(go.path) | (environment or {}),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    sys.stdout.write(done.stdout)
    if done.returncode != 0:
        sys.exit(done.returncode)
    return done.stdout


def check() -> None:
    """Hold the filters against gofmt and `go vet`."""
    go = find_go()
    unformatted = run(str(go.path.parent / "gofmt"), "-l", ".")
    if unformatted:
        sys.exit(f"gofmt would change the files above: run gofmt -w in {FILTERS.name}/")
    run(str(go.path), "vet", "./...")


def test() -> None:
    """Run the filters' tests on the source and on the Wasm of both compilers."""
    tinygo = find_tinygo()
    run(str(find_go().path), "test", "./...", environment={"LAB_TINYGO": str(tinygo.path)})


if __name__ == "__main__":
    {"check": check, "test": test}[sys.argv[1]]()
