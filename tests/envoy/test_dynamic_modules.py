"""Dynamic modules in a real Envoy: one instance for all workers, whose panic ends them all.

The lab's own is the token filter's Go in another home; others' are C, as somebody else writes it.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from matplotlib.text import Text
from typer.testing import CliRunner

from lab_helpers.board.libraries import has_no_vm
from lab_helpers.board.telling import tell_silence, tell_token, tell_vm
from lab_helpers.commands.cli import app
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module, read_module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.plugin_code import SEARCH_PATH
from lab_helpers.errors import ConfigurationError, LaunchError
from lab_helpers.figures import describe_homes, describe_lanes, draw_homes, draw_threads
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.emulator.play import emulate
from lab_helpers.lessons.exercises.trying import try_in_envoy
from lab_helpers.lessons.shown.envoy_tables import show_threads
from tests.conftest import TellFault
from tests.dynamic_modules import ADDING, CALLBACKS, build_c, needs_gcc

Launch = Callable[..., Envoy]
SETTINGS = {"tick_ms": 150, "vm_header": "x-wasm-vm"}
INIT = 'const char* envoy_dynamic_module_on_program_init(void) { return "v0.2.0"; }\n'


@pytest.fixture(autouse=True, scope="module")
def gcc() -> None:
    """Leave these tests out where there is no C compiler."""
    needs_gcc()


@pytest.fixture(scope="module")
def native() -> Module:
    return compile_filter("native", reuse=True)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_c(tmp_path_factory.mktemp("c"), ADDING)


@pytest.fixture
def nothing_is_left() -> Iterator[None]:
    """What a test starts has ended when it ends, however Envoy did."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    left = [one for one in psutil.Process().children(recursive=True) if one.pid not in before]
    assert [one for one in left if "envoy" in one.name()] == []


def named(library: Path) -> Configuration:
    """Return the lab's configuration for a module of another name."""
    text = (repository_folder() / "envoy" / "native.yaml").read_text(encoding="utf-8")
    name = library.name.removeprefix("lib").removesuffix(".so")
    return Configuration.parse(text.replace("name: native", f"name: {name}"))


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_one_instance_serves_every_worker(launch: Launch, native: Module, workers: int) -> None:
    envoy = launch(native, workers=workers, settings=SETTINGS)
    envoy.wait_for_tokens()
    answers = envoy.ask_every_worker()
    tags = {answer.headers["x-wasm-vm"] for answer in answers}
    tokens = {answer.headers["x-auth"] for answer in answers}
    assert len(tags) == 1
    assert len(tokens) <= 2  # a newer one may come between two answers, and is everybody's
    assert all(envoy.token_api.verify(token).valid for token in tokens)
    assert {answer.headers["x-wasm-filter"] for answer in answers} == {
        "hello from a dynamic module"
    }
    picture = envoy.wait_until(lambda now: now.thread("main").ticks >= 3, "three ticks")
    assert [thread.name for thread in picture.threads if thread.ticks] == ["main"]
    assert {thread.vm for thread in picture.threads} == tags
    assert all(map(has_no_vm, picture.threads))
    assert {asked.vm for asked in picture.asked} == tags
    assert len(picture.asked) <= picture.thread("main").ticks + 1
    worker = picture.workers[-1]
    assert tell_vm(worker).words.startswith(f"module {worker.vm} (a dynamic module has no")
    assert "main fetched it" in tell_token(picture, worker).why
    assert tell_silence(picture, worker).text == "no timer"
    assert f"module {worker.vm}" in str(show_threads(envoy))
    if workers == 2:
        with pytest.raises(ConfigurationError, match="Envoy loads it once"):
            envoy.reload(native)
        with pytest.raises(ConfigurationError, match="Envoy loads it once"):
            envoy.configure({"tick_ms": 300})
        with pytest.raises(ConfigurationError, match="native cannot be watched"):
            envoy.watch("native")
        journey = envoy.follow()
        assert "there is no crossing to see" in f"{journey.table.title} {journey.after}"
        assert envoy.ask("worker_0").status == 200


