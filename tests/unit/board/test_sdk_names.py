"""The Go SDK's names for what crosses, held against the SDK's own source."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from lab_helpers.board.sdk_names import Part, callback_name, spell
from lab_helpers.folders import repository_folder
from lab_helpers.toolchain import find_go, go_environment

MODULE = "github.com/proxy-wasm/proxy-wasm-go-sdk"
MAPS = {"header": (0, 1, 2, 3, 6, 7), "writable": (0, 1, 2, 3)}


@pytest.fixture(scope="module")
def sdk() -> Path:
    go = find_go()
    found = subprocess.run(
        [str(go.path), "list", "-m", "-f", "{{.Dir}}", MODULE],
        cwd=repository_folder() / "filter",
        env=os.environ | go_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(found.stdout.strip()) / "proxywasm"


def test_each_hosts_function_has_a_name_that_the_sdk_has(sdk: Path) -> None:
    source = (sdk / "hostcall.go").read_text(encoding="utf-8")
    known = set(re.findall(r"^func (?:\(m Metric\w+\) )?([A-Z]\w+)\(", source, re.MULTILINE))
    calls = [
        *[("proxy_get_header_map_value", (each,)) for each in MAPS["writable"]],
        *[("proxy_get_header_map_pairs", (each,)) for each in MAPS["header"]],
        *[
            (f"proxy_{way}_header_map_value", (each,))
            for way in ("add", "replace", "remove")
            for each in MAPS["writable"]
        ],
        *[("proxy_set_header_map_pairs", (each,)) for each in MAPS["writable"]],
        *[("proxy_get_buffer_bytes", (each,)) for each in (0, 1, 2, 3, 4, 6, 7)],
        *[
            ("proxy_set_buffer_bytes", (each, *span))
            for each in (0, 1, 2, 3)
            for span in ((0, 2**31 - 1), (0, 0), (2**31 - 1, 0))
        ],
        *[("proxy_log", (each,)) for each in range(6)],
        *[("proxy_continue_stream", (each,)) for each in range(4)],
        *[("proxy_close_stream", (each,)) for each in (2, 3)],
        *[("proxy_define_metric", (each,)) for each in range(3)],
        *[
            (f"proxy_{name}", (403,))
            for name in (
                *("send_local_response", "http_call", "get_property", "set_property"),
                *("get_shared_data", "set_shared_data", "register_shared_queue"),
                *("resolve_shared_queue", "enqueue_shared_queue", "dequeue_shared_queue"),
                *("increment_metric", "record_metric", "get_metric", "done"),
                *("set_tick_period_milliseconds", "call_foreign_function"),
                "set_effective_context",
            )
        ],
    ]
    for function, arguments in calls:
        name = spell(function, (*arguments, *[1] * (12 - len(arguments)))).name
        assert name.rpartition(".")[2] in known, (function, arguments, name)


def test_each_callback_has_the_method_that_the_sdk_calls(sdk: Path) -> None:
    internal = "\n".join(file.read_text() for file in (sdk / "internal").glob("abi_callback_*.go"))
    exported = re.findall(
        r"^//go:wasmexport (proxy_on_\w+)\nfunc \w+\(.*?^}", internal, re.MULTILINE | re.DOTALL
    )
    bodies = re.finditer(
        r"^//go:wasmexport (proxy_on_\w+)\n(func \w+\(.*?^})", internal, re.MULTILINE | re.DOTALL
    )
    assert len(exported) > 15
    for function, body in (match.groups() for match in bodies):
        methods = set(re.findall(r"\.(On[A-Z]\w+)\(", body))
        names = {
            callback_name(function, plugin=plugin, tcp=tcp)
            for plugin, tcp in ((False, False), (True, False), (False, True))
        }
        assert methods <= names, (function, methods)
        assert {name for name in names if name.startswith("On")} <= methods, (function, names)


def test_what_has_no_name_keeps_its_own_with_plain_numbers() -> None:
    assert spell("proxy_new_thing", (1, 2)).name == "proxy_new_thing"
    assert callback_name("proxy_on_new_thing") == "proxy_on_new_thing"
    # A map that the SDK has no word for, and a version that hands over fewer arguments.
    assert spell("proxy_get_header_map_pairs", (4, 8, 12)).name == "proxy_get_header_map_pairs"
    assert spell("proxy_replace_header_map_value", (2, 70)).name == "proxy_replace_header_map_value"


def test_only_a_name_may_be_read_and_a_value_never() -> None:
    replaced = spell("proxy_replace_header_map_value", (2, 69453, 13, 69466, 15))
    assert replaced.name == "ReplaceHttpResponseHeader"
    assert replaced.parts == (Part("name", 69453, 13), Part("value", 69466, 15))
    logged = spell("proxy_log", (2, 70000, 40))
    assert [part.kind for part in logged.parts] == ["value"]
    refused = spell("proxy_send_local_response", (403, 0, 0, 70, 8, 80, 4, 0xFFFFFFFF))
    assert refused.parts == (Part("number", 403), Part("value", 70, 8, "of body"))
    called = spell("proxy_http_call", (70, 13, 80, 66, 0, 0, 90, 4, 5000, 100))
    assert called.parts == (
        Part("name", 70, 13),
        Part("value", 80, 66, "of headers"),
        Part("number", 5000, unit="ms"),
    )
