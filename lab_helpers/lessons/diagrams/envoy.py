"""Envoy without a filter: one process, its listener, its workers, its cluster, its admin port."""

from __future__ import annotations

from lab_helpers.lessons.diagrams.drawing import Diagram, arrow, box, label

__all__ = ["envoy_alone"]


def envoy_alone() -> Diagram:
    """Draw what is inside an Envoy that passes requests on."""
    shapes = [
        box(10, 70, 90, 110, "clients"),
        box(170, 20, 450, 260),
        label(182, 40, "Envoy: one process", anchor="start", bold=True),
        box(190, 70, 110, 110, "listener\na port that\nis served"),
        box(350, 56, 250, 60, "worker_0 (a thread)\nroute → cluster"),
        box(350, 134, 250, 60, "worker_1 (a thread)\nroute → cluster"),
        box(350, 212, 250, 50, "main (a thread)\nadmin port, configuration", dashed=True),
        box(690, 70, 110, 110, "upstream\na server of\nthe cluster"),
        arrow(100, 125, 190, 125),
        arrow(300, 105, 350, 86),
        arrow(300, 145, 350, 164),
        arrow(600, 86, 690, 110),
        arrow(600, 164, 690, 140),
        box(10, 212, 90, 50, "you"),
        arrow(100, 237, 350, 237, dashed=True),
        label(225, 229, "/stats, /ready", anchor="middle"),
        label(655, 52, "requests\ngo on"),
        label(135, 116, "requests"),
    ]
    words = (
        "Envoy is one process. Clients connect to a listener, a port that Envoy serves. Each"
        " connection is handed to one worker thread, here worker_0 or worker_1. The worker reads"
        " the request, looks its route up, and sends it on to an upstream server of the route's"
        " cluster. A further thread, main, serves no clients: it keeps the configuration and"
        " answers on the admin port, where you can ask for counters."
    )
    return Diagram("Inside Envoy", words, 810, 292, shapes)
