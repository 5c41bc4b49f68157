"""Each callback of the SDK, alone in a filter: its export stays, and a real Envoy calls it."""

from __future__ import annotations

import dataclasses
import itertools
import json
import shutil
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.folders import repository_folder
from lab_helpers.go_helper import build_go_helper, read_signatures
from tests.trailing import (
    ask_with_trailers,
    request_with_trailers,
    trailing_configuration,
    trailing_upstream,
)

FILTERS = repository_folder() / "filter"
_TYPES = "type.googleapis.com/envoy.extensions"
_TEXT = "type.googleapis.com/google.protobuf.StringValue"
_MAIN = """package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() { proxywasm.SetVMContext(&vm{}) }

type vm struct{ types.DefaultVMContext }

func (*vm) NewPluginContext(uint32) types.PluginContext { return &plugin{} }

type plugin struct {
	types.DefaultPluginContext
	kind string
}

type stream struct{ types.DefaultHttpContext }

type connection struct{ types.DefaultTcpContext }

// The SDK asks for both, and takes the first: a TCP filter is told that it is one.
func (p *plugin) NewHttpContext(uint32) types.HttpContext {
	if p.kind == "network" {
		return nil
	}
	return &stream{}
}

func (*plugin) NewTcpContext(uint32) types.TcpContext { return &connection{} }

func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	told, err := proxywasm.GetPluginConfiguration()
	if err != nil {
		panic(err)
	}
	p.kind = string(told)
	BEGIN
	return types.OnPluginStartStatusOK
}
"""
_CALLBACK = """
func (*RECEIVER) CALLBACK {
	proxywasm.LogWarn("called NAME")
	RETURN
}
"""
_QUEUE = """queue, err := proxywasm.RegisterSharedQueue("mine")
	if err == nil {
		err = proxywasm.EnqueueSharedQueue(queue, []byte("work"))
	}
	if err != nil {
		panic(err)
	}"""
_BEGIN = {"OnTick": "proxywasm.SetTickPeriodMilliSeconds(100)", "OnQueueReady": _QUEUE}


@dataclasses.dataclass(frozen=True)
class Callback:
    """One callback of the SDK, and how a filter declares it."""

    receiver: str
    name: str
    declared: str
    export: str


CALLBACKS = (
    Callback("plugin", "OnTick", "OnTick()", "proxy_on_tick"),
    Callback("plugin", "OnQueueReady", "OnQueueReady(uint32)", "proxy_on_queue_ready"),
    Callback("plugin", "OnPluginDone", "OnPluginDone() bool", "proxy_on_done"),
    *(
        Callback("stream", f"OnHttp{name}", f"OnHttp{name}({takes}) types.Action", export)
        for name, takes, export in (
            ("RequestHeaders", "int, bool", "proxy_on_request_headers"),
            ("RequestBody", "int, bool", "proxy_on_request_body"),
            ("RequestTrailers", "int", "proxy_on_request_trailers"),
            ("ResponseHeaders", "int, bool", "proxy_on_response_headers"),
            ("ResponseBody", "int, bool", "proxy_on_response_body"),
            ("ResponseTrailers", "int", "proxy_on_response_trailers"),
        )
    ),
    Callback("stream", "OnHttpStreamDone", "OnHttpStreamDone()", "proxy_on_log"),
    Callback("connection", "OnStreamDone", "OnStreamDone()", "proxy_on_log"),
    Callback(
        "connection",
        "OnNewConnection",
        "OnNewConnection() types.Action",
        "proxy_on_new_connection",
    ),
    Callback(
        "connection",
        "OnDownstreamData",
        "OnDownstreamData(int, bool) types.Action",
        "proxy_on_downstream_data",
    ),
    Callback(
        "connection",
        "OnDownstreamClose",
        "OnDownstreamClose(types.PeerType)",
        "proxy_on_downstream_connection_close",
    ),
    Callback(
        "connection",
        "OnUpstreamData",
        "OnUpstreamData(int, bool) types.Action",
        "proxy_on_upstream_data",
    ),
    Callback(
        "connection",
        "OnUpstreamClose",
        "OnUpstreamClose(types.PeerType)",
        "proxy_on_upstream_connection_close",
    ),
)


def in_turn() -> list[list[Callback]]:
    """Each callback once: in a filter at most one of the plugin, of a stream, of a connection."""
    kinds = [
        [one for one in CALLBACKS if one.receiver == kind]
        for kind in ("plugin", "stream", "connection")
    ]
    return [[one for one in turn if one] for turn in itertools.zip_longest(*kinds)]


