"""The Wasm plugins of anybody's configuration: wrapper, settings, code, policy, names."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.configuration_files import default_configuration
from lab_helpers.envoy.plugins import wasm_configs
from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder
from tests.unit.envoy.documents import HOME, MODULE, PLACES, WASM, move

TEXT = "type.googleapis.com/google.protobuf.StringValue"
BYTES = "type.googleapis.com/google.protobuf.BytesValue"
STRUCT = "type.googleapis.com/google.protobuf.Struct"


def plugin(config: str, kind: str = WASM) -> str:
    """Return a configuration that holds one plugin, in JSON's own notation."""
    return (
        f'bootstrap_extensions: [{{name: x, typed_config: {{"@type": {kind}, config: {config}}}}}]'
    )


def config_of(configuration: Configuration) -> Any:
    (config,) = wasm_configs(configuration.document)
    return json.loads(json.dumps(config))


def code_of(configuration: Configuration) -> Any:
    return config_of(configuration)["vm_config"]["code"]


@pytest.mark.parametrize("make", ["udpa.type.v1", "xds.type.v3"])
@pytest.mark.parametrize("key", ["type_url", "typeUrl"])
def test_a_typed_struct_is_a_plugin_like_any_other(make: str, key: str) -> None:
    text = HOME.replace("udpa.type.v1", make).replace("type_url", key)
    theirs = Configuration.parse(text)
    assert theirs.has_wasm
    moved = theirs.moved(MODULE, settings={"tick_ms": 5}, failure_policy="FAIL_RELOAD")
    config = config_of(moved)
    assert code_of(moved) == {"local": {"filename": "/somewhere/filter.wasm"}}
    assert moved.settings == {"tick_ms": 5}
    assert config["failure_policy"] == "FAIL_RELOAD"
    assert (config["name"], "root_id" in config) == ("my_plugin", False)


@pytest.mark.parametrize(
    ("configuration", "settings"),
    [
        (f'{{"@type": {STRUCT}, value: {{a: {{b: [true, 1]}}}}}}', {"a": {"b": [True, 1]}}),
        (f'{{"@type": {STRUCT}}}', {}),
        (f'{{"@type": {TEXT}, value: \'{{"a": 1}}\'}}', {"a": 1}),
        (f'{{"@type": {TEXT}, value: ""}}', {}),
        (f'{{"@type": {TEXT}}}', {}),
        (f'{{"@type": {BYTES}, value: {base64.b64encode(b"{}").decode()}}}', {}),
        (f'{{"@type": {BYTES}, value: e30}}', {}),
        ("{}", {}),
        ("null", {}),
    ],
)  # fmt: skip
def test_settings_are_set_in_the_form_that_is_there(
    configuration: str, settings: dict[str, Any]
) -> None:
    text = plugin(f"{{configuration: {configuration}, vm_config: {{}}}}")
    theirs = Configuration.parse(text)
    assert theirs.settings == settings
    moved = theirs.moved(PLACES, settings={"tick_ms": 5})
    assert moved.settings == settings | {"tick_ms": 5}
    before = config_of(theirs)["configuration"] or {}
    after = config_of(moved)["configuration"]
    # Envoy hands a Struct over as protobuf's bytes: what takes fields wants JSON.
    form = before.get("@type", TEXT)
    assert after["@type"] == (TEXT if form == STRUCT else form)
    # Without settings it is not touched, whatever it is.
    assert config_of(theirs.moved(PLACES)) == config_of(theirs)


@pytest.mark.parametrize(
    ("configuration", "said", "quote"),
    [
        (f'{{"@type": {TEXT}, value: plugin1}}', "not valid JSON", "plugin1"),
        (f'{{"@type": {TEXT}, value: "[1]"}}', "not a JSON object", "[1]"),
        (f'{{"@type": {BYTES}, value: "/w=="}}', "bytes that are no text", ""),
        (f'{{"@type": {BYTES}, value: "?"}}', "bytes that are no text", ""),
        (f'{{"@type": {STRUCT}, value: 5}}', "holds no fields", "5"),
        ('{"@type": type.googleapis.com/google.protobuf.Int32Value, value: 5}', "a type", "Int32"),
    ],
)  # fmt: skip
def test_a_configuration_that_takes_no_fields_is_left_without_settings_and_refused_with(
    configuration: str, said: str, quote: str
) -> None:
    theirs = Configuration.parse(plugin(f"{{configuration: {configuration}, vm_config: {{}}}}"))
    assert config_of(theirs.moved(MODULE))["configuration"] == config_of(theirs)["configuration"]
    with pytest.raises(ConfigurationError, match=said) as caught:
        theirs.moved(PLACES, settings={"tick_ms": 5})
    assert quote in caught.value.quote
    assert caught.value.hint


