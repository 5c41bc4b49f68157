"""Follow one request: look at the crossings for as long as it takes, and make its journey."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence

from lab_helpers.board.journey import Asked
from lab_helpers.board.watch import Watch
from lab_helpers.compiling.literals import read_literals
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy.answers import Answer
from lab_helpers.envoy.asking import judged
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.heard import Heard
from lab_helpers.envoy.journey import Journey
from lab_helpers.envoy.requests import Request
from lab_helpers.envoy.run import Run
from lab_helpers.errors import TrafficError
from lab_helpers.journeys.telling import Literal
from lab_helpers.journeys.words import Frame
from lab_helpers.tokens import shown_header

__all__ = ["Scene", "follow"]

_WHY = "a request is followed"
_DELETES = "proxy_on_delete"


@dataclasses.dataclass(frozen=True, slots=True)
class Scene:
    """What a request is followed through.

    Attributes:
        run: The Envoy that runs.
        watch: The board that its log goes to.
        configuration: What Envoy was configured with.
        module: The filter; None where the configuration names its own.
    """

    run: Run
    watch: Watch
    configuration: Configuration
    module: Module | None


def follow(scene: Scene, worker: str, request: Request) -> Journey:
    """Send one request to a worker, and see what crosses meanwhile.

    Args:
        scene: What it is followed through.
        worker: `worker_0` and so on.
        request: What to send.

    Returns:
        Its journey, whatever the answer; also where none came, if anything crossed.

    Raises:
        LabError: Envoy does not run, or the worker does not answer and nothing crossed.
    """
    tid = next((each.tid for each in scene.watch.snapshot().threads if each.name == worker), 0)
    before = scene.watch.failure(worker)
    # A process that this machine's kernel shows has this machine's clock.
    heard = Heard(tid, same_clock=scene.run.process.pid != 0)
    vms = scene.run.ways_in.vms
    notes: list[str] = []
    run = scene.run
    with run.answering(), run.tap(heard.take), run.lookout.looking(_WHY):
        began = time.time()
        answer: Answer | None = None
        try:
            answer = run.ask(worker, request)
        except TrafficError as error:
            if not heard.crossed:
                raise
            notes.append(str(error).replace("\n", " "))
        else:
            answer = judged(answer, request, scene.watch, scene.configuration)
            scene.watch.record(answer.event)
        asked = Asked(tid, *_times(answer, began), len(vms))
        trip = heard.wait_for(asked, _deletes(scene.module))
    if not trip.entries:
        notes.append(_why_nothing(before, scene.configuration))
    elif heard.by_another_clock:
        notes.append("Envoy's clock is another than this machine's: times count from the first.")
    notes += _about_plugins(vms)
    return Journey(trip, answer, _frame(scene, worker, request, answer, notes), _literal(scene))


def _times(answer: Answer | None, began: float) -> tuple[float, float | None]:
    """Return when the request was sent, and when its answer was whole."""
    return (began, None) if answer is None else (answer.time, answer.time + answer.seconds)


def _deletes(module: Module | None) -> bool | None:
    return None if module is None or module.library else _DELETES in module.exports


def _literal(scene: Scene) -> Literal:
    if scene.module is None:  # of several files, which one a pointer belongs to is not known
        return lambda _pointer, _length: ""
    return read_literals(scene.module.path).at


def _frame(
    scene: Scene, worker: str, request: Request, answer: Answer | None, notes: Sequence[str]
) -> Frame:
    module = scene.module
    return Frame(
        worker=worker,
        request=f"{request.method} {shown_header('', request.path)}",
        module=module.name if module is not None else "the configuration's own module",
        answer=_told(answer),
        answered_us=None if answer is None else round(answer.seconds * 1e6),
        notes=tuple(notes),
    )


def _told(answer: Answer | None) -> str:
    if answer is None:
        return "no answer"
    return f"{answer.status} after {answer.latency_ms:.1f} ms, {answer.outcome}"


def _why_nothing(before: str, configuration: Configuration) -> str:
    if configuration.has_libraries and not configuration.has_wasm:
        return (
            "Nothing crossed: a dynamic module is a part of Envoy's own process, so there is no"
            " crossing to see. What it does, only its own log lines tell."
        )
    if not configuration.has_wasm:
        return "Nothing crossed: this configuration runs no Wasm."
    if before:
        first = before.splitlines()[0]
        return f"Nothing crossed: this worker's VM had failed before, in {first}."
    return "Nothing crossed: the request's way leads past the filter, or Envoy answered before it."


def _about_plugins(vms: Sequence[str]) -> Iterator[str]:
    if len(vms) < 2:  # noqa: PLR2004  # one alone needs no words
        return
    if len(set(vms)) == 1:
        yield f"A request passes {len(vms)} plugins in one VM: each has a context of its own."
    else:
        yield (
            f"A request passes {len(vms)} plugins in {len(set(vms))} VMs of one thread. The trace"
            " does not name the VM, so which of them an entry went into cannot be told."
        )