@pytest.mark.fault("A dynamic module in Go panics in a request")
def test_side_by_side_one_or_n_plus_one_and_whose_panic_ends_what(
    launch: Launch, native: Module, fault: TellFault, nothing_is_left: None
) -> None:
    token = launch(settings=SETTINGS)
    crash = launch(compile_filter("crash", reuse=True), settings={"vm_header": "x-wasm-vm"})
    library = launch(native, settings=SETTINGS)
    token.wait_for_tokens()
    library.wait_for_tokens()
    both = token.snapshot(), library.snapshot()
    words = describe_homes(*both)
    assert words.startswith("In Wasm: 3 threads, 3 VMs, ticks on worker_0, worker_1, main, ")
    assert ". As a dynamic module: 3 threads, 1 module, ticks on main, 1 token." in words
    assert "all with one dynamic module" in draw_homes(*both).axes[1].get_title(loc="left")
    assert "each with a VM of its own" in draw_homes(*both).axes[0].get_title(loc="left")
    assert "worker_0 0" in describe_lanes(both[1])

    # The same panic: of Wasm it takes one worker's VM.
    assert crash.ask("worker_0", headers={"x-crash": "response_headers"}).status == 503
    crash.wait_until(lambda now: now.thread("worker_0").failure, "worker_0's VM failed")
    assert [answer.status for answer in crash.ask_every_worker()] == [503, 200]

    # Of the dynamic module it takes the whole Envoy.
    with pytest.raises(LaunchError, match="ends the whole Envoy") as caught:
        library.ask("worker_0", headers={"x-crash": "response_headers"})
    assert "panic: on purpose, in response_headers" in caught.value.quote
    assert "SIGABRT" in caught.value.what
    assert not library.running
    with pytest.raises(LaunchError, match="ended by SIGABRT while it ran"):
        library.ask("worker_1")
    after = library.snapshot()
    assert "event=crash" in str(after.lines[-1])
    assert {thread.failure for thread in after.threads} == {
        "Envoy ended: panic: on purpose, in response_headers"
    }
    assert "response_headers. All its threads ended with it." in describe_lanes(after)
    assert "✗ died" in str([text.get_text() for text in draw_threads(after).findobj(Text)])
    # The lab, and the other Envoys, go on; and so does another one with the module.
    assert token.ask("worker_1").status == 200
    assert library.start().ask("worker_1").status == 200
    for envoy in (token, crash, library):
        envoy.stop()
    fault(caught.value, kept="the other Envoys, and the lab")


def test_a_panic_in_a_goroutine_and_a_null_pointer_in_c_end_envoy_too(
    launch: Launch, native: Module, other: Path, nothing_is_left: None
) -> None:
    envoy = launch(native, settings=SETTINGS)
    with contextlib.suppress(LaunchError):  # the answer may be quicker than the goroutine
        envoy.ask("worker_1", headers={"x-crash": "goroutine"})
    with pytest.raises(LaunchError, match="Go code panicked") as caught:
        envoy.wait_until(lambda _now: False, "it ends", 10)
    assert "on purpose, in goroutine" in caught.value.quote
    envoy.stop()

    envoy = launch(other, configuration=named(other))
    answer = envoy.ask("worker_0")
    assert answer.headers["x-from"] == "c"
    said = [line.text for line in envoy.snapshot().lines if hasattr(line, "text")]
    assert said == ["a module in C starts"]
    with pytest.raises(LaunchError, match="whose code is Envoy's own process") as caught:
        envoy.ask("worker_0", headers={"x-crash": "any"})
    assert "SIGSEGV" in caught.value.what
    envoy.stop()


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"tick_msx": 1}, 'unknown setting "tick_msx"'),
        ({"tick_ms": 0}, 'setting "tick_ms" must be a whole number from 1 to 86400000, not 0'),
    ],
)
def test_settings_are_refused_in_its_words(
    launch: Launch, native: Module, settings: dict[str, object], why: str
) -> None:
    with pytest.raises(LaunchError, match="The filter refused its settings") as caught:
        launch(native, settings=settings)
    assert caught.value.quote == why
    assert "filter/native/settings.go" in caught.value.hint


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (INIT, "lacks a function that Envoy calls: envoy_dynamic_module_on_http_filter_config_new"),
        (
            INIT + CALLBACKS,
            "lacks a function that Envoy calls: envoy_dynamic_module_on_http_filter_config_new",
        ),
        (
            ADDING.replace("http_filter_new(", "http_filter_newer("),
            "lacks a function that Envoy calls: envoy_dynamic_module_on_http_filter_new",
        ),
        (ADDING.replace('return "v0.2.0"', "return 0"), "returned no version"),
        (ADDING.replace('return "config"', "return 0"), "would not start with its configuration"),
        (
            ADDING + "extern int there_is_none;\nint* ask(void) { return &there_is_none; }",
            "wants a function that nobody has: there_is_none",
        ),
    ],
)
def test_why_envoy_takes_no_such_module(
    launch: Launch, tmp_path: Path, source: str, what: str
) -> None:
    library = build_c(tmp_path, source)
    with pytest.raises(LaunchError, match=what) as caught:
        launch(library, configuration=named(library))
    assert caught.value.quote
    assert caught.value.hint


