"""Anybody's configuration on the real Envoy: moved, its names kept, its filters in their places."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.configuration_files import find_configuration
from lab_helpers.envoy.extension_types import extension_type, known_names
from lab_helpers.errors import ConfigurationError, LaunchError, TrafficError
from lab_helpers.folders import repository_folder
from lab_helpers.launch import LaunchPlan, Places
from lab_helpers.launch.native import NativeLauncher
from lab_helpers.toolchain import find_envoy
from tests.conftest import TellFault
from tests.edited_filters import edited
from tests.unit.envoy.documents import ECHO, HOME, MANAGER, ROUTER, listener
from tests.unit.envoy.test_addresses import in_camel_case

Launch = Callable[..., Envoy]
Configured = Callable[[str, str], Configuration]
HTTP_WASM = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"
TCP_WASM = "type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm"
UDP = "type.googleapis.com/envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig"
SERVICE = "type.googleapis.com/envoy.extensions.wasm.v3.WasmService"

TCP_CONTEXT = """\
func (plugin *pluginContext) NewTcpContext(contextID uint32) types.TcpContext {
	return &tcpContext{}
}

type tcpContext struct{ types.DefaultTcpContext }

func (ctx *tcpContext) OnDownstreamData(size int, endOfStream bool) types.Action {
	if data, err := proxywasm.GetDownstreamData(0, size); err == nil {
		proxywasm.LogInfo("bytes: " + string(data))
		if string(data) == "fail" {
			panic("on purpose")
		}
	}
	if err := proxywasm.AppendDownstreamData([]byte("!")); err != nil {
		proxywasm.LogCritical(err.Error())
	}
	return types.ActionContinue
}

