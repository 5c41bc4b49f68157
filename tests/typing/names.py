"""What a type checker, and so an editor, knows of the public names; it is checked and never run.

The names are taken as a notebook takes them. `assert_type` says what a call gives. A line that must
be an error is told to be ignored: where it is none, mypy says that there is nothing to ignore.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, assert_type

from matplotlib.figure import Figure

from lab_helpers import (
    Answer,
    CompileError,
    Configuration,
    ConfigurationError,
    Controls,
    Dashboard,
    Envoy,
    Fault,
    Headers,
    Journey,
    LabError,
    Lanes,
    LaunchError,
    Module,
    Reply,
    Request,
    Response,
    Threads,
    TokenApi,
    TokenApiError,
    ToolchainError,
    TrafficError,
    adopt,
    check,
    check_machine,
    compare,
    compare_modules,
    compile_filter,
    diagram,
    emulate,
    forge,
    hint,
    predict,
    progress,
    put_in_order,
    read_module,
    reset_lesson,
    show_answer,
    show_calls,
    show_command,
    show_configuration,
    show_exports,
    show_failures,
    show_go,
    show_interface,
    show_log,
    show_stats,
    show_threads,
    show_token,
    start_configuration,
    start_filter,
    try_in_envoy,
)
from lab_helpers.board.events import TokenAsked
from lab_helpers.board.snapshot import Snapshot, Thread, Tick, Token
from lab_helpers.dashboard.calls import Calls
from lab_helpers.dashboard.log import Log
from lab_helpers.envoy.admin import Figures
from lab_helpers.envoy.answer_headers import AnswerHeaders
from lab_helpers.errors import CompileProblem
from lab_helpers.lessons.cells.adopting import Adoption
from lab_helpers.lessons.cells.source import Source
from lab_helpers.lessons.diagrams.drawing import Diagram
from lab_helpers.lessons.emulator.record import Callout, Emulation
from lab_helpers.lessons.exercises.exercises import Result
from lab_helpers.lessons.exercises.shelf import Progress
from lab_helpers.lessons.exercises.trying import Trial
from lab_helpers.lessons.ordering.ordering import Ordering
from lab_helpers.lessons.shown.machine import MachineCheck
from lab_helpers.lessons.shown.page import Note, Table
from lab_helpers.token_api import Verdict


def modules() -> None:
    assert_type(compile_filter("filter/token"), Module)
    assert_type(compile_filter(Path("filter/token"), "token.wasm", compiler="go"), Module)
    module = read_module("token.wasm")
    assert_type(module, Module)
    assert_type(module.path, Path)
    assert_type(module.bytes, int)
    assert_type(module.exports, tuple[str, ...])
    assert_type(module.shell_line, str)
    assert_type(compare_modules(module, module), Table)
    assert_type(show_command(module), Table)
    assert_type(show_exports(module, module), Table)
    assert_type(show_interface(module), Table)
    compile_filter("token", compiler="rust")  # type: ignore[arg-type]
    compile_filter()  # type: ignore[call-arg]
    compare_modules("token.wasm")  # type: ignore[arg-type]
    module.size  # type: ignore[attr-defined]  # noqa: B018


def configurations() -> None:
    configuration = Configuration.read("bare.yaml")
    assert_type(configuration, Configuration)
    assert_type(Configuration.parse("admin: {}"), Configuration)
    assert_type(configuration.settings, dict[str, Any])
    assert_type(configuration.has_wasm, bool)
    assert_type(show_configuration("envoy.yaml", "routes"), Source)
    assert_type(start_configuration("mine.yaml", like="bare.yaml"), Note)
    Configuration.read()  # type: ignore[call-arg]


def an_envoy(module: Module) -> None:
    with Envoy(module, workers=2, settings={"tick_ms": 1000}) as envoy:
        assert_type(envoy, Envoy)
    assert_type(Envoy("token.wasm").start(), Envoy)
    assert_type(Envoy(configuration="bare.yaml", launcher="docker"), Envoy)
    assert_type(envoy.restart(workers=4), Envoy)
    assert_type(envoy.running, bool)
    assert_type(envoy.url, str)
    assert_type(envoy.log, tuple[str, ...])
    assert_type(envoy.ask("worker_0"), Answer)
    assert_type(envoy.ask_every_worker(method="POST", body="x"), tuple[Answer, ...])
    assert_type(envoy.snapshot(), Snapshot)
    assert_type(envoy.wait_until(lambda now: now.ticking == 3, "three threads tick"), Snapshot)
    assert_type(envoy.wait_for_tokens(), Snapshot)
    assert_type(envoy.figures(), Figures)
    assert_type(envoy.figures().connections, Mapping[str, int])
    assert_type(envoy.stats("wasm"), dict[str, int])
    assert_type(envoy.token_api, TokenApi)
    Envoy(module, workerz=2)  # type: ignore[call-arg]
    Envoy(module, workers="2")  # type: ignore[arg-type]
    Envoy(module, 2)  # type: ignore[call-arg]
    envoy.ask(0)  # type: ignore[arg-type]
    envoy.ask_all()  # type: ignore[attr-defined]
    envoy.wait_until(lambda now: now.tickings, "a typo")  # type: ignore[attr-defined]


def a_picture(picture: Snapshot) -> None:
    worker = picture.thread("worker_0")
    assert_type(worker, Thread)
    assert_type(picture.workers, tuple[Thread, ...])
    assert_type(picture.calls_per_period, float | None)
    assert_type(worker.last_tick, Tick | None)
    assert_type(worker.token, Token | None)
    picture.calls = 0  # type: ignore[misc]


def a_journey(envoy: Envoy) -> None:
    journey = envoy.follow("worker_0", "/", method="POST", headers={"x-a": "b"}, body="hi")
    assert_type(journey, Journey)
    assert_type(journey.answer, Answer | None)
    assert_type(journey.words, str)
    envoy.follow(path=1)  # type: ignore[arg-type]


def an_answer(envoy: Envoy) -> None:
    answer = envoy.ask("worker_0", "/hello", headers={"x-by": "hand"})
    assert_type(answer.status, int)
    assert_type(answer.headers, AnswerHeaders)
    assert_type(answer.headers["x-auth"], str)
    assert_type(answer.text, str)
    assert_type(answer.why, str)
    answer.status = 200  # type: ignore[misc]
    answer.code  # type: ignore[attr-defined]  # noqa: B018


def tables(envoy: Envoy) -> None:
    answer = envoy.ask("worker_0")
    assert_type(show_answer(answer), Table)
    assert_type(show_token(answer, envoy), Table)
    assert_type(show_threads(envoy), Table)
    assert_type(show_stats(envoy, "wasm"), Table)
    assert_type(show_failures(envoy), Table)
    assert_type(check_machine(), MachineCheck)
    show_threads(answer)  # type: ignore[arg-type]


def live_views(envoy: Envoy, module: Module) -> None:
    with Dashboard(envoy, minutes=5) as dashboard:
        assert_type(dashboard, Dashboard)
    assert_type(dashboard.save("run.svg"), Path)
    assert_type(dashboard.describe(), str)
    assert_type(dashboard.draw(dashboard.look()), Figure)
    assert_type(Lanes(envoy, window_s=10).start(), Lanes)
    assert_type(Headers(envoy).live, bool)
    assert_type(Threads(envoy), Threads)
    assert_type(show_log(envoy), Log)
    assert_type(show_calls(envoy, period_s=1.5), Calls)
    assert_type(show_calls("header"), Table)
    assert_type(Controls(envoy), Controls)
    Lanes(module)  # type: ignore[arg-type]
    Dashboard(envoy, minuts=5)  # type: ignore[call-arg]


def the_token_api() -> None:
    with TokenApi(port=8080) as api:
        assert_type(api, TokenApi)
    assert_type(api.fault, Fault)
    api.fault = Fault.ERROR
    api.fault = "error"
    assert_type(Fault.ERROR.description, str)
    assert_type(api.url, str)
    assert_type(api.asked, tuple[TokenAsked, ...])
    assert_type(api.verify("Bearer a.b.c"), Verdict)
    assert_type(api.verify("Bearer a.b.c").valid, bool)
    assert_type(forge("Bearer a.b.c", sub="admin"), str)
    api.fault = 500  # type: ignore[assignment]
    api.fault = Fault.BROKEN  # type: ignore[attr-defined]


def filters() -> None:
    assert_type(start_filter("mine", like="hello"), Note)
    assert_type(reset_lesson("02"), Note)
    assert_type(adopt("../theirs", name="mine"), Adoption)
    assert_type(show_go("token", "tick"), Source)
    done = emulate("mine", "tick", Reply(503), Response({"x-auth": "theirs"}))
    done = emulate(
        read_module("mine.wasm"), Request("/orders", method="POST", body=("a", "b"), route="orders")
    )
    assert_type(done, Emulation)
    assert_type(done.tick_ms, int)
    assert_type(done.callouts, tuple[Callout, ...])
    assert_type(done.headers, Mapping[str, str])
    assert_type(try_in_envoy("mine", {"tick_ms": 200}), Trial)
    assert_type(try_in_envoy("mine").ok, bool)
    emulate("mine", 503)  # type: ignore[arg-type]
    Reply("503")  # type: ignore[arg-type]
    start_filter(of="hello")  # type: ignore[call-arg]


def exercises() -> None:
    assert_type(check("02-greeting"), Result)
    assert_type(check("01-counter", "listener").passed, bool)
    assert_type(hint("02-greeting"), Note)
    assert_type(predict("calls", 3), Note)
    assert_type(compare("calls", 3), Note)
    assert_type(progress(), Progress)
    assert_type(diagram("threads", workers=4), Diagram)
    check()  # type: ignore[call-arg]
    hint(2)  # type: ignore[arg-type]
    assert_type(put_in_order("02-greeting"), Ordering)
    put_in_order(2)  # type: ignore[arg-type]


def failures(caught: LabError) -> None:
    assert_type((caught.what, caught.quote, caught.hint), tuple[str, str, str])
    if isinstance(caught, CompileError):
        assert_type(caught.problems, tuple[CompileProblem, ...])
    if isinstance(caught, LaunchError):
        assert_type(caught.log_tail, tuple[str, ...])
    ours: tuple[type[LabError], ...] = (
        ConfigurationError,
        TokenApiError,
        ToolchainError,
        TrafficError,
    )
    assert_type(isinstance(caught, ours), bool)
    compiler: Literal["tinygo", "go"] = "tinygo"
    assert_type(compile_filter("token", compiler=compiler), Module)
