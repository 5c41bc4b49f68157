"""✓ and ✗ in JupyterLab: they differ in weight and colour, and everybody can read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import JupyterServer, OpenNotebook

NOTES = """\
from lab_helpers.lessons.cells.source import Source
from lab_helpers.lessons.shown.page import Note, Table
display(
    Note([("✓", "it is so"), ("✗", "it is not"), ("·", "quoted:\\n✓ this\\n✗ that")]),
    Table("✓ valid, ✗ not", ("a", "b"), [("one", "✓ done"), ("two", "✗ missing")]),
    Source("✗ mine/tick.go does not compile", ("x := 5",), problems={1: "declared and not used"}),
)
"""
# The colour as it is painted: mixed, and over all the grounds below it.
MARKS = """() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const over = (colours) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const colour of colours) {
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
        }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const marks = document.querySelectorAll('.jp-OutputArea-output span');
    const ends = [...marks].filter((at) => !at.children.length);
    return ends.filter((at) => ['✓', '✗'].includes(at.textContent)).map((at) => {
        const grounds = [];
        for (let up = at; up; up = up.parentElement)
            grounds.unshift(getComputedStyle(up).backgroundColor);
        const style = getComputedStyle(at);
        return {
            mark: at.textContent,
            weight: Number(style.fontWeight),
            ink: over([...grounds, style.color]),
            ground: over(grounds),
        };
    });
}"""
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3


def contrast(one: list[int], other: list[int]) -> float:
    """Return the contrast of two colours, as WCAG 2.2 reckons it."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: list[int]) -> float:
    parts = [part / 255 for part in colour]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_contrast_is_reckoned_as_wcag_does() -> None:
    assert contrast([0, 0, 0], [255, 255, 255]) == pytest.approx(21)
    assert contrast([118, 118, 118], [255, 255, 255]) == pytest.approx(4.54, abs=0.01)


def test_the_marks_differ_and_are_clear_in_both_themes(
    jupyter: JupyterServer, open_notebook: Callable[[str], OpenNotebook], artifacts: Path
) -> None:
    notebook = open_notebook(jupyter.write("marks.ipynb", NOTES))
    notebook.run_all()
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        notebook.command("apputils:change-theme", {"theme": theme})
        light = str("Light" in theme).lower()
        notebook.page.locator(f'body[data-jp-theme-light="{light}"]').wait_for(state="attached")
        notebook.page.locator("#jupyterlab-splash").wait_for(state="detached")
        marks = notebook.page.evaluate(MARKS)
        notebook.page.screenshot(path=artifacts / f"marks-{theme.split()[1].lower()}.png")
        assert len(marks) == 10
        assert min(contrast(mark["ink"], mark["ground"]) for mark in marks) >= LEAST_CONTRAST
        weights = {kind: {m["weight"] for m in marks if m["mark"] == kind} for kind in "✓✗"}
        assert max(weights["✓"]) < min(weights["✗"])
        inks = {kind: {tuple(m["ink"]) for m in marks if m["mark"] == kind} for kind in "✓✗"}
        assert not inks["✓"] & inks["✗"]
        assert all(green > red for red, green, _ in inks["✓"])
        assert all(red > green for red, green, _ in inks["✗"])