"""


@pytest.fixture(scope="module")
def hello() -> Module:
    return compile_filter(repository_folder() / "filter" / "hello", reuse=True)


@pytest.fixture(scope="module")
def exclaiming(tmp_path_factory: pytest.TempPathFactory) -> Module:
    """The hello filter, which puts `!` behind the bytes of a TCP connection instead."""
    here = "func (plugin *pluginContext) NewHttpContext(contextID uint32) types.HttpContext {"
    other = here.replace("NewHttpContext", "newHTTPContext")
    folder = tmp_path_factory.mktemp("exclaiming")
    imports = 'import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"'
    more = imports.replace("/types", "") + "\n" + imports
    copy = edited(folder / "a", "hello/contexts.go", here, TCP_CONTEXT + other, imports, more)
    return dataclasses.replace(copy, folder=None)


def chain(filters: str) -> str:
    return f"filter_chains: [{{filters: [{filters}]}}]"


def echo() -> str:
    return f'{{name: echo, typed_config: {{"@type": {ECHO}}}}}'


def manager(routes: str, filters: str = "") -> str:
    router = f'{{name: router, typed_config: {{"@type": {ROUTER}}}}}'
    hosts = f'{{name: all, domains: ["*"], routes: [{routes}]}}'
    return (
        f'{{name: http, typed_config: {{"@type": {MANAGER}, stat_prefix: x, http_filters:'
        f" [{filters}{router}], route_config: {{virtual_hosts: [{hosts}]}}}}}}"
    )


def wasm(kind: str, name: str, more: str = "") -> str:
    vm = f"{{vm_id: {name}, runtime: envoy.wasm.runtime.v8, code: {{local: {{filename: {name}}}}}}}"
    config = f"{{name: {name}, {more} vm_config: {vm}}}"
    return f'{{name: slot, typed_config: {{"@type": {kind}, config: {config}}}}}'


def at(port: int, host: str = "0.0.0.0", more: str = "") -> str:  # noqa: S104  # the lab moves it
    return f"address: {{socket_address: {{address: '{host}', port_value: {port}{more}}}}}"


def calling(name: str, host: str, port: int) -> str:
    address = f"{{socket_address: {{address: {host}, port_value: {port}}}}}"
    endpoints = f"[{{lb_endpoints: [{{endpoint: {{address: {address}}}}}]}}]"
    return (
        f"{{name: {name}, type: STRICT_DNS, connect_timeout: 1s, load_assignment:"
        f" {{cluster_name: x, endpoints: {endpoints}}}}}"
    )


def whole(listeners: list[str], clusters: tuple[str, ...] = (), more: str = "") -> Configuration:
    text = "static_resources:\n  listeners:\n"
    text += "".join(f"  - {{{one}}}\n" for one in listeners)
    text += "  clusters:\n" + "".join(f"  - {one}\n" for one in clusters) if clusters else ""
    return Configuration.parse(f"{text}{more}\n", "theirs.yaml")


REPLY = "{match: {prefix: /}, direct_response: {status: 202, body: {inline_string: from here}}}"
ROUTE = "{match: {prefix: /}, route: {cluster: there}}"


def fetch(envoy: Envoy, path: str = "/") -> httpx.Response:
    return httpx.get(envoy.url + path, trust_env=False)


@pytest.mark.parametrize(
    "make",
    [
        lambda text: text,
        lambda text: text.replace("udpa.type.v1", "xds.type.v3"),
        lambda text: json.dumps(
            in_camel_case(json.loads(json.dumps(Configuration.parse(text).document))), indent="\t"
        ),
    ],
    ids=["udpa", "xds", "json"],
)
def test_the_articles_shape_runs_ticks_and_serves_both_headers(
    launch: Launch, make: Callable[[str], str]
) -> None:
    envoy = launch(configuration=Configuration.parse(make(HOME)), settings={"tick_ms": 200})
    envoy.wait_for_tokens()
    for answer in envoy.ask_every_worker():
        headers = dict(answer.headers)
        assert headers["x-wasm-filter"] == "hello from wasm"
        assert envoy.token_api.verify(headers["x-auth"]).valid
    (placement,) = envoy.modules
    assert (placement.plugin, placement.module) == ("my_plugin", envoy.module)
    assert envoy.notes == ()


@pytest.mark.parametrize(
    ("form", "period"),
    [
        ("Struct, value: {tick_ms: 700}", None),
        ("BytesValue, value: eyJ0aWNrX21zIjogNzAwfQ==", 700),
    ],
    ids=["struct", "bytes"],
)
def test_the_filter_gets_its_settings_in_each_form(
    launch: Launch, configured: Configured, form: str, period: int | None
) -> None:
    text = """configuration:
                          "@type": type.googleapis.com/google.protobuf.StringValue
                          value: '{"tick_ms": 15000}'"""
    kind = f'"@type": type.googleapis.com/google.protobuf.{form}'
    theirs = configured(text, f"configuration: {{{kind}}}")
    for settings, expected in (({}, period), ({"vm_header": "x-vm"}, 700), ({"tick_ms": 300}, 300)):
        if expected is None:  # Envoy hands a Struct over as protobuf's bytes, which is no JSON
            with pytest.raises(LaunchError, match="refused its settings") as caught:
                launch(configuration=theirs, workers=1, settings=settings)
            assert any("Struct" in note for note in caught.value.__notes__)
            continue
        envoy = launch(configuration=theirs, workers=1, settings=settings)
        picture = envoy.wait_until(lambda now: now.tick_ms, "its period is known")
        assert picture.tick_ms == expected
        envoy.stop()


def test_every_address_is_on_loopback_and_nobody_else_can_share_it(
    launch: Launch, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    v6 = f"{{{at(7001, '::', ', ipv4_compat: true')}}}"
    more = f"additional_addresses: [{v6}, {{address: {{pipe: {{path: {pipe}}}}}}}]"
    udp = (
        f"name: udp, {at(7002, '::', ', protocol: UDP')}, udp_listener_config: {{}},"
        f" listener_filters: [{{name: u, typed_config: {{'@type': {UDP}, stat_prefix: u,"
        " cluster: there}}]"
    )
    unbound = f"name: unbound, {at(7003)}, bind_to_port: false, {chain(echo())}"
    first = f"name: first, {at(7000)}, {more}, {chain(manager(REPLY))}"
    only = f"name: piped, address: {{pipe: {{path: {pipe}2}}}}, {chain(echo())}"
    theirs = whole([only, unbound, udp, first], (calling("there", "127.0.0.1", 9),))
    envoy = launch(None, configuration=theirs, admin_port=0)
    admin = httpx.get(f"{envoy.admin_url}/listeners?format=json", trust_env=False).json()
    said = json.dumps(admin)
    assert said.count('"127.0.0.1"') == 4
    assert "0.0.0.0" not in said  # noqa: S104
    assert "::" not in said
    assert pipe.is_socket()
    assert [answer.status for answer in envoy.ask_every_worker()] == [202, 202]
    port = httpx.URL(envoy.url).port
    assert port
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))


def test_an_upstream_that_is_a_second_listener_still_is_one(launch: Launch) -> None:
    main = f"name: main, {at(7000)}, {chain(manager(ROUTE))}"
    reply = f"name: reply, {at(7001, '127.0.0.1')}, {chain(manager(REPLY))}"
    for listeners in ([main, reply], [reply, main]):
        envoy = launch(None, configuration=whole(listeners, (calling("there", "localhost", 7001),)))
        answer = fetch(envoy)
        assert (answer.status_code, answer.text) == (202, "from here")
        assert "x-envoy-upstream-service-time" in answer.headers  # it came by way of main
        envoy.ask_every_worker()
        # The reply's own connections are none of those that the lab holds.
        assert envoy.figures().connections == {"worker_0": 1, "worker_1": 1}
        envoy.stop()


class Crowded(NativeLauncher):
    """A launcher on a machine where somebody takes each port at once, a few times."""

    def __init__(self, taken: Iterator[int]) -> None:
        self.asked = 0
        self._taken = taken

    def places(self, plan: LaunchPlan) -> Places:
        places = super().places(plan)

        def choose() -> int:
            self.asked += 1
            return next(self._taken, 0) or places.spare_port()

        return dataclasses.replace(places, spare_port=choose)


def test_a_chosen_port_that_is_taken_meanwhile_is_chosen_anew(launch: Launch) -> None:
    main = f"name: main, {at(7000)}, {chain(manager(ROUTE))}"
    reply = f"name: reply, {at(7001)}, {chain(manager(REPLY))}"
    theirs = whole([main, reply], (calling("there", "localhost", 7001),))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        crowded = Crowded(iter([port, port]))
        envoy = launch(None, configuration=theirs, launcher=crowded, workers=1)
        assert crowded.asked == 3
        assert fetch(envoy).text == "from here"
        envoy.stop()
        always = Crowded(iter([port] * 99))
        with pytest.raises(LaunchError, match=f"port is taken: 127.0.0.1:{port}"):
            launch(None, configuration=theirs, launcher=always, workers=1)
    assert 1 < always.asked < 10


class Elsewhere(NativeLauncher):
    """A launcher whose Envoy listens elsewhere than it says in the end."""

    def __init__(self) -> None:
        self.hosts = iter(["127.0.0.2"])

    def places(self, plan: LaunchPlan) -> Places:
        places = super().places(plan)
        return dataclasses.replace(places, listen_host=next(self.hosts, places.listen_host))


def test_an_envoy_that_listens_elsewhere_is_ended() -> None:
    envoy = Envoy(None, configuration=find_configuration("bare.yaml"), launcher=Elsewhere())
    with pytest.raises(LaunchError, match=r"ingress: 127\.0\.0\.2:\d+"):
        envoy.start()
    assert not envoy.running


def test_each_module_runs_where_its_name_says(
    launch: Launch, token_module: Module, hello: Module, exclaiming: Module
) -> None:
    filters = f"{wasm(HTTP_WASM, 'sender')}, {wasm(HTTP_WASM, 'receiver')}, "
    http = f"name: http, {at(7000)}, {chain(manager(REPLY, filters))}"
    tcp = f"name: tcp, {at(7001)}, {chain(wasm(TCP_WASM, 'bytes') + ', ' + echo())}"
    one = wasm(SERVICE, "service").replace("slot", "envoy.bootstrap.wasm")
    service = f"bootstrap_extensions: [{one}]"
    theirs = whole([http, tcp], more=service)
    modules = {
        "sender": hello,
        "receiver": token_module,
        "bytes": exclaiming,
        "service": hello,
    }
    with pytest.raises(ConfigurationError, match="4 Wasm plugins, and one module"):
        Envoy(token_module, configuration=theirs)
    settings = {"receiver": {"cluster": "none", "vm_header": "x-wasm-vm"}}
    envoy = launch(modules, configuration=theirs, settings=settings, see="log")
    assert {one.plugin: one.module for one in envoy.modules} == modules
    for answer in envoy.ask_every_worker():
        headers = dict(answer.headers)
        assert answer.status == 202
        assert headers["x-wasm-filter"] == "hello from wasm"
        assert headers["x-wasm-vm"]
    received = envoy.send(b"hello")
    assert received == b"hello!"
    assert repr(received) == "<6 bytes: b'hello!'>"
    assert any("bytes: hello" in line for line in envoy.log)
    refused = envoy.send(b"hello\r\n\r\n", listener="http")
    assert refused.startswith(b"HTTP/1.1 400 Bad Request")
    with pytest.raises(LaunchError, match="no listener 'udp'") as caught:
        envoy.send(b"x", listener="udp")
    assert caught.value.hint == "one of: http, tcp"


def test_a_tcp_filter_alone_is_asked_with_bytes(launch: Launch, exclaiming: Module) -> None:
    tcp = f"{at(7001)}, {chain(wasm(TCP_WASM, 'bytes') + ', ' + echo())}"
    envoy = launch(exclaiming, configuration=whole([tcp]), workers=1)
    assert envoy.send(b"hello") == b"hello!"
    assert envoy.speaks == "tcp"
    with pytest.raises(TrafficError, match="panicked") as caught:
        envoy.send(b"fail")
    assert "on purpose" in caught.value.quote


def test_silence_is_said(launch: Launch) -> None:
    envoy = launch(None, configuration=whole([f"{at(7001)}, {chain(echo())}"]), workers=1)
    with pytest.raises(TrafficError, match=r"within 0\.2 s"):
        envoy.send(b"", timeout_s=0.2)


def test_the_labs_own_plugin_is_called_after_the_filter(launch: Launch, hello: Module) -> None:
    envoy = launch(hello, workers=1, admin_port=0)
    dump = httpx.get(f"{envoy.admin_url}/config_dump", trust_env=False).text
    for said in ('"name": "hello"', '"root_id": "hello"', '"vm_id": "hello_vm"'):
        assert said in dump
    assert "tick_ms" not in dump


def test_a_cluster_beyond_is_said_and_goes_to_the_upstream_where_asked(launch: Launch) -> None:
    main = f"name: main, {at(7000)}, {chain(manager(ROUTE))}"
    clusters = (calling("there", "backend.invalid", 8080), calling("far", "192.0.2.7", 80))
    theirs = whole([main], clusters)
    envoy = launch(None, configuration=theirs, workers=1)
    near, far = envoy.notes
    assert near.startswith("backend.invalid:8080 (cluster there) cannot be found from here")
    assert far.startswith("192.0.2.7:80 (cluster far) is beyond this machine")
    assert fetch(envoy).status_code == 503
    envoy.stop()
    envoy = launch(None, configuration=theirs, workers=1, upstream="all")
    assert envoy.notes == ()
    assert fetch(envoy, "/auth").status_code == 200


def test_a_configuration_runs_its_own_code_from_beside_it(
    launch: Launch, hello: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "mine.wasm").write_bytes(hello.path.read_bytes())
    own = wasm(HTTP_WASM, "mine.wasm") + ", "
    theirs = whole([f"name: main, {at(7000)}, {chain(manager(REPLY, own))}"])
    (tmp_path / "theirs" / "envoy.yaml").write_text(theirs.dump(), "utf-8")
    monkeypatch.chdir(tmp_path)
    envoy = launch(None, configuration="theirs/envoy.yaml", workers=1)
    assert fetch(envoy).headers["x-wasm-filter"] == "hello from wasm"
    (placement,) = envoy.modules
    assert str(placement).endswith("← its own code, mine.wasm")


def test_a_configuration_without_a_port_is_said_where_it_is_asked(launch: Launch) -> None:
    envoy = launch(None, configuration=Configuration.parse("admin: {}"), workers=1)
    assert envoy.speaks == ""
    for ask in (lambda: envoy.ask("worker_0"), lambda: envoy.send(b"x"), lambda: envoy.url):
        with pytest.raises(LaunchError, match="no listener"):
            ask()


def test_envoy_knows_each_type_that_the_lab_tells(tmp_path: Path) -> None:
    def refused(kinds: list[str]) -> str:
        extensions: list[Any] = [{"name": k, "typed_config": {"@type": k}} for k in kinds]
        file = tmp_path / "all.json"
        file.write_text(json.dumps({"bootstrap_extensions": extensions}))
        words = [str(find_envoy().path), "--mode", "validate", "-c", os.fspath(file)]
        return subprocess.run(words, capture_output=True, text=True, check=False).stderr

    kinds = [extension_type(name) for name in known_names()]
    assert len(set(kinds)) > 30
    assert "could not find @type" in refused([*kinds, "type.googleapis.com/theirs.Own"])
    said = refused(kinds)
    assert "could not find @type" not in said, said[:2000]
    assert "critical" in said  # it is no configuration: only its types are asked for


def test_envoy_agrees_that_an_anchored_file_is_a_configuration(launch: Launch) -> None:
    places = "!ignore places:\n  - &place {socket_address: &s {address: '::', port_value: 1}}\n"
    text = places + listener("*place") + "admin: {address: {socket_address: *s}}\n"
    envoy = launch(None, configuration=Configuration.parse(text), workers=1)
    assert envoy.send(b"hello") == b"hello"


def test_a_virtual_host_that_names_its_listeners_port_answers_after_the_move(
    launch: Launch,
) -> None:
    here = manager(
        "{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: hi}}}"
    )
    tied = here.replace('["*"]', '["localhost:7000", "example.com:7000"]')
    envoy = launch(None, configuration=whole([f"{at(7000)}, {chain(tied)}"]))
    assert envoy.ask("worker_0").text == "hi"
    assert envoy.ask("worker_0", headers={"host": "example.com:7000"}).status == 200
    assert envoy.ask("worker_0", headers={"host": "other.com:7000"}).status == 404
    assert any("localhost:7000, example.com:7000" in note for note in envoy.notes)


def test_single_values_stand_for_lists_as_envoy_reads_them(launch: Launch, hello: Module) -> None:
    filters = wasm(HTTP_WASM, "theirs") + ", "
    routed = manager("{match: {prefix: /}, direct_response: {status: 200}}", filters)
    text = f"static_resources: {{listeners: {{{at(7000)}, filter_chains: {{filters: {routed}}}}}}}"
    envoy = launch(hello, configuration=Configuration.parse(text, "theirs.yaml"))
    assert envoy.ask("worker_0").headers["x-wasm-filter"] == "hello from wasm"


TLS = (
    "transport_socket: {name: tls, typed_config: {'@type': type.googleapis.com/envoy.extensions"
    ".transport_sockets.tls.v3.DownstreamTlsContext, common_tls_context: {tls_certificates:"
    " [{certificate_chain: {filename: CERTIFICATE}, private_key: {filename: KEY}}]}}}"
)


def inspecting(kind: str, name: str) -> str:
    typed = f'{{"@type": type.googleapis.com/envoy.extensions.filters.listener.{kind}}}'
    return f"listener_filters: [{{name: {name}, typed_config: {typed}}}]"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("tls_inspector.v3.TlsInspector", "tls"),
        ("http_inspector.v3.HttpInspector", "http"),
        ("proxy_protocol.v3.ProxyProtocol", "proxy"),
    ],
)
def test_a_listener_that_looks_at_the_first_bytes_is_said_so(
    launch: Launch, kind: str, name: str
) -> None:
    here = manager("{match: {prefix: /}, direct_response: {status: 200}}")
    more = f"{at(7000)}, {inspecting(kind, name)}, {chain(here)}"
    envoy = launch(None, configuration=whole([more]))
    with pytest.raises(TrafficError, match=f"{name} of the listener .* first looks at") as caught:
        envoy.ask("worker_0")
    assert "listener_filters" in caught.value.hint


@pytest.mark.fault("A request goes to a listener that wants TLS")
def test_a_listener_that_wants_tls_is_said_so(
    launch: Launch, tmp_path: Path, fault: TellFault
) -> None:
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"]
    places = {"CERTIFICATE": tmp_path / "x.pem", "KEY": tmp_path / "x.key"}
    outputs = ["-out", str(places["CERTIFICATE"]), "-keyout", str(places["KEY"])]
    subprocess.run([*words, *outputs], check=True, capture_output=True)
    tls = TLS
    for word, place in places.items():
        tls = tls.replace(word, str(place))
    here = manager("{match: {prefix: /}, direct_response: {status: 200}}")
    listener = f"name: secret, {at(7000)}, filter_chains: [{{filters: [{here}], {tls}}}]"
    envoy = launch(None, configuration=whole([listener]))
    with pytest.raises(TrafficError, match="secret wants TLS") as caught:
        envoy.ask("worker_0")
    fault(caught.value, kept="Envoy runs on")


@pytest.mark.fault("A request goes to a listener that speaks no HTTP")
def test_an_answer_that_is_no_http_is_said_so(launch: Launch, fault: TellFault) -> None:
    envoy = launch(None, configuration=whole([f"{at(7000)}, {chain(echo())}"]))
    with pytest.raises(TrafficError, match="is no HTTP") as caught:
        envoy.ask("worker_0")
    assert envoy.send(b"hello") == b"hello"  # as the hint says
    fault(caught.value, kept="Envoy runs on")


@pytest.mark.parametrize(
    ("part", "said", "hint"),
    [
        (
            f"{at(7000)}, {chain(echo().replace('echo.v3.Echo', 'mysql_proxy.v3.MySQLProxy'))}",
            "nothing of the type envoy.extensions.filters.network.mysql_proxy.v3.MySQLProxy",
            "contrib",
        ),
        (
            f"{at(7000)}, filter_chains: [{{filters: [{echo()}], {TLS}}}]",
            "nothing that it can use at KEY",
            "certificate",
        ),
    ],
)
def test_what_is_not_there_is_named(part: str, said: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Envoy(configuration=whole([part])).validate()
    assert said in caught.value.what
    assert hint in caught.value.hint


def test_a_folder_to_watch_that_is_not_there_is_named() -> None:
    layer = "{name: disk, disk_layer: {symlink_root: /nowhere/current, subdirectory: x}}"
    more = f"layered_runtime: {{layers: [{layer}]}}"
    with pytest.raises(ConfigurationError, match="finds no file at /nowhere/current"):
        Envoy(configuration=whole([f"{at(7000)}, {chain(echo())}"], more=more)).validate()
