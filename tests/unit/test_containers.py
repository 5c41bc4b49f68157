"""The Dockerfile and the dev container: what can be seen without building them."""

from __future__ import annotations

import json
import re
import subprocess

from lab_helpers.folders import repository_folder

ROOT = repository_folder()
DEV_CONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, each with its words."""
    lines = [line for line in DOCKERFILE.splitlines() if line and not line.startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(name, words) for name, _, words in (line.partition(" ") for line in whole.split("\n"))]


def test_the_dev_container_is_set_up_by_the_labs_own_setup_and_opens_lesson_00() -> None:
    assert DEV_CONTAINER["postCreateCommand"] == "make setup"
    assert re.search(r"^setup:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    script = DEV_CONTAINER["postAttachCommand"].split()[-1]
    assert subprocess.run(["sh", "-n", str(ROOT / script)], check=False).returncode == 0
    for file in DEV_CONTAINER["customizations"]["codespaces"]["openFiles"]:
        assert (ROOT / file).is_file()


def test_the_dev_container_forwards_the_port_that_jupyterlab_is_given() -> None:
    script = (ROOT / ".devcontainer" / "start_lab.sh").read_text()
    (port,) = DEV_CONTAINER["forwardPorts"]
    assert (
        set(re.findall(r"--port=(\d+)", script))
        == {str(port)}
        == set(DEV_CONTAINER["portsAttributes"])
    )


def test_the_image_ends_as_a_user_without_rights_under_tini_with_a_health_check() -> None:
    names = dict(instructions())  # the last of each name counts
    assert names["USER"] == "lab"
    assert json.loads(names["ENTRYPOINT"])[0] == "tini"
    assert names["HEALTHCHECK"].endswith('timeout=4)"]')
    last_user = max(at for at, (name, _) in enumerate(instructions()) if name == "USER")
    assert [name for name, _ in instructions()].index("CMD") > last_user


def test_nothing_switches_jupyters_token_off() -> None:
    for file in ("Dockerfile", "Makefile", ".devcontainer/start_lab.sh", "binder/postBuild"):
        assert not re.search(r"(token|password)\s*=\s*(''|\"\"|\s|$)", (ROOT / file).read_text())


def test_the_image_is_built_from_the_lock_and_from_what_binder_does() -> None:
    runs = [words for name, words in instructions() if name == "RUN"]
    assert any(
        "--only-binary :all: --require-hashes -r requirements.lock" in words for words in runs
    )
    assert "binder/postBuild" in runs


def test_what_the_image_copies_is_not_left_out() -> None:
    ignored = {
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    }
    assert {".git", ".venv", "work", "tests"} <= ignored
    needed = (
        "requirements.lock",
        "binder",
        "filter",
        "envoy",
        "lab_helpers",
        "notebooks",
        "jupyter",
    )
    assert not ignored & set(needed)
