"""`show_calls` with a word: which callbacks and calls the SDK has for it."""

from __future__ import annotations

import pytest

from lab_helpers import Envoy, show_calls
from lab_helpers.errors import ConfigurationError
from lab_helpers.functions import known_functions


def names(text: str) -> list[str]:
    return [row[0] for row in show_calls(text).rows]


def test_a_word_shows_a_table_with_where_each_is_taken_and_who_uses_it() -> None:
    table = show_calls("header")
    assert table.title.startswith(f"{len(table.rows)} callbacks and calls about 'header'")
    row = next(row for row in table.rows if row[0] == "GetHttpRequestHeader")
    assert "Only available during types.HttpContext.OnHttpRequestHeaders" in row[1]
    assert "Measured in Envoy 1." in row[1]
    assert row[1].splitlines()[-1].startswith("Used in: filter/crash")
    bundle = table._repr_mimebundle_()
    assert (
        "<code>proxywasm.GetHttpRequestHeader(key string) (string, error)</code>"
        in (bundle["text/html"])
    )
    assert "proxywasm.GetHttpRequestHeader(key string) (string, error)" in bundle["text/plain"]


def test_two_words_and_none() -> None:
    assert set(names("shared queue")) > {"EnqueueSharedQueue", "RegisterSharedQueue"}
    assert len(names("")) == len(known_functions().callable())


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("OnTik", "OnTick"),
        ("hedaer", "Header"),
        ("repsonse body", "OnHttpResponseBody"),
        ("Shraed", "Shared"),
    ],
)
def test_what_is_not_found_leads_to_what_is(text: str, instead: str) -> None:
    table = show_calls(text)
    assert table.rows == []
    assert f'show_calls("{instead}")' in table.notes[0]
    assert names(instead)


def test_nothing_near_leads_to_a_word_that_works() -> None:
    assert 'show_calls("header")' in show_calls("zzzzzz").notes[0]


def test_a_period_is_for_an_envoy() -> None:
    with pytest.raises(ConfigurationError, match="a word has no period") as caught:
        show_calls("header", period_s=1.0)  # type: ignore[call-overload]
    assert "show_calls('header')" in str(caught.value)
    assert show_calls(Envoy(workers=1), period_s=1.0).period_s == 1.0
    with pytest.raises(ConfigurationError, match="what is 5"):
        show_calls(5)  # type: ignore[call-overload]
