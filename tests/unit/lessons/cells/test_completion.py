"""Tab in a `%%go` cell, as a real kernel answers JupyterLab's request for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from lab_helpers.folders import repository_folder
from lab_helpers.functions import known_functions

CELL = "%%go mine/response.go\npackage main\n\n"


@pytest.fixture(scope="module")
def kernel() -> Iterator[BlockingKernelClient]:
    manager, client = start_new_kernel(cwd=str(repository_folder()))
    try:
        client.execute_interactive("%load_ext lab_helpers", timeout=60)
        client.execute_interactive("import types as proxywasm", timeout=60)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def completed(kernel: BlockingKernelClient, code: str) -> tuple[list[str], dict[str, Any]]:
    """Return what is offered where `|` stands, with the whole answer."""
    before, _, after = code.partition("|")
    answer = kernel.complete(before + after, len(before), reply=True, timeout=60)["content"]
    return answer["matches"], answer


def names(package: str, *kinds: str) -> set[str]:
    return {
        one.name for one in known_functions().all if one.package == package and one.kind in kinds
    }


def test_a_packages_dot_offers_all_that_it_has_and_nothing_of_python(
    kernel: BlockingKernelClient,
) -> None:
    offered, _ = completed(kernel, f"{CELL}\tproxywasm.|")
    assert set(offered) == names("proxywasm", "call", "type")
    assert {"GetHttpRequestHeader", "LogInfo", "MetricCounter"} <= set(offered)
    offered, _ = completed(kernel, f"{CELL}\treturn types.|\n}}\n")
    assert set(offered) == names("types", "type", "constant", "variable")
    assert {"ActionPause", "DefaultHttpContext", "ErrorStatusNotFound"} <= set(offered)
    offered, _ = completed(kernel, f"{CELL}properties.GetRequestP|")
    assert offered == ["GetRequestPath", "GetRequestProtocol"]


def test_what_is_written_is_completed_in_its_place(kernel: BlockingKernelClient) -> None:
    offered, answer = completed(kernel, f"{CELL}\tproxywasm.replacehttpresponseh|(1)")
    assert set(offered) == {"ReplaceHttpResponseHeader", "ReplaceHttpResponseHeaders"}
    start = len(f"{CELL}\tproxywasm.")
    assert (answer["cursor_start"], answer["cursor_end"]) == (
        start,
        start + len("replacehttpresponseh"),
    )
    kinds = {one["text"]: one["type"] for one in answer["metadata"]["_jupyter_types_experimental"]}
    assert kinds["ReplaceHttpResponseHeader"] == "function"


def test_a_package_may_have_another_name(kernel: BlockingKernelClient) -> None:
    sdk = "github.com/proxy-wasm/proxy-wasm-go-sdk"
    for line in (
        f'import pw "{sdk}/proxywasm"',
        f'import (\n\t"strings"\n\tpw "{sdk}/proxywasm"\n)',
    ):
        offered, _ = completed(kernel, f"{CELL}{line}\n\nfunc f() {{ pw.LogWarn|")
        assert set(offered) == {"LogWarn", "LogWarnf"}


@pytest.mark.parametrize(
    "code",
    [
        "proxywasm.Code|",  # Python's, in a cell of Python
        "%%go proxywasm.Lo|",  # the first line is no Go
        f"{CELL}ctx.proxywasm.Lo|",  # a field of something
        f"{CELL}other.Lo|",
        f"{CELL}f(proxywasm).Lo|",
    ],
)
def test_no_other_place_gets_the_sdks_names(kernel: BlockingKernelClient, code: str) -> None:
    offered, _ = completed(kernel, code)
    assert not {"LogInfo", "LogWarn"} & {name.rpartition(".")[2] for name in offered}


def test_loading_it_again_offers_each_name_once(kernel: BlockingKernelClient) -> None:
    kernel.execute_interactive("%reload_ext lab_helpers", timeout=60)
    offered, _ = completed(kernel, f"{CELL}\tproxywasm.LogInf|")
    assert offered == ["LogInfo", "LogInfof"]
