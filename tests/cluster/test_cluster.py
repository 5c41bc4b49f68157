"""A real API server with the whole CRDs judges each manifest, good and bad ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import ruamel.yaml
import stamina

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.manifests import Order, write_manifests
from tests.cluster.server import api_server, module_folder

ISTIO = ("istio.io/istio", "v0.0.0-20260827124520-eed52ebb66ad")
GATEWAY = ("github.com/envoyproxy/gateway", "v1.9.0")
KINDS = {
    "TrafficExtension": ("extensions.istio.io", "trafficextensions"),
    "WasmPlugin": ("extensions.istio.io", "wasmplugins"),
    "EnvoyExtensionPolicy": ("gateway.envoyproxy.io", "envoyextensionpolicies"),
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """An API server that knows the resources of Istio and of Envoy Gateway."""
    yaml = ruamel.yaml.YAML(typ="safe")
    files = [
        module_folder(*ISTIO) / "manifests" / "charts" / "base" / "files" / "crd-all.gen.yaml",
        *(module_folder(*GATEWAY) / "charts" / "gateway-helm" / "charts" / "crds").rglob(
            "*_envoyextensionpolicies.yaml"
        ),
    ]
    wanted = {f"{plural}.{group}" for group, plural in KINDS.values()}
    with api_server(tmp_path_factory.mktemp("cluster")) as client:
        for definition in (one for file in files for one in yaml.load_all(file) if one):
            if definition["metadata"]["name"] in wanted:
                place = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
                reply = client.post(place, json=definition)
                assert reply.status_code == httpx.codes.CREATED, reply.text
        for kind in KINDS:
            for attempt in stamina.retry_context(on=AssertionError, attempts=None, timeout=60):
                with attempt:
                    assert client.get(_place(kind)).status_code == httpx.codes.OK
        yield client


def _place(kind: str) -> str:
    group, plural = KINDS[kind]
    return f"/apis/{group}/v1alpha1/namespaces/default/{plural}"


def judged(cluster: httpx.Client, value: dict[str, Any]) -> httpx.Response:
    """Let the server say whether it would take an object; it keeps nothing."""
    asked = {"dryRun": "All", "fieldValidation": "Strict"}
    return cluster.post(_place(value["kind"]), params=asked, json=value)


def manifests(folder: Path, **changed: Any) -> dict[str, dict[str, Any]]:  # fields
    module = compile_filter("hello_c", folder / "hello_c.wasm")
    order = Order(**{"name": "hello_c", "image": "registry.example.com/a/hello:v1"} | changed)
    yaml = ruamel.yaml.YAML(typ="safe")
    loaded = [yaml.load(file) for file in write_manifests(module, order, folder / "out").files]
    return {value["kind"]: value for value in loaded}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"settings": {"tick_ms": 1000, "on": "no", "deep": {"list": [1, "two", 3.5]}}},
        {"failure_policy": "fail_open", "selector": ("app.example.com/name", "web")},
        {"failure_policy": "fail_reload", "gateway": "eg"},
    ],
)
def test_the_server_takes_each_manifest(
    cluster: httpx.Client, tmp_path: Path, changed: dict[str, Any]
) -> None:
    for value in manifests(tmp_path, **changed).values():
        reply = judged(cluster, value)
        assert reply.status_code == httpx.codes.CREATED, reply.text


@pytest.mark.parametrize(
    ("kind", "way", "wrong", "said"),
    [
        ("TrafficExtension", ("spec", "phase"), "NOPE", "supported values"),
        ("TrafficExtension", ("spec", "wasm", "failStrategy"), "FAIL_MAYBE", "supported values"),
        ("TrafficExtension", ("spec", "wasm", "rootID"), "hello", "unknown field"),
        ("WasmPlugin", ("spec", "url"), "", "url"),
        ("WasmPlugin", ("metadata", "name"), "hello_c", "RFC 1123"),
        ("EnvoyExtensionPolicy", ("spec", "wasm", 0, "code", "type"), "Local", "nsupported value"),
        ("EnvoyExtensionPolicy", ("spec", "wasm", 0, "reload"), True, "unknown field"),
        ("EnvoyExtensionPolicy", ("spec", "targetRefs", 0, "kind"), "Deployment", "Gateway"),
    ],
)
def test_the_server_refuses_what_is_wrong_in_one(  # a row of the table
    cluster: httpx.Client,
    tmp_path: Path,
    kind: str,
    way: tuple[Any, ...],
    wrong: object,
    said: str,
) -> None:
    value = manifests(tmp_path)[kind]
    place: Any = value
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = wrong
    reply = judged(cluster, value)
    assert reply.is_client_error
    assert said in reply.text
