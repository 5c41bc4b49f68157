"""What the page of functions says of Envoy is what Envoy does."""

from __future__ import annotations

import json
from pathlib import Path

from lab_helpers.functions.known import measured_file
from lab_helpers.functions.measured import ENDED
from lab_helpers.toolchain.envoy_binary import find_envoy
from tests.measured_calls import measure

# One of those that end Envoy is tried here; all of them, where the page is made.
ONE_THAT_ENDS_IT = ("OnHttpRequestHeaders", "ResumeHttpResponse")


def test_envoy_takes_and_refuses_each_call_where_the_page_says(tmp_path: Path) -> None:
    page = json.loads(measured_file().read_text(encoding="utf-8"))
    kept = page["calls"]
    assert page["envoy"] == find_envoy().version
    ends = {
        (place, name)
        for name, said in kept.items()
        for place, words in said.items()
        if words == ENDED
    }
    assert ONE_THAT_ENDS_IT in ends
    left_out = ends - {ONE_THAT_ENDS_IT}
    measured = measure(tmp_path, left_out, last=ONE_THAT_ENDS_IT)
    for place, name in left_out:
        measured[name][place] = ENDED
    assert measured == kept
