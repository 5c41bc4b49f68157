"""The static pictures: what they say in words, and that they can be drawn and saved."""

from __future__ import annotations

import io
import itertools
import subprocess
import sys
from collections.abc import Callable

import matplotlib as mpl
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from lab_helpers import figures
from lab_helpers.board.board import Board
from lab_helpers.board.events import (
    CalloutRefused,
    CalloutSent,
    Crossing,
    Event,
    FetchEnded,
    RequestAnswered,
    SeeingChanged,
    Step,
    ThreadsNamed,
    Ticked,
    VmCreated,
    VmFailed,
    VmStarted,
)
from lab_helpers.board.snapshot import Snapshot, Tick
from lab_helpers.figures import (
    describe_dashboard,
    describe_headers,
    describe_lanes,
    describe_threads,
    draw_dashboard,
    draw_headers,
    draw_lanes,
)
from lab_helpers.figures.marks import (
    ANSWERED,
    KEPT,
    MARKS,
    NOT_KEPT,
    UNDER_WAY,
    mark_of,
)
from lab_helpers.figures.words import window_of
from lab_helpers.token_api import Verdict
from lab_helpers.tokens import shorten_token

MAIN, WORKER_0, WORKER_1 = 100, 101, 102
NAMES = ThreadsNamed(0.0, ((MAIN, "main"), (WORKER_0, "worker_0"), (WORKER_1, "worker_1")))
NOW = 100.0
TOKEN = "Bearer " + "abcdefghij" * 60
RUN: tuple[Event, ...] = (
    NAMES,
    VmStarted(90.0, WORKER_0, "aaaaaa", 1000),
    Ticked(97.0, WORKER_0, "aaaaaa", 1),
    CalloutSent(97.0, WORKER_0, "aaaaaa", 1),
    FetchEnded(97.5, WORKER_0, "aaaaaa", 1, "ok", 200, "ab12cd34"),
    Ticked(98.0, WORKER_1, "bbbbbb", 1),
    CalloutSent(98.0, WORKER_1, "bbbbbb", 1),
    FetchEnded(98.1, WORKER_1, "bbbbbb", 1, "status", 503, ""),
    Ticked(99.0, MAIN, "cccccc", 1),
    CalloutSent(99.0, MAIN, "cccccc", 1),
    RequestAnswered(
        99.0,
        "worker_0",
        200,
        (("x-wasm-filter", "hello from wasm"), ("x-wasm-vm", "aaaaaa"), ("x-auth", TOKEN)),
        1.5,
    ),
)
OWN = "Counted from the filter's own log lines."
CLAIMS = {"iss": "token-api", "sub": "vm-aaaaaa", "aud": "upstream", "exp": 4_000_000_000}
VERDICTS = {"worker_0": Verdict(valid=True, reason="signed by k", claims=CLAIMS)}


def picture(*events: Event, now: float = NOW) -> Snapshot:
    board = Board()
    for event in events:
        board.apply(event)
    return board.snapshot(now)


def texts(figure: object) -> str:
    saved = io.StringIO()
    figure.savefig(saved, format="svg", metadata={"Date": None})  # type: ignore[attr-defined]
    return saved.getvalue()


def no_overlap(figure: Figure, skip: int) -> list[tuple[str, str]]:
    """Return pairs of cells of a line of which the first reaches into the second."""
    found = []
    for axes in figure.axes[skip:]:
        lines: dict[float, list[tuple[float, float, str]]] = {}
        for text in axes.texts:
            box = text.get_window_extent()
            lines.setdefault(text.get_position()[1], []).append((box.x0, box.x1, text.get_text()))
        for cells in lines.values():
            pairs = itertools.pairwise(sorted(cells))
            found += [(said, after) for (_, end, said), (begin, _, after) in pairs if end > begin]
    return found


def test_the_window_is_some_ten_periods_within_reason() -> None:
    assert [window_of(tick_ms) for tick_ms in (0, 100, 1000, 15_000)] == [6, 6, 10, 60]


def test_a_token_is_never_shown_whole() -> None:
    for value in (TOKEN, "Bearer abc", "x" * 40, "é" * 100):
        assert value not in shorten_token(value)
    assert shorten_token(TOKEN) == "Bearer abcdefghij…ghij (607 characters)"


