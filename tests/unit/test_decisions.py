"""What `docs/decisions.md` says of the tests: each that it names is there."""

from __future__ import annotations

import re

import pytest

from lab_helpers.folders import repository_folder

ROOT = repository_folder()
PAGE = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(?P<file>[\w/]+\.(?:py|go))::(?P<name>\w+)`")
# What no test notices is said at the end.
DECISIONS = PAGE.partition("## What no test of")[0].split("\n### ")[1:]


@pytest.mark.parametrize("decision", DECISIONS, ids=[each.partition("\n")[0] for each in DECISIONS])
def test_each_decision_names_tests_that_are_there(decision: str) -> None:
    named = list(NAMED.finditer(decision))
    assert named
    for match in named:
        source = (ROOT / match["file"]).read_text(encoding="utf-8")
        assert re.search(rf"^(def|func) {match['name']}\(", source, re.MULTILINE), match[0]
