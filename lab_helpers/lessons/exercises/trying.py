"""Try a filter in a real Envoy for a moment: compile, start, ask, stop, and judge what was seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from lab_helpers.arguments import checked
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy.answers import Outcome
from lab_helpers.envoy.failed_vms import FailedVm
from lab_helpers.envoy.requests import HeadersGiven, Request, as_request
from lab_helpers.errors import FilterError, LabError
from lab_helpers.lessons.exercises.trial_run import TrialRun, run_trial
from lab_helpers.lessons.shown.page import Bundle, Note
from lab_helpers.tokens import shown_header
from lab_helpers.waits import waiting

__all__ = ["Trial", "try_in_envoy"]

_OF_ENVOY = {"date", "server", "x-envoy-upstream-service-time", "content-length", "content-type"}
_NO_LINE = (
    "It was tried once more with debug information, to find the line of Go, and did not fail in the"
    " same way."
)


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """What became of a filter in a real Envoy, to be shown.

    Attributes:
        name: The filter.
        module: What the compiler made of it; None where it did not compile.
        headers: What the response carries; empty where Envoy did not run it.
        problem: What is wrong with it; None where nothing is.
        seen: What was seen besides, each in a sentence.
    """

    name: str
    module: Module | None
    headers: Mapping[str, str] = dataclasses.field(repr=False)  # they may hold a token
    problem: LabError | None
    seen: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Return whether Envoy ran it, no VM of it failed, and it answered as expected."""
        return self.problem is None

    @property
    def note(self) -> Note:
        """Return it as lines."""
        lines = []
        if self.module is not None:
            size = f"{self.module.bytes / 1000:.0f} KB"
            compiler = "Go, with a C compiler," if self.module.library else "TinyGo"
            lines.append(("✓", f"{compiler} compiles {self.name}: {size}"))
        if self.problem is not None:
            lines.append(("✗", str(self.problem)))
            lines += [("·", said) for said in self.seen]
            return Note(lines)
        status = self.headers.get(":status", "")
        lines.append(("✓", f"Envoy runs it; a response has status {status}, and carries:"))
        lines += [
            ("", f"`{name}: {shown_header(name, value)}`")
            for name, value in self.headers.items()
            if name not in _OF_ENVOY and name != ":status"
        ]
        lines += [("·", said) for said in self.seen]
        return Note(lines)

    def _repr_mimebundle_(self, **_options: object) -> Bundle:
        return self.note.bundle()


@checked
def try_in_envoy(
    name: Path | str,
    settings: Mapping[str, object] | None = None,
    *,
    path: str = "/",
    method: str = "GET",
    headers: HeadersGiven | None = None,
    body: bytes | str | None = None,
    expect: int | None = None,
) -> Trial:
    """Compile a filter, start Envoy with it, send one request, and stop.

    Where its timer is set to 3 s or less, a tick of each VM is waited for, and its callouts'
    replies. Where a VM fails, the filter is tried once more with debug information, so that the
    line of Go can be told.

    Args:
        name: One of your own filters, or one of the lab's such as `token`; or its folder.
        settings: The filter's settings, as its plugin configuration.
        path: The request's path.
        method: Its method.
        headers: Its headers.
        body: Its body.
        expect: The status that is right; any is, where None, that somebody answered with.

    Returns:
        What happened, good or bad, to be shown.
    """
    module = None
    with waiting(f"Trying {Path(name).name} in Envoy", f"try in Envoy {name}"):
        try:
            request = as_request(path, method, headers, body)
            module = compile_filter(name, reuse=True)
            run = run_trial(module, settings, request)
            problem, seen = _judge(run, expect), [run.ticks] if run.ticks else []
            if run.failed:
                failed, why = _with_line(name, settings, request, run.failed[0])
                problem, seen = _failure(failed), [*seen, *why, *_others(run.failed)]
        except LabError as error:
            return Trial(Path(name).name, module, {}, error)
    answer = run.answer
    shown = {} if answer is None else {":status": str(answer.status), **dict(answer.headers)}
    return Trial(Path(name).name, module, shown, problem, tuple(seen))


def _judge(run: TrialRun, expect: int | None) -> LabError | None:
    """Return what is wrong with an answer; None where nothing is."""
    answer = run.answer
    if answer is None:
        return FilterError("The request was not answered.", quote=run.why_none)
    if expect is not None and answer.status != expect:
        return FilterError(
            f"The request is answered with {answer.status}, and {expect} was expected.",
            quote=answer.why,
            hint='look at what the filter did: Envoy(…).follow("worker_0") shows it',
        )
    bare = answer.outcome is Outcome.NOT_KNOWN and answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    silent = answer.outcome in (Outcome.UPSTREAM_DOWN, Outcome.UPSTREAM_SLOW, Outcome.VM_FAILED)
    if expect is None and (bare or silent):
        return FilterError(
            f"The request is answered with {answer.status}, and by nobody: {answer.outcome}.",
            quote=answer.why,
            hint=f"if the filter itself answers so: try_in_envoy(…, expect={answer.status})",
        )
    return None


def _with_line(
    name: Path | str,
    settings: Mapping[str, object] | None,
    request: Request,
    failed: FailedVm,
) -> tuple[FailedVm, list[str]]:
    """Try a filter that failed once more, compiled so that the line can be told.

    TinyGo makes other code with debug information than without: what is told of one says nothing
    of the other. So it has to fail again.
    """
    if failed.line is not None:
        return failed, []
    again = run_trial(compile_filter(name, reuse=True, debug_info=True), settings, request)
    same = (failed.failure.function, failed.failure.words)
    for each in again.failed:
        if (each.failure.function, each.failure.words) == same:
            return dataclasses.replace(failed, line=each.line), []
    return failed, [_NO_LINE]


def _failure(failed: FailedVm) -> LabError:
    return FilterError(failed.what, quote=failed.quote, hint=failed.hint)


def _others(failed: tuple[FailedVm, ...]) -> list[str]:
    """Say which other VMs failed, and in what."""
    threads = list(dict.fromkeys(each.thread for each in failed[1:]))
    return [f"So did the VM of {', '.join(threads)}."] if threads else []