def test_a_library_that_it_wants_and_is_gone_is_named(launch: Launch, tmp_path: Path) -> None:
    build_c(tmp_path, "int helped(void) { return 1; }", "libhelp.so")
    uses = ADDING + "int helped(void);\nint ask(void) { return helped(); }"
    library = build_c(tmp_path, uses, "libother.so", f"-L{tmp_path}", "-lhelp")
    with pytest.raises(LaunchError, match=r"wants another library.*: libhelp\.so"):
        launch(library, configuration=named(library))


def test_a_newer_c_library_that_it_wants_is_named(launch: Launch, tmp_path: Path) -> None:
    uses = ADDING + 'int puts(const char*);\nint ask(void) { return puts("a"); }'
    library = build_c(tmp_path, uses)
    content = library.read_bytes()
    assert b"GLIBC_2.2.5" in content, "this machine's C library names its versions otherwise"
    library.write_bytes(content.replace(b"GLIBC_2.2.5", b"GLIBC_9.9.9"))
    with pytest.raises(LaunchError, match="wants a newer C library") as caught:
        launch(library, configuration=named(library))
    assert "GLIBC_9.9.9" in caught.value.what


def test_a_module_by_its_name_alone_is_found_where_it_may_be(
    launch: Launch, other: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LaunchError, match=r"Envoy finds no libother\.so") as caught:
        launch(None, configuration=named(other))
    assert SEARCH_PATH in caught.value.hint
    monkeypatch.setenv(SEARCH_PATH, str(other.parent))
    envoy = launch(None, configuration=named(other))
    assert envoy.ask("worker_0").headers["x-from"] == "c"
    envoy.stop()
    # Beside the configuration, as it is with every file that one names.
    monkeypatch.delenv(SEARCH_PATH)
    (tmp_path / other.name).write_bytes(other.read_bytes())
    (tmp_path / "own.yaml").write_text(named(other).dump(), encoding="utf-8")
    envoy = launch(None, configuration=tmp_path / "own.yaml")
    assert envoy.ask("worker_0").headers["x-from"] == "c"


