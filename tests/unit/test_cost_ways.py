"""The chains of the cost bench: each filter has a name of its own, and all do the same work."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cost.building import Built, build_apart, build_bare
from benchmarks.cost.chains import BODY_BYTES, envoy_configuration
from benchmarks.cost.ways import (
    BARE,
    BASE,
    CONTEXTS,
    CONTROL,
    GROWING,
    NO_HEADER,
    ONE_HEADER,
    OURS,
    WAYS,
    Way,
)
from lab_helpers import compile_filter, read_module

BUILT = Built(Path("/built/libsome.so"), 1, None)
FILTERS = [way for way in WAYS if way.filter_of]


@pytest.mark.parametrize("way", FILTERS, ids=lambda way: way.slug)
def test_a_chain_of_ten_has_ten_names_and_one_vm(way: Way) -> None:
    chain = way.chain(10, BUILT, "Bearer x")
    assert len({each["name"] for each in chain}) == 10
    if way.kind == "wasm":
        plugins = [each["typed_config"]["config"] for each in chain]
        assert len({each["root_id"] for each in plugins}) == 10
        vms = {each["vm_config"]["vm_id"] for each in plugins}
        assert len(vms) == (10 if "ten VMs" in way.name else 1)


def test_both_without_a_filter_are_the_same_and_apart_in_a_round() -> None:
    base, control = (next(way for way in WAYS if way.name == name) for name in (BASE, CONTROL))
    assert base.chain(10, None, "") == control.chain(10, None, "") == []
    assert abs(WAYS.index(base) - WAYS.index(control)) > len(WAYS) // 3


@pytest.mark.parametrize(
    ("name", "calls"),
    [(OURS, 30), ("dynamic module, Go", 10), ("Wasm, a service asks", 1), ("Lua", 0)],
)
def test_how_many_ask_for_a_token_with_two_workers(name: str, calls: int) -> None:
    way = next(way for way in WAYS if way.name == name)
    assert way.calls_a_period(10, 2) == calls


def test_names_are_each_ones_own_and_what_grows_has_a_timer() -> None:
    assert len({way.slug for way in WAYS}) == len(WAYS)
    growing = [way for way in WAYS if way.name in GROWING]
    assert len(growing) == len(GROWING)
    assert all(way.calls for way in growing)


def test_a_request_is_answered_without_an_upstream_and_with_a_body_where_asked() -> None:
    made = envoy_configuration([], 8080)
    (listener,) = made["static_resources"]["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    body, bare = manager["route_config"]["virtual_hosts"][0]["routes"]
    assert len(body["direct_response"]["body"]["inline_string"]) == BODY_BYTES
    assert bare["direct_response"] == {"status": 200}


def test_what_is_taken_out_of_a_filter_is_taken_out() -> None:
    """Three filters in C and one in Go, that show what their parts cost."""
    exports = {
        name: set(read_module(build_bare(source, besides).path).exports)
        for name, source, besides in (
            (BARE, "c_wasm", ()),
            (NO_HEADER, "c_no_header", ()),
            (ONE_HEADER, "c_one_header", ()),
            (CONTEXTS, "c_wasm", ("proxy_on_context_create", "proxy_on_delete")),
        )
    }
    assert exports[BARE] == exports[NO_HEADER] == exports[ONE_HEADER]
    assert exports[CONTEXTS] - exports[BARE] == {"proxy_on_context_create", "proxy_on_delete"}
    imports = [
        read_module(build_bare(source).path).imports for source in ("c_no_header", "c_one_header")
    ]
    assert ["env.proxy_replace_header_map_value" in names for names in imports] == [False, True]
    apart = read_module(build_apart().path)
    assert set(apart.removed) == set(compile_filter("token", reuse=True).removed)
