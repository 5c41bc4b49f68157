"""Anybody's configuration in a container: moved, its modules and files there, one listener out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.errors import LaunchError
from lab_helpers.folders import repository_folder
from tests.envoy.test_configurations import (
    HTTP_WASM,
    REPLY,
    ROUTE,
    at,
    calling,
    chain,
    echo,
    manager,
    wasm,
    whole,
)
from tests.unit.envoy.documents import HOME

Launch = Callable[..., Envoy]


@pytest.fixture(scope="module")
def hello() -> Module:
    return compile_filter(repository_folder() / "filter" / "hello", reuse=True)


def test_the_articles_shape_runs_in_a_container(launch: Launch) -> None:
    envoy = launch(configuration=Configuration.parse(HOME), settings={"tick_ms": 200}, workers=1)
    envoy.wait_for_tokens()
    headers = dict(envoy.ask("worker_0").headers)
    assert headers["x-wasm-filter"] == "hello from wasm"
    assert envoy.token_api.verify(headers["x-auth"]).valid


def test_modules_files_and_references_are_found_in_there_and_one_listener_is_out(
    launch: Launch, token_module: Module, hello: Module, tmp_path: Path
) -> None:
    (tmp_path / "page.txt").write_text("from a file", "utf-8")
    file = REPLY.replace("inline_string: from here", "filename: page.txt")
    filters = f"{wasm(HTTP_WASM, 'sender')}, {wasm(HTTP_WASM, 'receiver')}, "
    main = f"name: main, {at(7000)}, {chain(manager(ROUTE, filters))}"
    reply = f"name: reply, {at(7001)}, {chain(manager(file))}"
    tcp = f"name: tcp, {at(7002)}, {chain(echo())}"
    theirs = tmp_path / "envoy.yaml"
    clusters = (calling("there", "localhost", 7001), calling("far", "127.0.0.1", 9))
    theirs.write_text(whole([reply, main, tcp], clusters).dump(), "utf-8")
    modules = {"sender": hello, "receiver": token_module}
    settings = {"receiver": {"vm_header": "x-wasm-vm", "cluster": "none"}}
    envoy = launch(modules, configuration=theirs, settings=settings, workers=2, see="log")
    answer = httpx.get(envoy.url, trust_env=False)
    assert (answer.status_code, answer.text) == (202, "from a file")
    assert {"x-wasm-filter", "x-wasm-vm"} <= set(answer.headers)
    assert [one.status for one in envoy.ask_every_worker()] == [202, 202]
    inside, shut, port = envoy.notes
    assert inside == "127.0.0.1:9 (cluster far) is the container itself, where nothing else runs"
    assert shut.startswith("of a container only the first listener is published: reply, tcp")
    assert "every user of this machine can reach" in port
    for name in ("tcp", None):
        with pytest.raises(LaunchError, match="only the first listener's is"):
            envoy.send(b"hello", listener=name)


def test_a_tcp_listener_that_comes_first_is_asked(launch: Launch) -> None:
    theirs = whole([f"name: tcp, {at(7002)}, {chain(echo())}"])
    envoy = launch(None, configuration=theirs, workers=1)
    assert envoy.send(b"hello") == b"hello"
