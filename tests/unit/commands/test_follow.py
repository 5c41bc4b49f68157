"""What `lab follow` refuses before anybody waits for a compiler."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from lab_helpers.commands.follow import Ask, run_follow
from lab_helpers.errors import LabError


@pytest.mark.parametrize(
    ("ask", "picture", "said"),
    [
        (Ask(headers=("nothing",)), None, "is no header."),
        (Ask(headers=("bad name: x",)), None, "is no name of a header."),
        (Ask(worker="main"), None, "There is no main."),
        (Ask(worker="worker_x"), None, "There is no worker_x."),
        (Ask(path="x"), None, "is no path of a request."),
        (Ask(), "journey.txt", "A picture cannot be saved as journey.txt."),
    ],
)
def test_what_cannot_be_is_refused_first(
    monkeypatch: pytest.MonkeyPatch, ask: Ask, picture: str | None, said: str
) -> None:
    def compile_nothing(*_arguments: object, **_options: object) -> None:
        pytest.fail("it is compiled already")

    monkeypatch.setattr("lab_helpers.commands.follow.compile_telling_lines", compile_nothing)
    console = Console(file=io.StringIO())
    with pytest.raises(LabError) as caught:
        run_follow(console, "hello", ask, picture=Path(picture) if picture else None)
    assert said in caught.value.what
    assert caught.value.hint
