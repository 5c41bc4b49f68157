"""A dynamic module in a container: against the image's own C library, and its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.envoy import Envoy
from lab_helpers.errors import LaunchError
from lab_helpers.folders import repository_folder
from tests.conftest import TellFault
from tests.dynamic_modules import ADDING, build_c, needs_gcc

Launch = Callable[..., Envoy]
SETTINGS = {"tick_ms": 200, "vm_header": "x-wasm-vm"}


@pytest.fixture(autouse=True, scope="module")
def gcc() -> None:
    """Leave these tests out where there is no C compiler."""
    needs_gcc()


@pytest.mark.fault("A dynamic module in Go panics in a container")
def test_one_instance_serves_a_container_and_its_panic_ends_it(
    launch: Launch, fault: TellFault
) -> None:
    envoy = launch(compile_filter("native", reuse=True), settings=SETTINGS)
    envoy.wait_for_tokens()
    answers = envoy.ask_every_worker()
    assert len({answer.headers["x-wasm-vm"] for answer in answers}) == 1
    assert all(envoy.token_api.verify(answer.headers["x-auth"]).valid for answer in answers)
    picture = envoy.snapshot()
    assert [thread.name for thread in picture.threads if thread.ticks] == ["main"]
    with pytest.raises(LaunchError, match="ends the whole Envoy") as caught:
        envoy.ask("worker_0", headers={"x-crash": "request_headers"})
    # There Envoy is the first process, which no SIGABRT of its own ends: Go exits by itself.
    assert "Envoy ended with exit code 2 while it ran." in caught.value.what
    assert "panic: on purpose, in request_headers" in caught.value.quote
    assert not envoy.running
    fault(caught.value, kept="the lab; start() works")


@pytest.mark.fault("A dynamic module wants a newer C library than the container has")
def test_a_newer_c_library_than_the_image_has(
    launch: Launch, tmp_path: Path, fault: TellFault
) -> None:
    uses = ADDING + 'int puts(const char*);\nint ask(void) { return puts("a"); }'
    library = build_c(tmp_path, uses, "libnative.so")
    library.write_bytes(library.read_bytes().replace(b"GLIBC_2.2.5", b"GLIBC_9.9.9"))
    with pytest.raises(LaunchError, match="wants a newer C library") as caught:
        launch(library, configuration="native.yaml")
    fault(caught.value, kept="the lab")


def test_a_module_by_its_name_alone_is_brought_into_the_container(
    launch: Launch, tmp_path: Path
) -> None:
    build_c(tmp_path, ADDING, "libnative.so")
    text = (repository_folder() / "envoy" / "native.yaml").read_text(encoding="utf-8")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    envoy = launch(None, configuration=tmp_path / "own.yaml", settings=None)
    assert envoy.ask("worker_0").headers["x-from"] == "c"
