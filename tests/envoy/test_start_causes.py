"""Why Envoy would not start with a module: what it and the filter said first is the cause."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import wasmtime

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.errors import ConfigurationError, LaunchError, TrafficError
from lab_helpers.folders import repository_folder
from lab_helpers.launch.failures import launch_failure
from lab_helpers.lessons.shown.envoy_tables import show_answer
from lab_helpers.toolchain import find_go, go_environment
from tests.conftest import TellFault
from tests.edited_filters import edited

Launch = Callable[..., Envoy]
FILTERS = repository_folder() / "filter"

# It fails as its settings ask, and as a TCP filter it panics.
ODD = """package main

import (
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() { proxywasm.SetVMContext(&vmContext{}) }

type vmContext struct{ types.DefaultVMContext }

func (vm *vmContext) NewPluginContext(contextID uint32) types.PluginContext {
	return &pluginContext{}
}

type pluginContext struct {
	types.DefaultPluginContext
	next *pluginContext
	seen map[string]int
}

func (plugin *pluginContext) OnPluginStart(size int) types.OnPluginStartStatus {
	read, _ := proxywasm.GetPluginConfiguration()
	settings := string(read)
	proxywasm.LogInfo("reading " + settings)
	switch {
	case strings.Contains(settings, "loud"):
		proxywasm.LogCritical("the setting greeting is missing")
		return types.OnPluginStartStatusFailed
	case strings.Contains(settings, "panic"):
		panic("no greeting")
	case strings.Contains(settings, "nil"):
		plugin.next.next = plugin
	case strings.Contains(settings, "map"):
		plugin.seen["x"] = 1
	}
	return types.OnPluginStartStatus(strings.Contains(settings, "fine"))
}

func (plugin *pluginContext) NewTcpContext(contextID uint32) types.TcpContext {
	return &tcpContext{}
}

type tcpContext struct{ types.DefaultTcpContext }

func (ctx *tcpContext) OnNewConnection() types.Action { panic("no connections today") }
"""
ABI = (
    '(memory (export "memory") 1) (func (export "proxy_abi_version_0_2_0"))'
    ' (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 0)'
)
TCP = """
static_resources:
  listeners:
  - name: tcp
    address: {socket_address: {address: 127.0.0.1, port_value: 10000}}
    connection_balance_config: {exact_balance: {}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.wasm
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm
          config:
            name: tcp
            configuration:
              "@type": type.googleapis.com/google.protobuf.StringValue
              value: fine
            vm_config:
              runtime: envoy.wasm.runtime.v8
              code: {local: {filename: MODULE}}
      - &proxy
        name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: tcp
          cluster: nobody
  clusters:
  - {name: nobody, load_assignment: {cluster_name: nobody, endpoints: []}}
"""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Module:
    folder = tmp_path_factory.mktemp("odd") / "odd"
    folder.mkdir()
    for name in ("go.mod", "go.sum"):
        shutil.copy(FILTERS / name, folder / name)
    (folder / "main.go").write_text(ODD, encoding="utf-8")
    return compile_filter(folder, folder / "odd.wasm", reuse=True)


def failure(launch: Launch, module: Module, **options: object) -> LaunchError:
    with pytest.raises(LaunchError) as caught:
        launch(module, workers=1, **options)
    error = caught.value
    # The general hint about the article's way belongs to one cause alone.
    assert ("init()" in error.hint) == ("did not register" in error.what)
    assert "filter/token" not in str(error)
    return error


def text_module(folder: Path, text: str) -> Module:
    file = folder / "text.wasm"
    file.write_bytes(wasmtime.wat2wasm(f"(module {text})"))
    return Module(file, file.stat().st_size, "", (), ())


def go_module(folder: Path, **variables: str) -> Module:
    """Compile a filter of the lab's with standard Go, but as a program."""
    go, target = find_go(), folder / "program.wasm"
    subprocess.run(
        [str(go.path), "build", "-buildvcs=false", "-o", str(target), "."],
        cwd=FILTERS / "hello",
        env=os.environ | go_environment(go.path) | {"GOARCH": "wasm"} | variables,
        check=True,
    )
    return Module(target, target.stat().st_size, "", (), ())


@pytest.mark.parametrize(
    ("settings", "what", "quote", "hint"),
    [
        ("loud", "OnPluginStart returned Failed", "the setting greeting is missing", "settings="),
        ("said", "OnPluginStart returned Failed", '"how": "said"}', "settings="),
        ("panic", "panicked in OnPluginStart", "panic: no greeting", "mend the code"),
        ("nil", "panicked in OnPluginStart", "nil pointer", "look for a nil pointer"),
        ("map", "panicked in OnPluginStart", "nil map", "make(map[string]string)"),
    ],
)
def test_a_filter_that_will_not_start_is_quoted(
    launch: Launch, odd: Module, settings: str, what: str, quote: str, hint: str
) -> None:
    error = failure(launch, odd, settings={"how": settings})
    assert what in error.what
    assert quote in error.quote
    assert hint in error.hint
    with pytest.raises(ConfigurationError) as checked:  # in Envoy's own format
        Envoy(odd, settings={"how": settings}).validate()
    assert what in checked.value.what
    assert quote in checked.value.quote


def test_a_filter_that_says_nothing_is_told_to(launch: Launch, tmp_path: Path) -> None:
    vm_start = '(func (export "proxy_on_vm_start") (param i32 i32) (result i32) i32.const 0)'
    error = failure(launch, text_module(tmp_path, ABI + vm_start))
    assert "OnVMStart returned Failed, and it did not say why" in error.what
    assert error.quote == "Failed to start base Wasm"
    assert "proxywasm.LogCritical" in error.hint


@pytest.mark.fault("A filter registers nothing in init()")
def test_a_filter_that_does_not_register_is_known(
    launch: Launch, tmp_path: Path, fault: TellFault
) -> None:
    module = edited(tmp_path, "hello/main.go", "func init() {", "func register() {")
    error = failure(launch, module)
    assert "did not register" in error.what
    assert "nil pointer dereference, in proxy_on_context_create" in error.quote
    assert "`func init() { proxywasm.SetVMContext(&vmContext{}) }`" in error.hint
    fault(error, kept="the filter's code")


@pytest.mark.fault("A module was built as a program, without -buildmode=c-shared")
def test_a_program_is_no_library(launch: Launch, tmp_path: Path, fault: TellFault) -> None:
    error = failure(launch, go_module(tmp_path, GOOS="wasip1"))
    assert error.quote == "_start failed: restricted_callback"
    assert "-buildmode=c-shared" in error.hint
    fault(error, kept="the module")


def test_a_module_for_javascript_is_known_by_its_import(launch: Launch, tmp_path: Path) -> None:
    error = failure(launch, go_module(tmp_path, GOOS="js"))
    assert error.what.startswith("The module wants gojs.runtime.")
    assert "due to a missing import: gojs.runtime." in error.quote
    assert "GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared" in error.hint
    assert "loaded the module" not in str(error)


@pytest.mark.parametrize(
    ("text", "what", "quote", "hint"),
    [
        (
            '(import "env" "my_clock" (func))' + ABI,
            "wants env.my_clock",
            "missing import: env.my_clock",
            "define it",
        ),
        (
            '(import "wasi:io/poll@0.2.0" "poll" (func))' + ABI,
            "built for WASI 0.2",
            "missing import",
            "-target=wasi",
        ),
        (
            '(import "__wbindgen_placeholder__" "f" (func))' + ABI,
            "built for JavaScript",
            "missing import",
            "wasm32-wasip1",
        ),
        (
            '(import "env" "proxy_odd" (func))' + ABI,
            "another version of Proxy-Wasm",
            "env.proxy_odd",
            "Proxy-Wasm 0.2.1",
        ),
        (
            '(import "env" "proxy_log" (func (param i32)))' + ABI,
            "could not link it",
            "import type mismatch: env.proxy_log",
            "Proxy-Wasm 0.2.1",
        ),
        ('(func (export "proxy_abi_version_0_9_9"))', "proxy_abi_version_0_9_9", "ABI", "0.2.1"),
        ('(func (export "f"))', "Wasm, but not a filter", "ABI version", "import the proxy-wasm"),
        (
            ABI + '(func (export "proxy_on_vm_start") (param i32 i32) (result i32) unreachable)',
            "failed in proxy_on_vm_start",
            "unreachable",
            "log_tail",
        ),
        (ABI + "(func $f unreachable) (start $f)", "an instance", "new Wasm instance", "start"),
    ],
)
def test_a_module_that_does_not_fit_is_told_by_what_it_wants(
    launch: Launch, tmp_path: Path, text: str, what: str, quote: str, hint: str
) -> None:
    error = failure(launch, text_module(tmp_path, text))
    assert what in error.what
    assert quote in error.quote
    assert hint in error.hint


@pytest.mark.parametrize("kind", ["empty", "cut short", "folder", "changed"])
def test_a_file_that_is_broken_is_looked_at(
    launch: Launch, token_module: Module, tmp_path: Path, kind: str
) -> None:
    content = bytearray(token_module.path.read_bytes())
    file = tmp_path / "token.wasm"
    match kind:
        case "empty":
            file.touch()
        case "cut short":
            file.write_bytes(content[: len(content) // 2])
        case "changed":
            middle = len(content) // 2
            content[middle : middle + 40] = b"\xff" * 40
            file.write_bytes(content)
        case _:
            file.mkdir()
    module = Module(file, 0, "", (), (), folder=tmp_path / "their filter")
    error = failure(launch, module)
    words = {"changed": "cannot read the module", "folder": "is a folder"}.get(kind, f"is {kind}")
    assert words in error.what
    assert f"lab build '{tmp_path / 'their filter'}' --output {file}" in error.hint


def test_a_tcp_filters_panic_is_a_panic(launch: Launch, odd: Module) -> None:
    configuration = Configuration.parse("admin: {}\n" + TCP.replace("MODULE", str(odd.path)))
    configuration.document["admin"] = {
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": 9901}}
    }
    envoy = launch(None, configuration=configuration, workers=1)
    for _ in ("as it panics", "afterwards, when Envoy gives the filter nothing more"):
        with pytest.raises(TrafficError, match="panicked in OnNewConnection") as caught:
            envoy.ask("worker_0")
        assert caught.value.quote == "panic: no connections today"
        assert "other programs" not in caught.value.hint


def test_a_cluster_without_a_host_is_said_in_envoys_words(launch: Launch) -> None:
    configuration = Configuration.read("bare.yaml")
    resources = configuration.document["static_resources"]
    [route] = resources["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"][
        "route_config"
    ]["virtual_hosts"][0]["routes"]
    route["route"]["cluster"] = "nobody"
    resources["clusters"].append(
        {"name": "nobody", "load_assignment": {"cluster_name": "nobody", "endpoints": []}}
    )
    envoy = launch(None, configuration=configuration, workers=1)
    answer = envoy.ask("worker_0")
    assert (answer.status, answer.why) == (503, "Envoy says: no healthy upstream")
    assert show_answer(answer).title.endswith("Envoy says: no healthy upstream")
    with pytest.raises(LaunchError) as caught:
        envoy.wait_until(lambda _now: False, "never", timeout_s=0.1)
    assert "no healthy upstream in nobody" in caught.value.quote
    assert "endpoint" in caught.value.hint


def test_another_cluster_closes_a_tcp_connection_for_want_of_a_host(launch: Launch) -> None:
    configuration = Configuration.parse(
        "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}\n" + TCP
    )
    del configuration.document["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]
    envoy = launch(None, configuration=configuration, workers=1)
    with pytest.raises(TrafficError, match="nobody to pass it on to") as caught:
        envoy.ask("worker_0")
    assert caught.value.quote == "no healthy upstream in nobody"


def test_a_filter_is_not_blamed_for_what_envoy_names(odd: Module) -> None:
    log = "2026-01-01T00:00:00.0+0000|7|{}|{}|{}".format
    lines = [
        log("info", "wasm", "wasm log open: panic: on purpose"),
        log("error", "wasm", "Function: proxy_on_configure failed: Uncaught RuntimeError"),
        log("critical", "wasm", "Plugin open failed to load"),
        log(
            "critical",
            "main",
            "error `cannot bind '127.0.0.1:9': Address already in use` initializing config 'x'",
        ),
    ]
    error = launch_failure(lines, 1, while_doing="while it started")
    assert error.what == "Envoy's port is taken: 127.0.0.1:9."
    # One that may fail, before one that may not: the second one's words count.
    lines[3] = log("info", "wasm", "wasm log shut: no key")
    lines += [
        log("error", "wasm", "Wasm VM failed Failed to configure base Wasm plugin"),
        log("critical", "wasm", "Plugin shut failed to load"),
        log(
            "critical", "main", "error `Unable to create Wasm plugin shut` initializing config 'x'"
        ),
    ]
    error = launch_failure(lines, 1, while_doing="while it started")
    assert error.what.startswith("The filter of the plugin shut would not start")
    assert error.quote == "no key"
