"""What Envoy's own configuration is not, or no longer is, and what to write instead."""

from __future__ import annotations

import json
import re

import pytest

from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.extension_types import extension_type
from lab_helpers.errors import ConfigurationError
from tests.unit.envoy.documents import HOME, PLACES, ROUTER, move

LINE = 'typed_config: {"@type": ' + ROUTER + "}"


WITHOUT = ("typed_config: {}", "typed_config:", "typedConfig: {}", "", "disabled: false")


@pytest.mark.parametrize("now", WITHOUT)
def test_a_router_without_its_type_is_told_the_type(now: str) -> None:
    text = HOME.replace(LINE, now)
    with pytest.raises(ConfigurationError, match=r"http_filters\[1\].*\(line \d+\)") as caught:
        move(text)
    assert "has no @type" in caught.value.what
    assert LINE in caught.value.hint
    # What the hint says is what was taken out: it runs with that.
    number = int(re.search(r"line (\d+)", caught.value.what)[1])  # type: ignore[index]  # matched above
    assert "router" in "".join(text.splitlines()[number - 2 : number])


@pytest.mark.parametrize(
    ("extension", "kind"),
    [
        ("{name: envoy.filters.http.wasm, typed_config: {config: {}}}", "http.wasm.v3.Wasm"),
        ("{name: envoy.http_connection_manager}", "v3.HttpConnectionManager"),
        ("{name: envoy.filters.network.tcp_proxy, typed_config: {cluster: x}}", "v3.TcpProxy"),
        ("{name: envoy.bootstrap.wasm, typed_config: {}}", "wasm.v3.WasmService"),
        ("{name: theirs.own, typed_config: {}}", "Envoy's documentation gives for theirs.own"),
        ("{typed_config: {}}", "Envoy's documentation gives for this extension"),
    ],
)
def test_other_extensions_without_a_type(extension: str, kind: str) -> None:
    with pytest.raises(ConfigurationError, match="has no @type") as caught:
        move(f"x: {{filters: [{extension}]}}")
    assert kind in caught.value.hint


def test_what_takes_its_configuration_from_elsewhere_needs_no_type() -> None:
    move("x: {http_filters: [{name: a, config_discovery: {type_urls: [x]}}]}")
    move("x: {health_checks: [{name: a}]}")


def test_a_type_is_known_by_old_and_new_names() -> None:
    assert extension_type("envoy.router") == extension_type("envoy.filters.http.router") == ROUTER
    assert extension_type("router") == extension_type("theirs") == ""


@pytest.mark.parametrize(
    ("text", "place", "today"),
    [
        ("{static_resources: {clusters: [{name: x, hosts: []}]}}", "hosts", "load_assignment"),
        ("{static_resources: {clusters: [{tls_context: {}}]}}", "tls_context", "transport_socket"),
        ("{staticResources: {clusters: [{tlsContext: {}}]}}", "tlsContext", "transport_socket"),
        ("{x: {filter_chains: [{tls_context: {}}]}}", "tls_context", "transport_socket"),
        ("{x: {http_filters: [{name: a, config: {}}]}}", "config", "typed_config"),
        ("{x: {filters: [{name: a, config: {}}]}}", "config", "typed_config"),
        ("{x: {access_log: {name: a, config: {}}}}", "config", "typed_config"),
        ("{x: {filter_chain_match: {sni_domains: []}}}", "sni_domains", "server_names"),
        ("{x: {routes: [{match: {regex: a}}]}}", "regex", "safe_regex"),
        ("{x: {route: {host_rewrite: a}}}", "host_rewrite", "host_rewrite_literal"),
        (
            "{x: {routes: [{per_filter_config: {}}]}}",
            "per_filter_config",
            "typed_per_filter_config",
        ),
    ],
)
def test_an_old_field_is_named_with_todays(text: str, place: str, today: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"{place} \(line 1\)") as caught:
        move(text)
    assert "is an old (v2) field; today it is " in caught.value.what
    assert today in caught.value.what
    assert today in caught.value.hint


