"""What the lab adds to JupyterLab is where that looks for it, and is what we wrote."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jupyterlab_server.config import get_federated_extensions

from lab_helpers.folders import repository_folder

OURS = repository_folder() / "jupyter"
EXTENSIONS = {
    "cells": "envoy-wasm-lab-cells",
    "kept": "envoy-wasm-lab-kept",
    "page": "envoy-wasm-lab",
    "waits": "envoy-wasm-lab-waits",
}
INSTALLED = Path(sys.prefix) / "share" / "jupyter" / "labextensions"


def files(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in folder.rglob("*")
        if file.is_file() and file.name != "install.json"
    }


@pytest.mark.parametrize(("folder", "name"), EXTENSIONS.items())
def test_what_is_installed_is_what_we_wrote(folder: str, name: str) -> None:
    assert files(INSTALLED / name) == files(OURS / folder), "run `make setup` again"


@pytest.mark.parametrize(("folder", "name"), EXTENSIONS.items())
def test_jupyterlab_finds_it_and_the_file_that_it_loads(folder: str, name: str) -> None:
    found = get_federated_extensions([str(INSTALLED)])[name]
    built = found["jupyterlab"]["_build"]
    assert (OURS / folder / built["load"]).is_file()
    written = json.loads((OURS / folder / "package.json").read_text("utf-8"))
    assert written["name"] == found["name"]


def test_setup_installs_it_again_when_it_has_changed() -> None:
    """An editable install copies it; so its content is part of the stamp that setup looks at."""
    text = (repository_folder() / "bootstrap.sh").read_text(encoding="utf-8")
    stamp = text[text.index("stamp_of() {") : text.index("toolchain_stamp() {")]
    done = subprocess.run(
        ["sh", "-c", f'{stamp}\ncd "$1" && lab_stamp', "sh", str(repository_folder())],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (repository_folder() / done.stdout).is_file(), "run `make setup`"
