"""TinyGo in a container: the same module, the same errors, and as few rights as it needs."""

from __future__ import annotations

import functools
import gc
import http.server
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container
from typer.testing import CliRunner

from lab_helpers.commands.cli import app
from lab_helpers.compiling.commands import command_for
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.docker_engine.leftovers import LABEL
from lab_helpers.errors import CompileError, LaunchError, ToolchainError
from lab_helpers.folders import repository_folder
from lab_helpers.launch.docker import DockerLauncher
from lab_helpers.owner import Owner
from lab_helpers.toolchain import find_go, image_command, tinygo_docker
from lab_helpers.toolchain.go import go_environment
from lab_helpers.toolchain.tinygo_docker import TINYGO_IMAGE
from tests.docker.conftest import lab_containers
from tests.docker.registry import Registry
from tests.docker.relay import Relay
from tests.docker.standin_images import Layer

pytestmark = [pytest.mark.usefixtures("tinygo_image"), pytest.mark.timeout(300)]

FILTERS = repository_folder() / "filter"
compile_in_docker = functools.partial(compile_filter, toolchain="docker")
# As `lab build` in a terminal: a shell in the background would have it ignore Ctrl-C.
BUILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from lab_helpers.commands.cli import main
sys.argv = ["lab", "build", *sys.argv[1:], "--toolchain", "docker"]
main()
"""


@pytest.fixture
def hello_copy(tmp_path: Path) -> Path:
    """A copy of a small filter, to break and to change."""
    shutil.copytree(FILTERS, tmp_path / "filter")
    return tmp_path / "filter" / "hello"


@pytest.fixture
def build() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `lab build` in another Python."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", BUILD, *words], stderr=subprocess.PIPE, text=True
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def the_compiling_container(client: docker.DockerClient) -> Container:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for name in lab_containers(client):
            if name.startswith("envoy-wasm-lab-tinygo-"):
                return client.containers.get(name)
        time.sleep(0.02)  # between two looks, until the deadline
    raise AssertionError("no container compiles")


def test_it_makes_the_very_module_that_this_machines_tinygo_makes(tmp_path: Path) -> None:
    here = compile_filter(FILTERS / "token", tmp_path / "here.wasm", reuse=True)
    there = compile_in_docker(FILTERS / "token", tmp_path / "there.wasm")
    assert there.sha256 == here.sha256
    assert (there.path.stat().st_uid, there.path.stat().st_mode & 0o777) == (os.getuid(), 0o644)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    again = compile_in_docker(FILTERS / "token", tmp_path / "again.wasm", reuse=True)
    assert again.sha256 == here.sha256


def test_the_line_that_is_shown_does_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_TOOLCHAIN", "docker")
    folder = tmp_path / "with, comma and space"
    module = compile_filter(FILTERS / "hello", folder / "hello.wasm")
    words = shlex.split(module.shell_line.partition(" && docker ")[2])
    assert words[:2] == ["run", "--rm"]
    module.path.unlink()
    subprocess.run(["bash", "-c", module.shell_line], check=True, capture_output=True)
    assert module.path.read_bytes()[:4] == b"\0asm"
    # The compiler's own, with all the exports that the SDK has.
    assert module.path.stat().st_size == module.full_bytes


def test_lab_build_prints_that_line(tmp_path: Path) -> None:
    words = ["build", "filter/hello", "-o", str(tmp_path / "h.wasm"), "--toolchain", "docker"]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 0, said.output
    assert "&& docker run --rm --network none" in said.output
    assert "--cap-drop ALL" in said.output
    assert (tmp_path / "h.wasm").stat().st_size > 10_000


def test_it_is_bounded_and_has_no_rights(
    docker_client: docker.DockerClient, build: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = build("filter/token", "-o", str(tmp_path / "f.wasm"))
    container = the_compiling_container(docker_client)
    host, config = container.attrs["HostConfig"], container.attrs["Config"]
    user = "65534:65534" if os.getuid() == 0 else f"{os.getuid()}:{os.getgid()}"
    assert config["User"] == user
    assert host["CapDrop"] == ["ALL"]
    assert not host["Privileged"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["ReadonlyRootfs"]
    assert host["Memory"] == host["MemorySwap"] == 2048 << 20
    assert host["PidsLimit"] == 512
    assert host["NetworkMode"] == "none"
    writable = {mount["Destination"]: mount["RW"] for mount in container.attrs["Mounts"]}
    assert writable == {"/src": False, "/modules": False, "/cache": True, "/out/f.wasm": True}
    owner = Owner.parse(config["Labels"][LABEL])
    assert owner is not None
    assert owner.pid == process.pid
    assert process.wait(120) == 0
    assert lab_containers(docker_client) == set()


def test_an_error_has_the_place_that_it_has_here(hello_copy: Path, tmp_path: Path) -> None:
    main = hello_copy / "main.go"
    main.write_text(main.read_text() + "\nvar broken = undefinedName\n")
    caught = []
    for toolchain in ("native", "docker"):
        with pytest.raises(CompileError) as error:
            compile_filter(hello_copy, tmp_path / "f.wasm", toolchain=toolchain)
        caught.append(error.value)
    assert caught[1].problems == caught[0].problems
    assert caught[1].problems[0].source_line == "var broken = undefinedName"
    assert str(caught[1]) == str(caught[0])
    assert not (tmp_path / "f.wasm").exists()
    assert list(tmp_path.glob(".build-*")) == []


def test_a_module_in_a_folder_beside_it(hello_copy: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "go.mod").write_text("module example.com/shared\n\ngo 1.24\n")
    (shared / "shared.go").write_text("package shared\n\nconst Name = 1\n")
    with (hello_copy.parent / "go.mod").open("a") as file:
        file.write(
            "\nrequire example.com/shared v0.0.0\n\nreplace example.com/shared => ../shared\n"
        )
    (hello_copy / "more.go").write_text(
        'package main\n\nimport "example.com/shared"\n\nvar _ int = shared.Name\n'
    )
    assert compile_in_docker(hello_copy, tmp_path / "f.wasm").bytes > 10_000
    (shared / "shared.go").write_text("package shared\n\nconst Name int = true\n")
    with pytest.raises(CompileError) as caught:
        compile_in_docker(hello_copy, tmp_path / "f.wasm")
    assert (caught.value.problems[0].file, caught.value.problems[0].line) == (
        str(shared / "shared.go"),
        3,
    )
    assert "const Name int = true" in str(caught.value)


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def module_proxy(docker_client: docker.DockerClient) -> Iterator[str]:
    """A Go module proxy with what this machine has fetched, where containers reach it."""
    go = find_go().path
    cache = subprocess.run(
        [str(go), "env", "GOMODCACHE"],
        env=os.environ | go_environment(go),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    handler = functools.partial(_Silent, directory=f"{cache}/cache/download")
    host = DockerLauncher().upstream_hosts()[-1]
    with http.server.ThreadingHTTPServer((host, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{host}:{server.server_port}"
        server.shutdown()
        thread.join()


def test_without_a_go_here_the_images_go_fetches_the_modules(
    module_proxy: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def none_found() -> object:
        raise ToolchainError("There is no Go.")

    monkeypatch.setattr(tinygo_docker, "find_go", none_found)
    monkeypatch.setenv("GOPROXY", module_proxy)
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))
    module = compile_in_docker(FILTERS / "hello", tmp_path / "f.wasm")
    assert "--network bridge" in module.shell_line
    assert (tmp_path / "cache" / "tinygo-image" / "modules" / "github.com").is_dir()
    monkeypatch.setenv("GOPROXY", "http://127.0.0.1:9")  # nobody: and nothing need be fetched again
    assert compile_in_docker(FILTERS / "hello", tmp_path / "g.wasm").sha256 == module.sha256


def test_no_daemon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(LaunchError, match="No Docker daemon answers"):
        compile_in_docker(FILTERS / "hello", tmp_path / "f.wasm")
    assert list(tmp_path.iterdir()) == []


def test_an_image_that_is_absent_is_fetched_with_a_bar_and_one_without_tinygo_is_said(
    docker_client: docker.DockerClient, tmp_path: Path
) -> None:
    layer = Layer()
    layer.shell()
    with Registry(layer.content()) as registry:
        words = ["build", "filter/hello", "-o", str(tmp_path / "f.wasm")]
        try:
            said = CliRunner().invoke(
                app, [*words, "--toolchain", "docker", "--image", registry.image]
            )
        finally:
            docker_client.images.remove(registry.image, force=True)
    assert f"Fetching the image {registry.image}, once" in said.stderr.replace("\n", "")
    assert isinstance(said.exception, LaunchError)
    assert "has no tinygo" in said.exception.what
    assert lab_containers(docker_client) == set()


def test_an_image_that_cannot_be_had(
    docker_client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Registry(b"") as registry:
        monkeypatch.setenv("LAB_TINYGO_IMAGE", registry.image.replace(":v1", ":v9"))
        with pytest.raises(LaunchError, match="There is no image") as caught:
            compile_in_docker(FILTERS / "hello", tmp_path / "f.wasm")
    assert "LAB_TINYGO_IMAGE" in caught.value.hint


def test_more_memory_than_it_may_have(
    monkeypatch: pytest.MonkeyPatch, docker_client: docker.DockerClient, tmp_path: Path
) -> None:
    monkeypatch.setattr(image_command, "_MEMORY_MB", 48)
    with pytest.raises(CompileError, match="than its container may have: 48 MB"):
        compile_in_docker(FILTERS / "token", tmp_path / "f.wasm")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_no_container(
    docker_client: docker.DockerClient, build: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = build("filter/token", "-o", str(tmp_path / "f.wasm"))
    the_compiling_container(docker_client)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in said
    assert lab_containers(docker_client) == set()
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_before_the_container_is_known_leaves_none(
    relay: Relay,
    docker_client: docker.DockerClient,
    build: Callable[..., subprocess.Popen[str]],
    tmp_path: Path,
) -> None:
    relay.hold_answers_to("/containers/create")
    process = build("filter/token", "-o", str(tmp_path / "f.wasm"))
    the_compiling_container(docker_client)  # the daemon has made it; the lab was not told
    process.send_signal(signal.SIGINT)
    relay.let_go()
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in said
    assert lab_containers(docker_client) == set()


def test_what_a_killed_python_leaves_is_cleared_by_the_next(
    docker_client: docker.DockerClient, build: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = build("filter/token", "-o", str(tmp_path / "f.wasm"))
    left = the_compiling_container(docker_client).name
    process.kill()
    process.wait(30)
    assert left in lab_containers(docker_client)
    compile_in_docker(FILTERS / "hello", tmp_path / "g.wasm")
    assert lab_containers(docker_client) == set()


# docker-py leaves a socket open when it cannot connect, as it may try to just then.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_daemon_that_goes_away_while_it_compiles(
    relay: Relay,
    docker_client: docker.DockerClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []

    def compile_it() -> None:
        try:
            compile_in_docker(FILTERS / "token", tmp_path / "f.wasm")
        except LaunchError as error:
            said.append(str(error))

    thread = threading.Thread(target=compile_it)
    thread.start()
    left = the_compiling_container(docker_client).name
    relay.cut()
    thread.join(120)
    gc.collect()  # that socket is this test's, and none that follows is to hear of it
    assert "No Docker daemon answers" in said[0]
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()  # it is back
    assert left in lab_containers(docker_client)
    assert DockerLauncher().clear_leftovers() >= 1
    assert lab_containers(docker_client) == set()


def test_the_proper_image() -> None:
    assert TINYGO_IMAGE == "tinygo/tinygo:0.41.1"


def test_a_machine_without_a_tinygo_runs_the_demo_all_in_docker(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))  # where the lab's own TinyGo is not
    monkeypatch.setenv("LAB_WORK", str(tmp_path / "work"))
    monkeypatch.delenv("LAB_TINYGO", raising=False)
    monkeypatch.setenv("PATH", os.pathsep.join(("/usr/bin", "/bin")))
    said = CliRunner().invoke(app, ["demo", "--launcher", "docker", "--seconds", "4"])
    assert isinstance(said.exception, ToolchainError)
    assert "LAB_TOOLCHAIN=docker" in said.exception.hint
    monkeypatch.setenv("LAB_TOOLCHAIN", "docker")
    said = CliRunner().invoke(app, ["setup"])
    assert "TinyGo's image" in said.output
    assert said.exit_code == 0, said.output
    said = CliRunner().invoke(app, ["demo", "--launcher", "docker", "--seconds", "4"])
    assert said.exit_code == 0, said.output
    assert "Every worker ticked" in said.output


def test_a_persons_own_go_flags_are_the_containers_too(
    hello_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = hello_copy / "overlay.json"
    overlay.write_text('{"Replace": {}}')
    monkeypatch.setenv("GOFLAGS", f"-p=1 -mod=vendor -overlay={overlay}")
    command = command_for("tinygo", hello_copy, "docker", None)
    assert isinstance(command, image_command.ImageCommand)
    # Neither what no filter can have, nor a file that is out of the container's reach.
    assert command.variables["GOFLAGS"] == "-p=1 -mod=readonly -buildvcs=false"
    monkeypatch.setenv("GOFLAGS", "-p=1 -mod=vendor -modcacherw")
    module = compile_in_docker(hello_copy, hello_copy / "f.wasm")
    assert "GOFLAGS=-p=1 -modcacherw -mod=readonly -buildvcs=false" in module.command
