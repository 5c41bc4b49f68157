"""The life of a token: asked for by a timer, kept in the VM, sent with every response."""

from __future__ import annotations

from lab_helpers.lessons.diagrams.drawing import Diagram, arrow, label, line

__all__ = ["life_of_a_token"]

_TOP = 58
_BOTTOM = 392
_VM, _ENVOY, _SERVICE, _CLIENT = 170, 410, 590, 730
# Nothing is asked of the service below this, and a line would cross what the client gets.
_SERVICE_ENDS = 245


def life_of_a_token() -> Diagram:
    """Draw who says what to whom, from the top down, from one tick to the next."""
    shapes = []
    for x, bottom, name in (
        (_VM, _BOTTOM, "the filter\nin one VM"),
        (_ENVOY, _BOTTOM, "Envoy\n(that thread)"),
        (_SERVICE, _SERVICE_ENDS, "JWT service"),
        (_CLIENT, _BOTTOM, "client"),
    ):
        shapes += [label(x, 22, name, bold=True), line(x, _TOP, x, bottom, dashed=True)]
    for y, begin, end, text in (
        (92, _ENVOY, _VM, "OnTick: the timer fired"),
        (128, _VM, _ENVOY, "DispatchHttpCall: ask, do not wait"),
        (160, _ENVOY, _SERVICE, "GET /auth"),
        (224, _SERVICE, _ENVOY, "200, authorization: …"),
        (256, _ENVOY, _VM, "callback: keep the token"),
        (306, _ENVOY, _VM, "OnHttpResponseHeaders"),
        (338, _VM, _ENVOY, "x-auth: the token kept"),
        (362, _ENVOY, _CLIENT, "response with x-auth"),
    ):
        shapes += [arrow(begin, y, end, y), label((begin + end) / 2, y - 6, text)]
    shapes += [
        label(_VM - 10, 190, "meanwhile the worker\nserves other requests", anchor="end"),
        label(_VM - 10, 384, "… until the next tick", anchor="end"),
    ]
    words = (
        "Envoy calls OnTick in the filter when its timer fires. The filter calls DispatchHttpCall"
        " and returns at once: it does not wait. Envoy sends GET /auth to the JWT service, and"
        " meanwhile the worker serves other requests. The service answers 200 with an authorization"
        " header. Envoy then calls the filter's callback, which keeps the token in this VM. From"
        " now on every response that this thread serves gets the token as x-auth, until a later"
        " tick brings a newer one."
    )
    return Diagram("The life of a token", words, 790, 404, shapes)
