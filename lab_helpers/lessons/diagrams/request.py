"""The life of a request: from the client through Envoy to the upstream, and back."""

from __future__ import annotations

from lab_helpers.lessons.diagrams.drawing import Diagram, arrow, box, label

__all__ = ["life_of_a_request"]


def life_of_a_request() -> Diagram:
    """Draw a request's way through the filters, and the response's way back."""
    shapes = [
        box(10, 60, 90, 130, "client"),
        box(180, 20, 420, 210),
        label(192, 40, "Envoy: one worker thread", anchor="start", bold=True),
        box(195, 60, 100, 130, "listener\nmakes HTTP\nof bytes"),
        box(335, 60, 110, 130, "your filter\nin a Wasm VM"),
        box(485, 60, 100, 130, "router\nsends it to\nthe cluster"),
        box(680, 60, 100, 130, "upstream\na server of\nthe cluster"),
    ]
    stops = (100, 195, 295, 335, 445, 485, 585, 680)
    for begin, end in zip(stops[::2], stops[1::2], strict=True):
        shapes += [arrow(begin, 134, end, 134), arrow(end, 172, begin, 172, dashed=True)]
    shapes += [
        label(140, 126, "request"),
        label(640, 190, "response"),
        label(390, 216, "Envoy calls into the filter on both ways"),
        label(390, 252, "there: OnHttpRequestHeaders · back: OnHttpResponseHeaders"),
    ]
    words = (
        "A request goes from the client to a listener of Envoy, through your filter and the router"
        " to an upstream server. The response comes back the other way: upstream, router, your"
        " filter, client. Envoy calls OnHttpRequestHeaders in the filter on the way there, and"
        " OnHttpResponseHeaders on the way back. One worker thread does all of it."
    )
    return Diagram("The life of a request", words, 790, 265, shapes)
