"""What colours %%go and %%envoy cells is where JupyterLab looks for it, and is what we wrote."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from jupyterlab_server.config import get_federated_extensions

from lab_helpers.folders import repository_folder

OURS = repository_folder() / "jupyter" / "cells"
INSTALLED = Path(sys.prefix) / "share" / "jupyter" / "labextensions"


def files(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in folder.rglob("*")
        if file.is_file() and file.name != "install.json"
    }


def test_what_is_installed_is_what_we_wrote() -> None:
    assert files(INSTALLED / "envoy-wasm-lab-cells") == files(OURS), "run `make setup` again"


def test_jupyterlab_finds_it_and_the_file_that_it_loads() -> None:
    found = get_federated_extensions([str(INSTALLED)])["envoy-wasm-lab-cells"]
    built = found["jupyterlab"]["_build"]
    assert (OURS / built["load"]).is_file()
    assert json.loads((OURS / "package.json").read_text("utf-8"))["name"] == found["name"]


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