@pytest.mark.parametrize(
    ("old", "today"),
    [
        (
            "envoy.config.filter.network.http_connection_manager.v2.HttpConnectionManager",
            "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        ),
        (
            "envoy.config.filter.http.router.v2.Router",
            "envoy.extensions.filters.http.router.v3.Router",
        ),
        (
            "envoy.api.v2.auth.UpstreamTlsContext",
            "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        ),
        ("envoy.config.theirs.v2alpha1.Own", ""),
    ],
)
def test_an_old_type_is_named_with_todays(old: str, today: str) -> None:
    with pytest.raises(ConfigurationError, match=r"@type \(line 1\)") as caught:
        move(f'{{a: {{typed_config: {{"@type": type.googleapis.com/{old}}}}}}}')
    assert "is an old (v2) type" in caught.value.what
    assert today in caught.value.what


def test_a_type_in_a_typed_struct_may_be_old_as_well() -> None:
    fields = '"@type": a/xds.type.v3.TypedStruct, type_url: b/envoy.api.v2.Cluster'
    text = f"{{a: {{typed_config: {{{fields}}}}}}}"
    with pytest.raises(ConfigurationError, match=r"type_url \(line 1\)"):
        move(text)


def test_todays_fields_of_the_same_names_are_left_alone() -> None:
    wasm = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"
    move(f'x: {{http_filters: [{{name: a, typed_config: {{"@type": {wasm}, config: {{}}}}}}]}}')
    contrib = "type.googleapis.com/envoy.extensions.filters.http.golang.v3alpha.Config"
    move(f'x: {{http_filters: [{{name: a, typed_config: {{"@type": {contrib}}}}}]}}')
    move("x: {hosts: [a], config: {}, match: {safe_regex: {regex: a}}}")


KUBERNETES = "apiVersion: {}\nkind: {}\nmetadata: {{name: x}}\nspec: {{}}\n"


@pytest.mark.parametrize(
    ("version", "kind", "hint"),
    [
        ("extensions.istio.io/v1alpha1", "WasmPlugin", "settings="),
        ("networking.istio.io/v1alpha3", "EnvoyFilter", "patch.value"),
        ("apps/v1", "Deployment", "ConfigMap"),
        ("v1", "ConfigMap", "data:"),
        ("gateway.envoyproxy.io/v1alpha1", "EnvoyExtensionPolicy", "settings="),
        ("v1", "List", "ConfigMap"),
    ],
)
def test_a_kubernetes_resource_is_said_to_be_one(version: str, kind: str, hint: str) -> None:
    resource = KUBERNETES.format(version, kind)
    for text in (resource, f"---\n{resource}---\n{resource}", f"a: 1\n---\n{resource}"):
        with pytest.raises(ConfigurationError) as caught:
            Configuration.parse(text, "theirs.yaml")
        assert (
            f"theirs.yaml is a Kubernetes resource ({kind}), not Envoy's own" in caught.value.what
        )
        assert hint in caught.value.hint


def test_several_documents_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="holds 2 documents"):
        Configuration.parse("admin: {}\n---\nstatic_resources: {}\n")
    assert Configuration.parse("---\nadmin: {}\n---\n").document == {"admin": {}}


def test_json_is_read_with_tabs_as_well_and_told_where_it_breaks() -> None:
    text = json.dumps({"admin": {"a/b": "\u00e9"}}, indent="\t").replace("/", "\\/")
    assert Configuration.parse(text).document == {"admin": {"a/b": "é"}}
    with pytest.raises(ConfigurationError, match="not valid JSON, nor YAML, at line 3"):
        Configuration.parse('{\n\t"a": 1\n\t"b": 2\n}')


def test_a_value_that_is_nowhere_in_the_file_has_no_line() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Configuration({"x": {"port_value": 1, "address": "::"}}, "mine").moved(PLACES)
    assert caught.value.what.startswith("x of mine looks like an address")