@pytest.mark.parametrize(
    ("status", "outcome", "told"),
    [
        (200, "answered", "200"),
        (200, "", "200"),
        (503, "VM failed", "503 VM failed"),
        (503, "upstream down", "503 upstream down"),
    ],
)
def test_what_became_of_a_request_is_told_in_the_picture_and_its_words(
    status: int, outcome: str, told: str
) -> None:
    seen = picture(NAMES, RequestAnswered(99.0, "worker_0", status, (), 1.5, outcome))
    shown = [text.get_text() for axes in draw_headers(seen).axes for text in axes.texts]
    assert told in shown
    assert f"last with status {told};" in describe_headers(seen)


def test_every_kind_of_mark_has_a_shape_of_its_own() -> None:
    assert len({(mark.shape, mark.filled) for mark in MARKS}) == len(MARKS)


@pytest.mark.parametrize(
    ("tick", "mark"),
    [
        (Tick(1.0, "a", 1), None),
        (Tick(1.0, "a", 1, 1.0), UNDER_WAY),
        (Tick(1.0, "a", 1, 1.0, 1.1, "ok", 200), KEPT),
        (Tick(1.0, "a", 1, 1.0, 1.1, "status 503", 503), NOT_KEPT),
        (Tick(1.0, "a", 1, None, 1.1, "refused"), NOT_KEPT),
        (Tick(1.0, "", 1, 1.0, 1.1, "answered"), ANSWERED),
    ],
)
def test_a_tick_ends_in_a_mark(tick: Tick, mark: object) -> None:
    assert mark_of(tick) is mark


def test_the_lanes_in_words() -> None:
    assert describe_lanes(picture(*RUN)) == (
        "3 lanes, one for each thread, over the last 10 seconds."
        " Ticks in that time: worker_0 1, worker_1 1, main 1."
        f" 1 fetch brought a token, 1 brought none (1 status 503), 1 under way. {OWN}"
    )


def test_the_lanes_in_words_count_each_end_of_a_fetch() -> None:
    more: list[Event] = []
    for n, end in ((2, 98.5), (3, 98.6)):
        more += [Ticked(end, WORKER_1, "bbbbbb", n), CalloutRefused(end, WORKER_1, "bbbbbb", n, "")]
    for n in (2, 3, 4, 5):
        more += [Ticked(99.0, MAIN, "cccccc", n), CalloutSent(99.0, MAIN, "cccccc", n)]
    assert describe_lanes(picture(*RUN, *more)).endswith(
        f" 1 fetch brought a token, 3 brought none (2 refused, 1 status 503), 5 under way. {OWN}"
    )


def test_the_lanes_in_words_tell_ticks_that_are_over_from_none_at_all() -> None:
    older = describe_lanes(picture(*RUN, now=NOW + 60))
    assert older.endswith(f"main 0. All ticks are older. {OWN}")
    started = VmStarted(90.0, WORKER_0, "aaaaaa", 1000)
    assert "seconds. Nothing has ticked yet. " in describe_lanes(picture(NAMES, started))


def test_the_lanes_in_words_name_what_broke() -> None:
    failed = VmFailed(99.5, WORKER_1, "proxy_on_tick", "unreachable")
    assert describe_lanes(picture(*RUN, failed)).endswith(f"The VM has failed on worker_1. {OWN}")


def test_many_lanes_stay_few_words() -> None:
    names = ThreadsNamed(0.0, ((1, "main"), *((n + 2, f"worker_{n}") for n in range(65))))
    ticked = Ticked(99.0, 2, "aaaaaa", 1)
    words = describe_lanes(picture(names, ticked))
    assert "worker_0 1, worker_1 0, worker_2 0, 62 more, main 0" in words


def test_an_empty_board_is_described_and_drawn() -> None:
    assert describe_lanes(picture()) == "No thread has run Wasm yet."
    assert describe_threads(picture()) == "No thread is known yet."
    assert describe_headers(picture()) == "No worker has answered a request yet."
    for draw in (draw_lanes, draw_headers, draw_dashboard):
        assert "<svg" in texts(draw(picture()))


