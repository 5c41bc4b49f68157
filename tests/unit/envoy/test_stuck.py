"""Why an Envoy does not answer, from what was seen of it; `tests/envoy` provokes each."""

from __future__ import annotations

import pytest

from lab_helpers.envoy.no_answer import NoAnswerError, explained, never_ready
from lab_helpers.envoy.stuck import Look, Seen, diagnose, tell_threads
from lab_helpers.launch.threads import Standing

WAITS, BUSY = Seen(state="S"), Seen(state="R", busy=True, share=0.5)
SILENCE = NoAnswerError("worker_0 did not answer.", quote="timed out", worker="worker_0")


def runs(**more: object) -> Look:
    options = {"threads": {"main": WAITS, "worker_0": WAITS}, "over_s": 0.5} | more
    return Look(Standing.RUNS, "kill -CONT 7", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Standing.STOPPED, "Envoy is stopped by a signal"),
        (Standing.PAUSED, "Envoy is paused, with its container"),
        (Standing.TRACED, "Envoy is held by a debugger"),
    ],
)
def test_a_process_that_is_held_has_two_ways_out(standing: Standing, said: str) -> None:
    cause = diagnose(Look(standing, "docker unpause x", {"main": Seen(state="T")}))
    assert cause is not None
    assert cause.what.startswith(said)
    assert cause.hint.startswith("envoy.restart() ")
    assert cause.hint.endswith("docker unpause x")
    starting = diagnose(Look(standing), starting=True)
    assert starting is not None
    assert "restart" not in starting.hint


def test_where_nothing_is_held_up_nothing_is_guessed() -> None:
    assert diagnose(runs()) is None
    error = explained(SILENCE, runs())
    assert error.what == "worker_0 did not answer. Its thread waits, so no loop keeps it."
    assert error.hint == SILENCE.hint
    unseen = explained(SILENCE, Look(Standing.NOT_SEEN))
    assert unseen.what.endswith("no thread of it was seen to be held up.")


def test_a_thread_that_was_missed_once_and_waits_now_is_well() -> None:
    assert diagnose(runs(threads={"worker_0": Seen(state="S", missed=True)})) is None
    missed = diagnose(Look(Standing.NOT_SEEN, threads={"worker_0": Seen(missed=True)}))
    assert missed is not None
    assert "watchdog misses worker_0" in missed.what


@pytest.mark.parametrize(
    ("imports", "thread", "said"),
    [
        (set(), "worker_0", "it may be one of a request's or a connection's."),
        ({"env.proxy_http_call"}, "main", "it may be DispatchHttpCall's callback."),
        (None, "main", "it may be OnTick or DispatchHttpCall's callback."),
        (set(), "main", "it may be one of its start."),
    ],
)
def test_which_callbacks_it_may_be_is_what_such_a_thread_runs(
    imports: set[str] | None, thread: str, said: str
) -> None:
    cause = diagnose(
        runs(
            threads={thread: BUSY},
            imports=imports,
            unseen="crossings are off",
            admin_answers=thread != "main",
        )
    )
    assert cause is not None
    assert said in cause.what
    assert 'see="crossings"' in cause.hint


def test_where_all_was_seen_a_loop_without_a_callback_is_envoys() -> None:
    for wasm in (True, False):
        look = runs(threads={"main": BUSY}, has_wasm=wasm, admin_answers=False)
        cause = diagnose(look)
        assert cause is not None
        assert "No callback of a filter is under way" in cause.what
        assert "see=" not in cause.hint


def test_many_threads_are_named_in_few_words() -> None:
    threads = {f"worker_{n}": BUSY for n in range(64)} | {"main": WAITS}
    cause = diagnose(runs(threads=threads))
    assert cause is not None
    assert "worker_0, worker_1, worker_2 and 61 more compute without a pause" in cause.what
    assert len(tell_threads(runs(threads=threads)).splitlines()) == 10


def test_a_start_that_waits_says_for_what_envoy_waits() -> None:
    waiting = never_ready(runs(state="INITIALIZING"), "while it started", [])
    assert "it waits for something" in waiting.what
    assert waiting.quote.startswith("/ready: INITIALIZING")
    deaf = never_ready(runs(admin_answers=False, state="refused"), "while it started", [])
    assert "its admin port cannot be reached" in deaf.what
    assert "firewall" in deaf.hint


@pytest.mark.parametrize(
    ("thread", "said"),
    [
        (Seen(state="R", share=0.02), "worker_0: waits, 2% of a core over 0.5 s"),
        (Seen(state="R", share=0.6), "worker_0: computes, 60% of a core over 0.5 s"),
        (Seen(state="R", busy=True, share=0.1), "worker_0: computes, 10% of a core over 0.5 s"),
        (Seen(state="D", share=0.02), "worker_0: waits for the kernel, 2% of a core over 0.5 s"),
    ],
)
def test_a_thread_that_ran_as_it_was_looked_at_does_not_compute_for_that(
    thread: Seen, said: str
) -> None:
    assert tell_threads(runs(threads={"worker_0": thread})) == said


@pytest.mark.parametrize(
    ("share", "answers", "found"),
    [
        (0.02, False, "worker_0 computes without a pause"),  # a moment's work, and no core for it
        (0.5, True, "worker_0 computes without a pause"),  # who answers is in no loop
        (0.5, False, "main and worker_0 compute without a pause"),
    ],
)
def test_on_a_busy_machine_who_waits_for_a_core_is_not_in_a_loop(
    share: float, answers: bool, found: str
) -> None:
    threads = {
        "main": Seen(state="R", busy=True, share=share),
        "worker_0": Seen(state="R", busy=True, share=0.6, callback="OnTick", inside_s=2.0),
    }
    cause = diagnose(runs(threads=threads, admin_answers=answers))
    assert cause is not None
    assert found in cause.what