def test_the_lab_starts_none_that_this_envoy_does_not_take(
    native: Module, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = tmp_path / "envoy"
    old.write_text('#!/bin/sh\necho "envoy  version: abc/1.37.0/Clean/RELEASE/BoringSSL"\n')
    old.chmod(0o755)
    monkeypatch.setenv("LAB_ENVOY", str(old))
    with pytest.raises(ConfigurationError, match=r"Envoy 1\.37\.0 does not take") as caught:
        Envoy(native, launcher="native").start()
    assert "1.38 or later" in caught.value.hint


@pytest.mark.matrix
@pytest.mark.parametrize("envoy_of", ["1.36", "1.37", "1.38", "1.39", "1.40"], indirect=True)
def test_on_every_envoy(
    launch: Launch, native: Module, envoy_of: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_ENVOY", str(envoy_of))
    if envoy_of.parents[2].name in ("1.36", "1.37"):
        with pytest.raises(ConfigurationError, match="does not take this dynamic module"):
            launch(native, settings=SETTINGS)
        monkeypatch.setenv(SEARCH_PATH, os.fspath(native.path.parent))
        with pytest.raises(LaunchError, match=r"another ABI|finds no libnative\.so"):
            launch(None, configuration="native.yaml")
        return
    envoy = launch(native, settings=SETTINGS)
    envoy.wait_for_tokens()
    assert all("x-auth" in answer.headers for answer in envoy.ask_every_worker())
    with pytest.raises(LaunchError, match="Go code panicked"):
        envoy.ask("worker_0", headers={"x-crash": "request_headers"})


def test_a_wasm_module_and_a_library_do_not_change_places(
    token_module: Module, native: Module
) -> None:
    with pytest.raises(ConfigurationError, match=r"token\.wasm is Wasm, and no dynamic module"):
        Envoy(token_module, configuration="native.yaml")
    with pytest.raises(ConfigurationError, match=r"libnative\.so is a dynamic module, and no Wasm"):
        Envoy(native, configuration="envoy.yaml")
    with pytest.raises(ConfigurationError, match=r"such as envoy/native\.yaml"):
        Envoy(native, configuration="bare.yaml")
    with pytest.raises(ConfigurationError, match="has no VM, so failure_policy"):
        Envoy(native, failure_policy="FAIL_OPEN").validate()
    assert read_module(native.path).exports == native.exports


def test_the_commands_tell_of_one_instance(tmp_path: Path) -> None:
    words = ["demo", "--configuration", "native.yaml", "--tick-ms", "200", "--seconds", "1"]
    done = CliRunner().invoke(app, [*words, "--picture", str(tmp_path / "demo.png")])
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "Compiling filter/native with go" in said
    assert "main ticks in module " in said
    assert "Why 1 and not 3? A dynamic module is a part of Envoy's process" in said
    assert "✓ Every worker answered with both headers and a token whose signature is valid" in said
    followed = CliRunner().invoke(app, ["follow", "native"])
    assert followed.exit_code == 0, followed.output
    assert "there is no crossing to see" in " ".join(followed.output.split())


def test_it_is_tried_in_envoy_and_not_in_the_emulator() -> None:
    with pytest.raises(ConfigurationError, match="in Go, as a dynamic module") as caught:
        emulate("native", "tick")
    assert "try_in_envoy" in caught.value.hint
    tried = try_in_envoy("native", {"tick_ms": 100})
    assert tried.ok
    assert tried.seen == ("The dynamic module ticks every 100 ms, on main for all threads.",)
    assert tried.headers["x-wasm-filter"] == "hello from a dynamic module"
    failed = try_in_envoy("native", headers={"x-crash": "request_headers"})
    assert "ends the whole Envoy" in str(failed.problem)


@pytest.mark.parametrize("at", ["request_headers", "response_headers"])
def test_no_token_is_whole_in_what_envoy_reports_of_a_crash(
    launch: Launch, native: Module, at: str
) -> None:
    envoy = launch(native, settings=SETTINGS)
    envoy.wait_for_tokens()
    secrets = {"x-crash": at, "cookie": "session=s3cr3t-and-nobody-elses-business"}
    # The upstream is the token API: its answer to this path holds a token.
    with pytest.raises(LaunchError, match="ends the whole Envoy") as caught:
        envoy.ask("worker_0", "/auth", headers=secrets)
    said = "\n".join([*envoy.log, *caught.value.log_tail, str(caught.value)])
    assert "'cookie', 'session" in said, "Envoy's report is another one now"
    assert not re.search(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", said)
    assert "s3cr3t-and-nobody" not in said.replace("\\n", "\n")
