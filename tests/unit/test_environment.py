"""One set of packages everywhere: pyproject, lock files, Binder's environment."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from ruamel.yaml import YAML

from lab_helpers.folders import repository_folder

ROOT = repository_folder()
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def locked(name: str) -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for package, version in LOCKED.findall((ROOT / name).read_text()):
        found.setdefault(canonicalize_name(package), []).append(Version(version))
    return found


def test_the_lock_holds_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    run, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    dev_groups = [*groups["build"], *groups["dev"], *groups["book"]]
    for lock, wanted in (
        (run, [*project["project"]["dependencies"], *groups["build"]]),
        (dev, [*project["project"]["dependencies"], *dev_groups]),
    ):
        for requirement in map(Requirement, wanted):
            versions = lock[canonicalize_name(requirement.name)]
            assert all(requirement.specifier.contains(version) for version in versions)


def test_the_kernel_lets_a_click_wait_for_the_cell() -> None:
    """ipykernel 7.0 to 7.3 run a widget's callbacks in another thread while a cell runs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (kernel,) = (
        wanted
        for wanted in map(Requirement, project["project"]["dependencies"])
        if wanted.name == "ipykernel"
    )
    assert not list(kernel.specifier.filter(["7.0.0", "7.1.0", "7.2.0", "7.3.0"]))
    assert list(kernel.specifier.filter(["7.4.0"]))


def test_the_two_locks_agree() -> None:
    run, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: dev.get(name) for name in run} == run


def test_each_locked_package_has_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
        assert all("--hash=sha256:" in entry for entry in entries)
        assert "://" not in text


def test_binders_environment_is_the_lock_and_the_roots_is_a_link_to_it() -> None:
    script = runpy.run_path(str(ROOT / "binder" / "write_environment.py"))
    written = (ROOT / "binder" / "environment.yml").read_text()
    assert written == script["environment"]((ROOT / "requirements.lock").read_text())
    assert (ROOT / "environment.yml").readlink().as_posix() == "binder/environment.yml"
    assert (ROOT / "environment.yml").read_text() == written


def test_binders_environment_has_python_from_conda_and_the_rest_from_pip() -> None:
    document = YAML(typ="safe").load((ROOT / "binder" / "environment.yml").read_text())
    python, pip, pinned = document["dependencies"]
    assert (python, pip) == ("python=3.12", "pip")
    requirements = [Requirement(line) for line in pinned["pip"]]
    bounded = [one for one in requirements if not str(one.specifier).startswith("==")]
    # Binder brings one itself, and pip must find one that fits the lock's JupyterLab.
    assert [one.name for one in bounded] == ["notebook"]
    names = {canonicalize_name(one.name) for one in requirements if one not in bounded}
    assert names == set(locked("requirements.lock"))


def test_the_badge_opens_lesson_00_in_jupyterlab() -> None:
    badges = re.findall(r"https://mybinder\.org/v2/(\S+)\)", (ROOT / "README.md").read_text())
    assert len(badges) == 1
    where, _, query = badges[0].partition("?urlpath=lab/tree/")
    assert re.fullmatch(r"gh/[\w.-]+/[\w.-]+/HEAD", where)
    lesson = next((ROOT / "notebooks").glob("00_*.ipynb"))
    assert query == f"work/lessons/{lesson.name}"


def test_binder_finds_nothing_outside_of_its_folder_to_build_from_instead() -> None:
    assert not (ROOT / ".binder").exists()
    # One that stood there would take the place of environment.yml and postBuild.
    assert not (ROOT / "binder" / "Dockerfile").exists()


def test_post_build_stops_at_the_first_error_and_can_be_run() -> None:
    script = ROOT / "binder" / "postBuild"
    assert "set -euo pipefail" in script.read_text().splitlines()
    assert os.access(script, os.X_OK)


def test_jupyterlab_asks_nobody_outside() -> None:
    # As it is installed, with nothing set from outside.
    said = subprocess.run(
        [sys.executable, "-m", "jupyterlab", "--show-config-json"],
        capture_output=True,
        text=True,
        check=True,
    )
    settings = json.loads(said.stdout)
    assert settings["LabApp"]["extension_manager"] == "readonly"
    opened = settings["LabApp"]["default_url"].removeprefix("/lab/tree/work/lessons/")
    assert (ROOT / "notebooks" / opened).is_file()
    overrides = ROOT / "jupyter" / "settings" / "labconfig" / "default_setting_overrides.json"
    news = json.loads(overrides.read_text())["@jupyterlab/apputils-extension:notification"]
    assert news == {"fetchNews": "false", "checkForUpdates": False}


class Setup(NamedTuple):
    """`bootstrap.sh` with stand-ins for Python's installers, which note what they are told."""

    folder: Path
    told: Path

    def run(self, lock: str) -> str:
        """Set it up with a lock file that holds this text, and return all that was told so far."""
        (self.folder / "requirements.lock").write_text(lock)
        words = ["sh", "bootstrap.sh"]
        subprocess.run(words, cwd=self.folder, check=True, capture_output=True)
        return self.told.read_text()


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    for name in (
        "bootstrap.sh",
        "pyproject.toml",
        "filter/go.sum",
        "jupyter/settings/jupyter_lab_config.json",
        "lab_helpers/toolchain/tinygo.py",
        "lab_helpers/go_helper/building.py",
        "lab_helpers/go_helper/program/go.sum",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    told = tmp_path / "told"
    for name, then in (("python", "case $1 in -c) printf /bin/true ;; esac"), ("lab", ":")):
        (programs / name).write_text(f'#!/bin/sh\necho "$@" >> {told}\n{then}\n')
        (programs / name).chmod(0o755)
    (tmp_path / ".venv" / ".made").write_text(f"{tmp_path} {programs / 'python'}")
    return Setup(tmp_path, told)


def test_going_back_to_an_earlier_lock_installs_it(setup: Setup) -> None:
    installs = [setup.run(lock).count("requirements.lock") for lock in ("A", "B", "A", "A")]
    assert installs == [1, 2, 3, 3]


def test_only_wheels_are_installed_and_only_those_of_the_lock(setup: Setup) -> None:
    (installing,) = (line for line in setup.run("A").splitlines() if "requirements.lock" in line)
    words = installing.split()
    assert {"--no-deps", "--require-hashes"} <= set(words)
    assert words[words.index("--only-binary") + 1] == ":all:"
