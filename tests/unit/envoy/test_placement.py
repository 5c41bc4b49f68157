"""Which module goes where, by name; what cannot be told is refused with what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.configuration_files import find_configuration
from lab_helpers.envoy.order import checked_settings, merged_settings
from lab_helpers.envoy.placement import as_modules
from lab_helpers.envoy.plugins import wasm_configs
from lab_helpers.errors import ConfigurationError
from lab_helpers.launch.interface import Places

HTTP = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"
NETWORK = "type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm"
SERVICE = "type.googleapis.com/envoy.extensions.wasm.v3.WasmService"


def module(name: str) -> Module:
    return Module(Path(f"/built/{name}/{name}.wasm"), 1, name, (), ())


A, B = module("a"), module("b")


def plugin(
    name: str, *, code: str = "x.wasm", kind: str = HTTP, slot: str = "slot", vm_id: str = ""
) -> str:
    own = f"name: {name}, " if name else ""
    vm = f"vm_id: {vm_id}, " if vm_id else ""
    config = f"{{{own}vm_config: {{{vm}code: {{local: {{filename: {code}}}}}}}}}"
    return f'- {{name: {slot}, typed_config: {{"@type": {kind}, config: {config}}}}}\n'


def of(*plugins: str) -> Configuration:
    return Configuration.parse("bootstrap_extensions:\n" + "".join(plugins), "theirs.yaml")


def test_each_module_goes_to_the_plugin_of_its_name() -> None:
    service = plugin("receiver", kind=SERVICE)
    theirs = of(plugin("sender"), service, plugin("", kind=NETWORK, slot="tcp", code="own.wasm"))
    placed = theirs.placements({"receiver": B, "sender": A})
    assert [str(one) for one in placed] == [
        "HTTP filter sender ← a/a.wasm",
        "Wasm Service receiver ← b/b.wasm",
        "network filter tcp ← its own code, own.wasm",
    ]
    (_, _, tcp) = theirs.placements({"tcp": A})
    assert tcp.module is A


def test_the_vm_id_names_all_plugins_of_a_vm_where_no_name_does() -> None:
    theirs = of(plugin("", vm_id="one"), plugin("", vm_id="two"), plugin("", vm_id="one"))
    placed = theirs.placements({"one": A, "two": B})
    assert [one.module for one in placed] == [A, B, A]


@pytest.mark.parametrize(
    ("plugins", "names", "said"),
    [
        ((plugin("a"), plugin("b", kind=NETWORK)), ("c",), "called 'c'"),
        ((plugin("a"), plugin("a")), ("a",), "2 Wasm plugins .* called 'a'"),
        ((plugin(""), plugin("")), ("slot",), "2 Wasm plugins .* called 'slot'"),
        ((plugin("a", vm_id="v"),), ("a", "v"), "'a' and 'v' both mean"),
    ],
)
def test_a_name_that_is_nobodys_or_several_ones_lists_what_there_is(
    plugins: tuple[str, ...], names: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        of(*plugins).placements(dict.fromkeys(names, A))
    assert "theirs.yaml" in caught.value.what
    assert "HTTP filter " in caught.value.what
    assert "line 2" in caught.value.what
    assert caught.value.hint


def test_one_module_for_two_filters_is_refused_with_both_names() -> None:
    theirs = of(plugin("sender"), plugin("receiver", kind=SERVICE))
    with pytest.raises(ConfigurationError, match="2 Wasm plugins, and one module") as caught:
        theirs.placements(A)
    assert "HTTP filter sender (line 2), Wasm Service receiver (line 3)" in caught.value.what
    assert 'Envoy({"sender": …, "receiver": …}' in caught.value.hint
    unnamed = of(plugin("", code="a", vm_id="one"), plugin("", code="b", vm_id="two"))
    with pytest.raises(ConfigurationError) as caught:
        unnamed.placements(A)
    assert 'Envoy({"one": …, "two": …}' in caught.value.hint


def test_one_module_is_enough_for_one_vm_whatever_its_plugins_are_called() -> None:
    shared = of(plugin("a", vm_id="v"), plugin("b", kind=SERVICE, vm_id="v"))
    assert [one.module for one in shared.placements(A)] == [A, A]
    for other in (plugin("b", vm_id="w"), plugin("b", vm_id="v", code="y.wasm"), plugin("b")):
        with pytest.raises(ConfigurationError, match="2 Wasm plugins, and one module"):
            of(plugin("a", vm_id="v"), other).placements(A)


def test_the_labs_service_keeps_its_names_and_settings() -> None:
    places = Places("127.0.0.1", 0, 0, "127.0.0.1", "/built/mine.wasm")
    named = {}
    for file in ("service.yaml", "envoy.yaml"):
        moved = Configuration.read(file).moved(places, filter_name="mine")
        configs = list(wasm_configs(moved.document))
        named[file] = [(one["name"], one["vm_config"]["vm_id"]) for one in configs]
        told = ["configuration" in one for one in configs]
        assert set(told) == {file == "service.yaml"}
    assert named["service.yaml"] == [("service", "service_vm"), ("filter", "service_vm")]
    assert named["envoy.yaml"] == [("mine", "mine_vm")]


def test_one_module_is_enough_where_the_file_means_one() -> None:
    twice = of(plugin(""), plugin(""))
    assert [one.module for one in twice.placements(A)] == [A, A]
    null = plugin("n").replace("code:", "runtime: envoy.wasm.runtime.null, code:")
    assert [one.module for one in of(plugin("a"), null).placements(A)] == [A, None]


def test_a_configuration_without_wasm_has_no_place_for_a_module() -> None:
    bare = find_configuration("bare.yaml")
    for given, name in ((A, "filter a"), ({"mine": A}, "filter mine")):
        with pytest.raises(ConfigurationError, match=f"runs no Wasm, so .*{name}"):
            Envoy(given, configuration=bare)


def test_one_vm_id_with_different_modules_is_said() -> None:
    theirs = of(plugin("a", vm_id="v"), plugin("b", vm_id="v"))
    (said,) = theirs.remarks({"a": A, "b": B})
    assert said.startswith("a and b have the same vm_id (v) and different modules")
    assert theirs.remarks({"a": A, "b": A}) == ()


def test_the_settings_of_several_are_each_ones_own() -> None:
    modules = {"a": A, "b": B}
    told = checked_settings({"a": {"x": 1}}, modules)
    assert merged_settings(told, {"a": {"y": 2}, "b": {"z": 3}}, modules) == {
        "a": {"x": 1, "y": 2},
        "b": {"z": 3},
    }
    assert merged_settings({"x": 1}, {"y": 2}, A) == {"x": 1, "y": 2}
    for wrong in ({"x": 1}, {"a": 1}):
        with pytest.raises(ConfigurationError, match="not clear whose setting") as caught:
            checked_settings(wrong, modules)
        assert 'settings={"a": {…}}' in caught.value.hint


def test_an_empty_mapping_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="names no module"):
        as_modules({})


def test_a_module_is_called_by_its_folder_or_its_file() -> None:
    assert A.name == "a"
    built = Module(Path("/x/optimized.wasm"), 1, "", (), (), folder=Path("/filters/mine"))
    assert built.name == "mine"