@pytest.mark.parametrize("key", ["fail_open", "failOpen"])
def test_a_policy_takes_the_place_of_its_older_form(key: str) -> None:
    theirs = Configuration.parse(plugin(f"{{{key}: true, vm_config: {{}}}}"))
    assert config_of(theirs.moved(PLACES)) == {key: True, "vm_config": {}}
    moved = config_of(theirs.moved(PLACES, failure_policy="FAIL_CLOSED"))
    assert moved == {"vm_config": {}, "failure_policy": "FAIL_CLOSED"}


@pytest.mark.parametrize(
    "code",
    [
        "{remote: {http_uri: {uri: 'https://theirs/a.wasm', cluster: x}, sha256: y}}",
        "{local: {inline_bytes: AGFzbQ==}}",
        "{local: {inlineString: theirs}}",
        "{local: {filename: theirs.wasm}}",
        "{local: {environment_variable: THEIRS}}",
        "{}",
        "null",
    ],
)
def test_a_module_takes_the_place_of_any_code(code: str) -> None:
    moved = move(plugin(f"{{vm_config: {{code: {code}}}}}"), MODULE)
    assert code_of(moved) == {"local": {"filename": "/somewhere/filter.wasm"}}
    assert config_of(moved)["vm_config"]["runtime"] == "envoy.wasm.runtime.v8"


def test_a_plugin_without_a_vm_gets_one() -> None:
    moved = move(plugin("{name: x}"), MODULE)
    assert code_of(moved) == {"local": {"filename": "/somewhere/filter.wasm"}}


def test_without_a_module_inline_code_runs_and_remote_code_is_refused_with_why() -> None:
    inline = plugin("{vm_config: {code: {local: {inline_bytes: AGFzbQ==}}}}")
    assert code_of(move(inline)) == {"local": {"inline_bytes": "AGFzbQ=="}}
    remote = plugin("{vm_config: {code: {remote: {http_uri: {uri: 'https://x/a.wasm'}}}}}")
    with pytest.raises(ConfigurationError, match=r"config \(line 1\) .* from another machine") as c:
        move(remote)
    assert "https://x/a.wasm" in c.value.quote
    assert "Envoy(" in c.value.hint


@pytest.mark.parametrize("wrong", ["{vm_config: 5}", "{vm_config: {code: x}}"])
def test_a_part_that_envoy_would_refuse_is_not_made_good(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="holds no fields"):
        move(plugin(wrong), MODULE)


def test_a_plugin_without_a_config_is_said() -> None:
    with pytest.raises(ConfigurationError, match="Wasm plugin without a config"):
        move(f'bootstrap_extensions: [{{name: x, typed_config: {{"@type": {WASM}}}}}]', MODULE)


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "filters").mkdir()
    (tmp_path / "filters" / "a.wasm").write_bytes(b"")
    (tmp_path / "conf" / "page.html").write_text("hello")
    file = tmp_path / "conf" / "envoy.yaml"
    code = "{local: {filename: ../filters/a.wasm}}"
    file.write_text(
        plugin(f"{{vm_config: {{code: {code}}}}}") + "\nmore: {body: {filename: ./page.html}}\n"
    )
    moved = Configuration.read(file).moved(PLACES)
    assert code_of(moved)["local"]["filename"] == str(tmp_path / "filters" / "a.wasm")
    assert moved.document["more"]["body"]["filename"] == str(tmp_path / "conf" / "page.html")
    # One that leads nowhere is as it was, for Envoy to name it.
    file.write_text(plugin("{vm_config: {code: {local: {filename: b.wasm}}}}"))
    assert code_of(Configuration.read(file).moved(PLACES))["local"]["filename"] == "b.wasm"


def test_in_the_labs_own_file_the_plugin_is_called_after_the_filter() -> None:
    ours = Configuration.read(default_configuration())
    config = config_of(ours.moved(MODULE, filter_name="my filter"))
    assert (config["name"], config["root_id"]) == ("my_filter", "my_filter")
    assert config["vm_config"]["vm_id"] == "my_filter_vm"
    assert "configuration" not in config  # 15 s are the token filter's
    told = ours.moved(MODULE, filter_name="mine", settings={"greeting": "x"})
    assert told.settings == {"greeting": "x"}
    for same in (ours.moved(MODULE, filter_name="token"), ours.moved(MODULE)):
        token = config_of(same)
        assert (token["name"], token["root_id"]) == ("token", "token_filter")
        assert same.settings == {"tick_ms": 15000}


def test_in_anybody_elses_nothing_is_renamed(tmp_path: Path) -> None:
    copy = tmp_path / "envoy.yaml"
    copy.write_bytes((repository_folder() / "envoy" / "envoy.yaml").read_bytes())
    moved = Configuration.read(copy).moved(MODULE, filter_name="mine")
    assert config_of(moved)["name"] == "token"
    assert moved.settings == {"tick_ms": 15000}
    assert config_of(move(HOME, MODULE, filter_name="mine"))["name"] == "my_plugin"
