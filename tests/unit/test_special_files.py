"""A pipe or a device in a file's place is said at once: to read it may never end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lab_helpers.commands.given_settings import read_settings
from lab_helpers.compiling.modules import read_module
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.errors import ConfigurationError
from lab_helpers.filter_names import source_folder
from lab_helpers.folders import repository_folder
from tests.conftest import TellFault


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe.wasm")
    return tmp_path / "pipe.wasm"


@pytest.mark.fault("A named pipe is given as the module")
def test_a_pipe_is_no_module(pipe: Path, fault: TellFault) -> None:
    with pytest.raises(ConfigurationError, match=r"is a pipe, not a Wasm module") as caught:
        read_module(pipe)
    fault(caught.value, kept="what runs", left="nothing")


def test_neither_is_a_link_to_one_nor_a_device_nor_a_socket(pipe: Path, tmp_path: Path) -> None:
    (tmp_path / "link.wasm").symlink_to(pipe)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        for path in (tmp_path / "link.wasm", Path("/dev/zero"), tmp_path / "s"):
            with pytest.raises(ConfigurationError, match=r"is a (pipe|device|socket), not a Wasm"):
                read_module(path)


def test_a_configuration_and_settings_come_from_no_pipe_that_nobody_writes(pipe: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a pipe, not a file"):
        Configuration.read(pipe)
    with pytest.raises(ConfigurationError, match="is a device, not a file"):
        Configuration.read("/dev/zero")
    with pytest.raises(ConfigurationError, match="in a pipe, not in a file"):
        read_settings(f"@{pipe}")


def test_a_shells_own_pipe_is_read() -> None:
    script = (
        "from lab_helpers.commands.given_settings import read_settings\n"
        "import sys; print(read_settings('@' + sys.argv[1]))"
    )
    words = f'{sys.executable} -c "{script}" <(echo \'{{"tick_ms": 5}}\')'
    bash = shutil.which("bash")
    assert bash is not None
    said = subprocess.run([bash, "-c", words], capture_output=True, text=True, check=False)
    assert said.stdout == "{'tick_ms': 5}\n", said.stderr


def test_a_pipe_among_the_go_files_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(repository_folder() / "filter" / "hello", folder)
    os.mkfifo(folder / "more.go")
    with pytest.raises(ConfigurationError, match=r"more\.go is a pipe"):
        source_folder(folder)