def test_threads_and_responses_in_words() -> None:
    words = describe_dashboard(picture(*RUN), VERDICTS)
    assert "3 threads: 3 have ticked, 3 times in all; 1 of 2 fetches brought a token" in words
    assert "1 of 2 workers answered a request, last with status 200; 1 of these" in words
    assert "2 workers and the main thread make 3" in words


def test_words_reach_as_far_back_as_the_drawing() -> None:
    assert "over the last 4 seconds" in describe_dashboard(picture(*RUN), window_s=4)


def test_the_drawing_holds_every_thread_and_no_whole_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")  # text stays text in the SVG
    refused = CalloutRefused(99.9, MAIN, "cccccc", 1, "bad argument")
    svg = texts(draw_dashboard(picture(*RUN, refused), verdicts=VERDICTS))
    for said in ("worker_0", "worker_1", "main", "hello from wasm", "ab12cd34", "valid", "1 ok"):
        assert said in svg
    assert TOKEN not in svg


def test_what_the_tokens_say_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")
    for svg in (
        texts(draw_headers(picture(*RUN), VERDICTS)),
        texts(draw_dashboard(picture(*RUN), verdicts=VERDICTS)),
    ):
        assert "vm-aaaaaa" in svg
        assert "token-api" in svg
    assert "What the token in x-auth says" not in texts(draw_headers(picture(*RUN)))


@pytest.mark.parametrize("claims", [{}, {"exp": float("inf")}, {"exp": "soon", "iat": 10**20}])
def test_a_token_that_says_odd_things_is_drawn(claims: dict[str, object]) -> None:
    verdicts = {"worker_0": Verdict(valid=False, reason="odd", claims=claims)}
    assert "<svg" in texts(draw_headers(picture(*RUN), verdicts))


def test_no_cell_of_a_table_reaches_into_the_next() -> None:
    failed = VmFailed(99.5, WORKER_1, "proxy_on_tick", "unreachable")
    figure = draw_dashboard(picture(*RUN, failed), verdicts=VERDICTS)
    figure.draw_without_rendering()
    assert no_overlap(figure, skip=2) == []


def test_a_dead_vm_is_named_at_its_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")
    failed = VmFailed(99.5, WORKER_1, "proxy_on_tick", "unreachable")
    assert texts(draw_lanes(picture(*RUN, failed))).count("VM died") == 2  # legend and lane


def test_sixty_six_lanes_can_be_drawn() -> None:
    names = ThreadsNamed(0.0, ((1, "main"), *((n + 2, f"worker_{n}") for n in range(65))))
    ticks = [Ticked(99.0, n + 2, f"{n:06x}", 1) for n in range(65)]
    figure = draw_dashboard(picture(names, *ticks))
    saved = io.BytesIO()
    figure.savefig(saved, format="png")
    assert saved.getvalue().startswith(b"\x89PNG")


@pytest.mark.parametrize("workers", [1, 2, 3, 8, 19, 20, 65])
@pytest.mark.parametrize("draw", [draw_lanes, draw_dashboard])
def test_nothing_is_cut_off_and_the_legend_stands_clear(
    draw: Callable[[Snapshot], Figure], workers: int
) -> None:
    threads = ((1, "main"), *((n + 2, f"worker_{n}") for n in range(workers)))
    began = [VmStarted(95.0, tid, f"{tid:06x}", 1000) for tid, _ in threads]
    ticks = [Ticked(99.0, tid, f"{tid:06x}", 1) for tid, _ in threads]
    figure = draw(picture(ThreadsNamed(0.0, threads), *began, *ticks))
    figure.draw_without_rendering()
    inside = figure.get_tightbbox()  # in inches
    width, height = figure.get_size_inches()
    assert inside.x0 >= 0
    assert inside.y0 >= 0
    assert inside.x1 <= width
    assert inside.y1 <= height
    lanes = next(axes for axes in figure.axes if axes.get_legend() is not None)
    legend = lanes.get_legend()
    assert legend is not None
    assert not legend.get_window_extent().overlaps(lanes.xaxis.label.get_window_extent())
    others = [text for axes in figure.axes if axes is not lanes for text in axes.texts]
    assert [
        text for text in others if legend.get_window_extent().overlaps(text.get_window_extent())
    ] == []