TURNS = in_turn()


def written(callbacks: list[Callback]) -> str:
    begin = "".join(_BEGIN.get(one.name, "") for one in callbacks)
    source = _MAIN.replace("BEGIN", begin)
    for one in callbacks:
        last = one.declared.rpartition(")")[2].strip()
        returns = {"bool": "return true", "types.Action": "return types.ActionContinue"}
        source += (
            _CALLBACK.replace("RECEIVER", one.receiver)
            .replace("CALLBACK", one.declared)
            .replace("NAME", one.name)
            .replace("RETURN", returns.get(last, ""))
        )
    return source


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> list[Module]:
    """A module for each turn, with nothing else of its own."""
    build_go_helper()
    root = tmp_path_factory.mktemp("callbacks")
    for name in ("go.mod", "go.sum"):
        shutil.copy(FILTERS / name, root / name)
    made = []
    for number, callbacks in enumerate(TURNS):
        folder = root / f"turn{number}"
        folder.mkdir()
        (folder / "main.go").write_text(written(callbacks))
        made.append(compile_filter(folder, root / f"{folder.name}.wasm", reuse=True))
    return made


def plugins(modules: list[Module], kind: str) -> list[dict[str, Any]]:
    placed = []
    for module in modules:
        config = {
            "name": module.name,
            "configuration": {"@type": _TEXT, "value": kind},
            "vm_config": {
                "vm_id": f"{module.name} {kind}",
                "runtime": "envoy.wasm.runtime.v8",
                "code": {"local": {"filename": str(module.path)}},
            },
        }
        place = {"@type": f"{_TYPES}.filters.{kind}.wasm.v3.Wasm", "config": config}
        placed.append({"name": f"envoy.filters.{kind}.wasm", "typed_config": place})
    return placed


@pytest.fixture(scope="module")
def called(
    modules: list[Module],
) -> Iterator[tuple[Envoy, Callable[[str], bool]]]:
    """One Envoy with all of them, after a request and a connection; and whether one was called."""

    with trailing_upstream() as upstream:
        told = trailing_configuration(
            upstream, plugins(modules, "http"), plugins(modules, "network")
        )
        theirs = Configuration.parse(json.dumps(told))
        with Envoy(None, configuration=theirs, workers=1, see="log") as envoy:
            answer = ask_with_trailers(httpx.URL(envoy.url).port or 0)
            assert answer.startswith("HTTP/1.1 200")
            assert "x-trailer: a" in answer
            assert "x-trailer: a" in str(envoy.send(request_with_trailers(), listener="raw"))

            def was_called(name: str) -> bool:
                def seen(now: Snapshot) -> bool:
                    return any(f"called {name}" in str(line) for line in now.lines)

                return bool(envoy.wait_until(seen, f"{name} was called", timeout_s=20))

            yield envoy, was_called


def test_these_are_all_callbacks_of_the_sdk() -> None:
    theirs = {
        one.name
        for one in read_signatures(FILTERS / "hello").callbacks
        if one.name.startswith("On") and one.name not in ("OnVMStart", "OnPluginStart")
    }
    assert {one.name for one in CALLBACKS} == theirs


@pytest.mark.parametrize("number", range(len(TURNS)))
def test_a_module_is_left_with_the_exports_of_its_callbacks(
    modules: list[Module], number: int
) -> None:
    module = modules[number]
    all_exports = {one.export for one in CALLBACKS}
    assert all_exports & set(module.exports) == {one.export for one in TURNS[number]}
    assert "proxy_on_delete" in module.exports


@pytest.mark.parametrize("name", [one.name for one in CALLBACKS if one.name != "OnPluginDone"])
def test_envoy_calls_it(called: tuple[Envoy, Callable[[str], bool]], name: str) -> None:
    _, was_called = called
    assert was_called(name)


def test_envoy_calls_the_last_one_as_it_ends(
    called: tuple[Envoy, Callable[[str], bool]],
) -> None:
    envoy, _ = called
    envoy.stop()
    assert any("called OnPluginDone" in str(line) for line in envoy.snapshot().lines)


def test_the_ports_are_closed() -> None:
    """What the tests' own upstream served is gone with it."""
    with trailing_upstream() as port:
        socket.create_connection(("127.0.0.1", port)).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
