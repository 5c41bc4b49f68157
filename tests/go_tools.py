"""Run Go's own checks and tests on the filters and the helper, with the Go that the lab found.

`python -m tests.go_tools check` runs gofmt and `go vet`; `python -m tests.go_tools test` the tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from lab_helpers.folders import repository_folder
from lab_helpers.go_helper import helper_modules
from lab_helpers.toolchain import find_go, find_tinygo, go_environment

FILTERS = repository_folder() / "filter"
# Those that only tests run, in the shapes of the SDK's examples.
TEST_FILTERS = repository_folder() / "tests" / "filters"
# A Go module of its own, for it is no Wasm: its calls of C stand behind a build tag.
DYNAMIC_MODULE = FILTERS / "native"
# The article's filter, which the cost bench measures.
ARTICLE = repository_folder() / "benchmarks" / "cost" / "sources" / "article"
MODULES = (FILTERS, DYNAMIC_MODULE, TEST_FILTERS, ARTICLE, helper_modules())
# What it needs besides is downloaded by the bench alone: to vet it would need a network.
EXT_PROC = ARTICLE.with_name("ext_proc")


def run(*words: str, folder: Path, environment: dict[str, str] | None = None) -> str:
    """Run a tool in a folder; end this program with its exit code if it fails."""
    go = find_go()
    done = subprocess.run(
        words,
        cwd=folder,
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
    """Hold each Go module against gofmt and `go vet`."""
    go = find_go()
    for folder in (*MODULES, EXT_PROC):
        unformatted = run(str(go.path.parent / "gofmt"), "-l", ".", folder=folder)
        if unformatted:
            place = folder.relative_to(repository_folder())
            sys.exit(f"gofmt would change the files above: run gofmt -w in {place}/")
    for folder in MODULES:
        run(str(go.path), "vet", "./...", folder=folder)
    if shutil.which("gcc") or os.environ.get("CI"):
        words = (str(go.path), "vet", "-tags=dynamic_module", "./...")
        run(*words, folder=DYNAMIC_MODULE, environment={"CGO_ENABLED": "1"})


def test() -> None:
    """Run the filters' tests on the source and on the Wasm of both compilers; then the helper's."""
    environment = {"LAB_TINYGO": str(find_tinygo().path)}
    for folder in MODULES:
        run(str(find_go().path), "test", "./...", folder=folder, environment=environment)


if __name__ == "__main__":
    {"check": check, "test": test}[sys.argv[1]]()
