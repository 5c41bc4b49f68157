"""The filters that are compared, each in Envoy's words: all set `x-wasm-filter` and `x-auth`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.cost.building import Built
from benchmarks.cost.chains import Filter, plain_text

__all__ = ["GREETING", "PERIOD_S", "FilterOf", "Services", "asks", "c_library", "ext_proc"]
__all__ += ["go_library", "header_mutation", "lua", "plugin", "reads_shared", "reads_token"]
__all__ += ["wasm", "wasm_service"]

FilterOf = Callable[[int, Built | None, str], Filter]
"""Makes filter number N of a chain, of what was built and of the token."""

Services = Callable[[Built], Sequence[Filter]]
"""Makes the plugins that no request passes."""

GREETING = "hello from wasm"
PERIOD_S = 1.0
"""The period of every filter that has a timer, in seconds."""

_HTTP = "type.googleapis.com/envoy.extensions.filters.http"
_PERIOD_MS = round(1000 * PERIOD_S)


def header_mutation(number: int, _built: Built | None, token: str) -> Filter:
    """Return Envoy's own filter for this.

    Args:
        number: Which of the chain.
        token: The value of `x-auth`.
    """
    mutations = [
        {
            "append": {
                "header": {"key": key, "value": value},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            }
        }
        for key, value in (("x-wasm-filter", GREETING), ("x-auth", token))
    ]
    kind = "header_mutation.v3.HeaderMutation"
    return _typed(f"headers_{number}", kind, mutations={"response_mutations": mutations})


def lua(number: int, _built: Built | None, token: str) -> Filter:
    """Return the same by a script.

    Args:
        number: Which of the chain.
        token: The value of `x-auth`.
    """
    code = f"""
        function envoy_on_response(handle)
          local headers = handle:headers()
          headers:replace("x-wasm-filter", "{GREETING}")
          headers:replace("x-auth", "{token}")
        end"""
    return _typed(f"lua_{number}", "lua.v3.Lua", default_source_code={"inline_string": code})


def c_library(number: int, built: Built | None, token: str) -> Filter:
    """Return a dynamic module that is told the token.

    Args:
        number: Which of the chain.
        built: The library.
        token: The value of `x-auth`.
    """
    return _typed(
        f"library_{number}",
        "dynamic_modules.v3.DynamicModuleFilter",
        dynamic_module_config={"name": _made(built).path.stem[3:], "do_not_close": True},
        filter_name=f"filter_{number}",
        filter_config=plain_text(token),
    )


def go_library(number: int, built: Built | None, _token: str) -> Filter:
    """Return a dynamic module that asks for its token.

    Args:
        number: Which of the chain.
        built: The library.
    """
    settings = json.dumps({"tick_ms": _PERIOD_MS, "greeting": GREETING})
    return c_library(number, built, settings)


def ext_proc(number: int, _built: Built | None, _token: str) -> Filter:
    """Return a filter that asks the gRPC service of the cluster `asked`.

    Args:
        number: Which of the chain.
    """
    return _typed(
        f"ext_proc_{number}",
        "ext_proc.v3.ExternalProcessor",
        # On a busy machine an answer may take longer than the 200 ms that are usual.
        message_timeout="10s",
        grpc_service={"envoy_grpc": {"cluster_name": "asked"}, "timeout": "10s"},
        processing_mode={"request_header_mode": "SKIP", "response_header_mode": "SEND"},
    )


def reads_token(number: int, built: Built | None, token: str) -> Filter:
    """Return a Wasm filter that is told the token.

    Args:
        number: Which of the chain.
        built: The module.
        token: The value of `x-auth`.
    """
    return wasm(f"filter_{number}", "shared", built, token)


def asks(tick_ms: int = _PERIOD_MS, *, own_vm: bool = False) -> FilterOf:
    """Return what makes Wasm filters that ask for their tokens.

    Args:
        tick_ms: Their period, in milliseconds.
        own_vm: Whether each of a chain has a VM of its own in each thread.
    """

    def make(number: int, built: Built | None, _token: str) -> Filter:
        vm_id = f"own_{number}" if own_vm else "shared"
        return wasm(f"filter_{number}", vm_id, built, json.dumps({"tick_ms": tick_ms}))

    return make


def reads_shared(number: int, built: Built | None, _token: str) -> Filter:
    """Return a Wasm filter that finds the token in the shared data.

    Args:
        number: Which of the chain.
        built: The module.
    """
    return wasm(f"filter_{number}", "shared", built, json.dumps({"part": "filter"}))


def wasm_service(built: Built) -> Sequence[Filter]:
    """Return the Wasm Service that puts the token there.

    Args:
        built: The module, which is the filter's as well.
    """
    settings = json.dumps({"part": "service", "tick_ms": _PERIOD_MS})
    kind = "type.googleapis.com/envoy.extensions.wasm.v3.WasmService"
    config = plugin("service", "shared", built, settings)
    typed = {"@type": kind, "singleton": True, "config": config}
    return [{"name": "envoy.bootstrap.wasm", "typed_config": typed}]


def plugin(name: str, vm_id: str, built: Built, configuration: str) -> Mapping[str, Any]:
    """Return a Wasm plugin.

    Args:
        name: Its name, in Envoy and in the module.
        vm_id: Plugins with the same one and the same code share a VM in each thread.
        built: The module.
        configuration: What it reads as it starts.
    """
    return {
        "name": name,
        "root_id": name,
        "vm_config": {
            "vm_id": vm_id,
            "runtime": "envoy.wasm.runtime.v8",
            "code": {"local": {"filename": str(built.path)}},
        },
        "configuration": plain_text(configuration),
    }


def wasm(name: str, vm_id: str, built: Built | None, configuration: str) -> Filter:
    """Return a Wasm filter.

    Args:
        name: As for `plugin`.
        vm_id: As for `plugin`.
        built: As for `plugin`.
        configuration: As for `plugin`.
    """
    return _typed(name, "wasm.v3.Wasm", config=plugin(name, vm_id, _made(built), configuration))


def _typed(name: str, kind: str, **fields: Any) -> Filter:  # noqa: ANN401  # as Envoy has them
    return {"name": name, "typed_config": {"@type": f"{_HTTP}.{kind}", **fields}}


def _made(built: Built | None) -> Built:
    if built is None:
        raise TypeError("nothing was built for this filter")
    return built