def test_words_need_no_matplotlib() -> None:
    code = (
        "import sys, lab_helpers.figures.words, lab_helpers.figures;"
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="draw_nothing"):
        _ = figures.draw_nothing


TRACED: tuple[Event, ...] = (
    SeeingChanged(89.0, on=True, why="somebody looks"),
    *(VmCreated(90.0, tid) for tid in (MAIN, WORKER_0, WORKER_1)),
    NAMES,
    *(
        Crossing(time, WORKER_0, step, function, arguments, result)
        for time, step, function, arguments, result in (
            (97.0, Step.ENTERED, "proxy_on_tick", (1,), None),
            (97.0, Step.CALLED, "proxy_http_call", (), None),
            (97.0, Step.ANSWERED, "proxy_http_call", (), 0),
            (97.0, Step.LEFT, "proxy_on_tick", (), None),
            (97.5, Step.ENTERED, "proxy_on_http_call_response", (1, 4, 3, 0, 0), None),
            (97.5, Step.LEFT, "proxy_on_http_call_response", (), None),
        )
    ),
    RequestAnswered(98.0, "worker_0", 200, (("x-other", "this"), ("date", "now")), 1.5),
)


def test_a_filter_that_says_nothing_is_drawn_and_said_from_its_crossings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")
    shown = picture(*TRACED)
    assert describe_lanes(shown) == (
        "3 lanes, one for each thread, over the last 6 seconds."
        " Ticks in that time: worker_0 1, worker_1 0, main 0."
        " 1 callout was answered, status not seen."
        " Counted from Envoy's trace of the crossings."
    )
    words = describe_dashboard(shown)
    assert "1 callout was answered, and whether they hold a token is not seen." in words
    assert "What else crossed: VM starts 3, callouts sent 1; none: requests" in words
    assert "none of these responses carries an x-auth" in words
    svg = texts(draw_dashboard(shown))
    for said in ("reply, status not seen", "not told", "1 answered", "not seen", "no timer"):
        assert said in svg
    assert "What else crossed between Envoy and the filter" in svg
    assert "x-other: this" in svg


def test_what_is_not_whole_stands_in_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")
    off = SeeingChanged(99.0, on=False, why="the log was read 3.0 s late")
    svg = texts(draw_lanes(picture(*TRACED, off)))
    assert "the log was read 3.0 s late" in svg
    assert "not seen now" in svg


def test_the_tables_of_what_crossed_keep_to_their_cells() -> None:
    many = [
        Crossing(98.0, WORKER_0, Step.ENTERED, "proxy_on_request_headers", (7,)),
        *(
            Crossing(98.0, WORKER_0, step, function, (), None if step is Step.CALLED else 0)
            for function in (
                "proxy_add_header_map_value",
                "proxy_set_buffer_bytes",
                "proxy_send_local_response",
                "proxy_increment_metric",
                "proxy_set_shared_data",
                "proxy_enqueue_shared_queue",
                "proxy_log",
            )
            for step in (Step.CALLED, Step.ANSWERED)
        ),
    ]
    figure = draw_dashboard(picture(*TRACED, *many))
    figure.draw_without_rendering()
    headings = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "queue\nmessages" in headings
    assert no_overlap(figure, skip=2) == []


def test_times_of_day_are_told_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    verdicts = {"worker_0": Verdict(valid=True, reason="", claims={"iat": 3600, "exp": 3661})}
    svg = texts(draw_headers(picture(*RUN), verdicts))
    for said in ("iat (UTC)", "01:00:00", "exp (UTC)", "01:01:01"):
        assert said in svg


def test_a_lanes_label_says_how_long_its_dotted_line_is() -> None:
    axes = draw_lanes(picture(*RUN)).axes[0]
    lines = [each for each in axes.collections if isinstance(each, LineCollection)]
    gaps = [each for each in lines if each.get_zorder() == 0]  # below all that is a mark
    lengths = [-each.get_segments()[0][0][0] for each in gaps]
    said = [text.get_text() for text in axes.texts if " ago" in text.get_text()]
    assert [float(text.split(" s")[0]) for text in said] == pytest.approx(lengths)
    assert lengths == pytest.approx([3.0, 2.0, 1.0])
