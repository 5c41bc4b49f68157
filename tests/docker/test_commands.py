"""What a person types: the article's own `docker run`, and the lab's commands with Docker."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import httpx
import pytest

from lab_helpers.folders import repository_folder
from lab_helpers.launch.docker import DockerLauncher
from lab_helpers.launch.docker.options import ENVOY_IMAGE
from tests.docker.conftest import lab_containers
from tests.docker.standin_images import DISTROLESS, WITH_SHELL

LAB = [sys.executable, "-m", "lab_helpers.commands.cli"]
DOCKER_YAML = repository_folder() / "envoy" / "docker.yaml"


class Started:
    """A command that runs until it is told to stop."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said = ""
        self.ended = False

    def until(self, wanted: str) -> re.Match[str]:
        """Read on until a line matches."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if match := re.search(wanted, line):
                return match
        raise AssertionError(f"it ended without saying {wanted}:\n{self.said}")

    def end(self) -> int:
        """Press Ctrl-C, and read its last words; one that has ended is fine."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=30)
        self.said += rest
        self.ended = True
        return self.process.returncode


@pytest.fixture
def run() -> Iterator[Callable[..., Started]]:
    started: list[Started] = []

    def start(*words: str) -> Started:
        started.append(Started(*words))
        return started[-1]

    yield start
    for command in started:
        if not command.ended:
            command.end()


def commands_of(yaml: Path) -> list[list[str]]:
    """Return the commands that the file's first lines tell a person to type."""
    head = yaml.read_text(encoding="utf-8").split("\nadmin:")[0]
    text = "\n".join(line.removeprefix("#   ") for line in head.splitlines() if "#   " in line)
    return [shlex.split(line) for line in text.replace("\\\n", " ").splitlines()]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_articles_docker_run_line(
    run: Callable[..., Started], docker_client: docker.DockerClient, tmp_path: Path
) -> None:
    """As it stands in envoy/docker.yaml, but for the image, the ports, the period, the folder."""
    build, serve, article = commands_of(DOCKER_YAML)
    # A copy of the repository, of which only these files are used; tests share no port.
    (tmp_path / "envoy").mkdir()
    yaml = tmp_path / "envoy" / "docker.yaml"
    tokens = Started(*LAB, *serve[1:3], "0", *serve[4:])
    try:
        port = tokens.until(r"Tokens at http://127\.0\.0\.1:(\d+)/auth")[1]
        text = DOCKER_YAML.read_text().replace("port_value: 8080", f"port_value: {port}")
        yaml.write_text(text.replace('"tick_ms": 15000', '"tick_ms": 3000'))
        subprocess.run(
            [*LAB, "build", build[2], "-o", str(tmp_path / build[4])],
            check=True,
            capture_output=True,
        )
        assert article[-1] == ENVOY_IMAGE
        listener, admin = free_port(), free_port()
        name = f"envoy-wasm-lab-test-{os.getpid()}"
        line = shlex.join([*article[:2], "--name", name, *article[2:-1], WITH_SHELL])
        line = line.replace("$PWD", str(tmp_path)).replace("127.0.0.1:9901:", f"127.0.0.1:{admin}:")
        line = line.replace("127.0.0.1:10000:", f"127.0.0.1:{listener}:")
        envoy = run(*shlex.split(line))
        envoy.until("event=start")
        envoy.until("starting main dispatch loop")
        reply = httpx.get(f"http://127.0.0.1:{listener}/", trust_env=False)
        assert reply.headers["x-wasm-filter"] == "hello from wasm"
        assert "x-auth" not in reply.headers  # before the first tick
        envoy.until("event=fetch.*outcome=ok")
        tokens.until("tokens? so far")
        docker_client.containers.get(name).stop()
    finally:
        assert tokens.end() == 0
    assert "nothing is left running" in tokens.said


def commands_in_the_readme() -> list[list[str]]:
    """Return the commands of the README's section on Docker."""
    readme = (repository_folder() / "README.md").read_text(encoding="utf-8")
    section = readme.split("\n## With Docker")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines]


def test_the_readme_has_the_same_lines() -> None:
    assert commands_in_the_readme() == commands_of(DOCKER_YAML)


def test_lab_demo(docker_client: docker.DockerClient, tmp_path: Path) -> None:
    report, picture = tmp_path / "demo.json", tmp_path / "demo.png"
    words = [*LAB, "demo", "--launcher", "docker", "--seconds", "4"]
    done = subprocess.run(
        [*words, "--json", str(report), "--picture", str(picture)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every worker ticked, and answered" in done.stdout
    saw = json.loads(report.read_text())
    assert saw["jwt_verified"]
    assert [thread["name"] for thread in saw["threads"]] == ["worker_0", "worker_1", "main"]
    assert saw["envoy_version"] == DockerLauncher().version()
    assert picture.stat().st_size > 10_000
    assert lab_containers(docker_client) == set()


@pytest.mark.parametrize("image", [WITH_SHELL, DISTROLESS])
def test_lab_up(run: Callable[..., Started], monkeypatch: pytest.MonkeyPatch, image: str) -> None:
    monkeypatch.setenv("LAB_ENVOY_IMAGE", image)
    words = ["up", "--launcher", "docker", "--port", "0", "--admin-port", "0", "--tick-ms", "300"]
    up = run(*LAB, *words)
    url = up.until(r"curl -i (\S+)")[1]
    up.until("calls; tokens:")
    headers = httpx.get(url, trust_env=False).headers
    assert headers["x-wasm-filter"] == "hello from wasm"
    assert headers["x-auth"].startswith("Bearer ")
    assert up.end() == 0
    assert "nothing is left running" in up.said


def test_lab_up_says_that_there_is_no_docker(tmp_path: Path) -> None:
    done = subprocess.run(
        [*LAB, "up", "--launcher", "docker"],
        env=os.environ | {"DOCKER_HOST": f"unix://{tmp_path}/none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "No Docker daemon answers" in done.stderr
    assert "Traceback" not in done.stderr


def test_lab_doctor_names_the_daemon_and_the_image() -> None:
    done = subprocess.run([*LAB, "doctor", "--json"], capture_output=True, text=True, check=False)
    found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert found["Docker"]["state"] == "ok"
    assert WITH_SHELL in found["Docker"]["found"]
