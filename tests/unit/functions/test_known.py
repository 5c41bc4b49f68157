"""What the list of functions has, what is found in it, and that it is the SDK's."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lab_helpers.folders import repository_folder
from lab_helpers.functions import Function, known_functions
from lab_helpers.functions.known import list_file
from lab_helpers.functions.making import list_text, page_file, page_text
from lab_helpers.functions.measured import ENDED, TAKEN, Measured
from lab_helpers.functions.page import functions_page
from lab_helpers.go_helper import read_signatures

MAKE = "run `python -m lab_helpers.functions.making`, and commit what it writes"


def one(name: str) -> Function:
    (found,) = [one for one in known_functions().callable() if one.name == name]
    return found


def test_the_list_and_the_page_are_made_of_the_sdk_that_the_lab_pins() -> None:
    assert list_file().read_text("utf-8") == list_text(), MAKE
    assert page_file().read_text("utf-8") == page_text(), MAKE
    assert known_functions().version in Path("filter/go.mod").read_text("utf-8")


def test_the_page_has_each_callback_and_each_call_with_its_go() -> None:
    page = "\n\n".join(functions_page(known_functions()))
    known = read_signatures()
    assert len(known.calls) + len(known.callbacks) > 100
    for wanted in (*known.calls, *known.callbacks):
        assert f"### {wanted.name}\n\n```go\n{wanted.go}\n```" in page
    for function in known_functions().all:
        valued = function.package == "types" and function.kind in ("constant", "variable")
        assert not valued or f"- `types.{function.name}`: " in page


def test_who_uses_a_function_is_read_from_the_syntax_tree() -> None:
    """Nobody is said to use it who does not, and each who does is named."""
    for name in ("SetSharedData", "SendHttpResponse", "ResumeHttpRequest"):
        files = sorted(
            file.relative_to("filter").as_posix()
            for file in Path("filter").glob("*/*.go")
            if f"proxywasm.{name}(" in file.read_text("utf-8")
            and not file.name.endswith("_test.go")
        )
        assert files
        assert list(one(name).files) == files
    # A method of the SDK's type, and a callback that only embedding brings.
    assert "gate/counters.go" in one("Increment").files
    assert one("OnPluginDone").files == ()
    assert "02_write_the_filter.ipynb" in one("DispatchHttpCall").lessons


def test_a_search_begins_with_names_and_takes_any_case_and_several_words() -> None:
    known = known_functions()
    found = [one.name for one in known.about("HEADER")]
    named = [name for name in found if "header" in name.lower()]
    assert found[: len(named)] == named
    assert len(found) > len(named) > 10
    both = known.about("request trailer")
    assert {"OnHttpRequestTrailers", "GetHttpRequestTrailer"} <= {one.name for one in both}
    assert known.about("proxywasm.LogWarn")[0].name == "LogWarn"
    assert known.about("MetricCounter.Increment")[0].name == "Increment"
    assert known.about("") == known.callable()
    assert known.about("no such word anywhere") == ()


def test_the_sdks_sentences_on_the_place_are_told_apart() -> None:
    assert one("GetHttpCallResponseBody").where == (
        'Only available during "callback" function passed to the DispatchHttpCall.'
    )
    assert "https" not in one("GetHttpRequestHeader").words
    assert one("LogInfo").where == ""
    without = [
        one.name
        for one in known_functions().callable()
        if one.kind == "call" and one.measured and not one.doc
    ]
    assert without == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"OnTick": TAKEN, "callout": TAKEN}, "Envoy takes it in each callback that was tried."),
        (
            {"OnVMStart": "not found", "OnTick": "bad argument", "callout": TAKEN},
            (
                "Envoy takes it in the function that gets a callout's answer."
                ' Elsewhere it answers "not found" or "bad argument".'
            ),
        ),
        (
            {"OnVMStart": TAKEN, "OnTick": TAKEN, "OnHttpStreamDone": ENDED},
            "The whole Envoy ends after it in `OnHttpStreamDone`. Elsewhere Envoy takes it.",
        ),
        ({"OnVMStart": "empty", "OnTick": "empty"}, 'Envoy answers "empty" wherever it was tried.'),
        (
            {"OnVMStart": TAKEN, "OnTick": TAKEN, "callout": "empty"},
            (
                'In the function that gets a callout\'s answer it answers "empty".'
                " Elsewhere Envoy takes it."
            ),
        ),
        (
            {"A": TAKEN, "B": TAKEN, "C": TAKEN, "D": "empty", "E": ENDED},
            (
                "The whole Envoy ends after it in `E`."
                ' In `D` it answers "empty". Elsewhere Envoy takes it.'
            ),
        ),
    ],
)
def test_what_was_measured_is_said_in_words(said: dict[str, str], words: str) -> None:
    assert Measured(said).words == words


def test_each_call_whose_place_matters_was_measured() -> None:
    """The SDK names a place for it that a request comes by, or the start: so it was tried."""
    places = re.compile(r"types\.(?:HttpContext|PluginContext\.On)|DispatchHttpCall")
    unmeasured = [
        one.name
        for one in known_functions().callable()
        if one.kind == "call" and places.search(one.where) and one.measured is None
    ]
    assert unmeasured == []


def test_the_page_is_a_notebook_without_outputs() -> None:
    page = json.loads((repository_folder() / "notebooks" / "functions.ipynb").read_text("utf-8"))
    assert {cell["cell_type"] for cell in page["cells"]} == {"markdown"}
    assert "".join(page["cells"][0]["source"]).startswith("# Functions\n")


def test_a_function_is_written_as_in_go() -> None:
    assert one("OnTick").go == "(PluginContext) OnTick()"
    assert one("LogWarn").go == "proxywasm.LogWarn(msg string)"
    pause = next(one for one in known_functions().all if one.name == "ActionPause")
    assert pause.go == "types.ActionPause types.Action"
