"""A filter is named alike wherever it is named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers import emulate, show_go, start_filter
from lab_helpers.commands.failed import is_token_filter
from lab_helpers.commands.own_configuration import own_configuration
from lab_helpers.compiling import compiler as compiling
from lab_helpers.envoy import placement
from lab_helpers.errors import ConfigurationError
from lab_helpers.filter_names import (
    filter_and_file,
    filter_names,
    own_name,
    own_place,
    source_folder,
)
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.go_cells import save_go
from lab_helpers.lessons.emulator.bench import FilterBench
from lab_helpers.lessons.exercises import trying

REPOSITORY = repository_folder()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A work folder elsewhere, with a filter of one's own; and a person who is elsewhere, too."""
    for name in ("LAB_PERSON", "JUPYTERHUB_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LAB_WORK", str(tmp_path / "elsewhere"))
    away = tmp_path / "away"
    away.mkdir()
    monkeypatch.chdir(away)
    start_filter("mine")
    return tmp_path / "elsewhere" / "filters" / "mine"


SPELLINGS: tuple[Callable[[Path], Path | str], ...] = (
    lambda _home: "mine",
    lambda _home: Path("mine"),
    lambda _home: "mine/",
    lambda _home: "work/filters/mine",
    lambda _home: "./work/filters/mine/",
    lambda _home: "filters/mine",
    str,
    lambda home: home,
    os.path.relpath,
)
LABS = ("token", "filter/token", "./filter/token/", str(REPOSITORY / "filter" / "token"))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_of_your_own_is_found_by_each_spelling(
    home: Path, spelling: Callable[[Path], Path | str]
) -> None:
    named = spelling(home)
    assert source_folder(named) == home
    assert FilterBench(named).folder == home
    assert FilterBench(named).name == "mine"
    assert own_place(f"{str(named).rstrip('/')}/tick.go") == "mine/tick.go"
    text = show_go(f"{str(named).rstrip('/')}/response.go").text
    assert "OnHttpResponseHeaders" in text


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("like", ["compile", "envoy", "try"])
def test_each_call_hands_a_spelling_to_the_one_place_that_knows(
    home: Path,
    spelling: Callable[[Path], Path | str],
    like: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The compiler is not needed to see which folder it is given."""
    asked = []

    class Found(Exception):  # noqa: N818  # it is no error
        pass

    def look(folder: Path, *_others: object, **_options: object) -> None:
        asked.append(folder)
        raise Found

    monkeypatch.setattr(compiling, "language_of", look)
    calls: dict[str, Callable[[Path | str], object]] = {
        "compile": compiling.compile_filter,
        "envoy": placement.as_modules,
        "try": trying.try_in_envoy,
    }
    with pytest.raises(Found):
        calls[like](spelling(home))
    assert asked == [home]


@pytest.mark.parametrize("named", LABS)
def test_one_of_the_labs_is_found_by_each_spelling(named: str) -> None:
    assert source_folder(named) == REPOSITORY / "filter" / "token"
    assert is_token_filter(named)
    assert own_configuration(named.replace("token", "gate")) is not None
    assert "func (plugin *pluginContext) OnTick" in show_go(named, "tick").text
    with pytest.raises(ConfigurationError, match=r"is a filter of the lab|is no place"):
        save_go(f"{named.rstrip('/')}/tick.go", "package main")


def test_the_emulator_takes_a_folder_and_says_the_filters_name(home: Path) -> None:
    for named in ("work/filters/mine", home):
        run = emulate(named, "response")
        assert run.name == "mine"
        assert run.responses


def test_go_is_saved_by_each_spelling(home: Path) -> None:
    for number, named in enumerate(("mine", "work/filters/mine", str(home))):
        save_go(f"{named}/more.go", f"package main\n\nconst number = {number}\n")
        assert f"number = {number}" in (home / "more.go").read_text("utf-8")
    save_go("work/filters/fresh/main.go", "package main\n\nfunc main() {}\n")
    assert (home.parent / "fresh" / "main.go").is_file()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_filter_is_begun_and_copied_by_each_spelling(
    home: Path, spelling: Callable[[Path], Path | str]
) -> None:
    (home / "tick.go").write_text("package main\n", encoding="utf-8")
    assert "stays as it is" in start_filter(spelling(home)).text
    assert "begins as your mine" in start_filter("work/filters/two", like=spelling(home)).text
    assert (home.parent / "two" / "tick.go").is_file()
    with pytest.raises(ConfigurationError, match="copy of itself"):
        start_filter("mine", like=spelling(home), anew=True)
    for number, named in enumerate(LABS):
        assert "begins as filter/token" in start_filter(f"copy_{number}", like=named).text
        with pytest.raises(ConfigurationError, match="cannot be called"):
            start_filter(named)


@pytest.mark.parametrize("name", ["book", "docs", "tests", "notebooks", "filters"])
def test_a_filter_may_be_called_as_some_other_folder(home: Path, name: str) -> None:
    """The repository has folders of these names, and they hold no filter."""
    start_filter(name)
    assert source_folder(name) == home.parent / name


def test_a_persons_home_has_its_sign(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert source_folder("~/elsewhere/filters/mine") == home
    assert own_place("~/elsewhere/filters/mine/tick.go") == "mine/tick.go"


def test_what_lies_here_goes_first_if_it_is_a_filter(home: Path) -> None:
    Path("mine").mkdir()
    assert source_folder("mine") == home
    shutil.copy(home / "main.go", "mine")
    assert source_folder("mine") == Path("mine").resolve()


@pytest.mark.parametrize(
    ("named", "what", "hint"),
    [
        ("mime", "There is no filter 'mime'.", 'did you mean "mine"?'),
        ("filter/tokne", "There is no filter 'filter/tokne'.", 'did you mean "token"?'),
        ("Token", "There is no filter 'Token'.", 'did you mean "token"?'),
        ("zzz", "There is no filter 'zzz'.", 'start_filter("zzz")'),
        ("", "There is no filter ''.", "mine"),
        ("   ", "There is no filter '   '.", "mine"),
        ("~nobody-here/x", "There is no filter", "token"),
        ("a" * 300, "There is no filter", "token"),
        ("mine\0", "There is no filter", "mine"),
        ("filter/token/main.go", "is a file, and not a filter", "filter/token"),
        ("made.wasm", "is a compiled module", 'Envoy("made.wasm")'),
        ("../away", "holds no source of a filter", "main.go"),
    ],
)
def test_what_is_no_filter_is_refused_with_a_way_on(named: str, what: str, hint: str) -> None:
    Path("made.wasm").write_bytes(b"\0asm")
    with pytest.raises(ConfigurationError) as caught:
        source_folder(named)
    assert what in caught.value.what
    assert hint in caught.value.hint
    if "token" in named.lower() and caught.value.hint.startswith("did you mean"):
        assert source_folder(caught.value.hint.split('"')[1]).name == "token"


def test_a_loop_of_links_is_no_filter() -> None:
    Path("round").symlink_to("round")
    with pytest.raises(ConfigurationError, match="There is no filter 'round'"):
        source_folder("round")


def test_a_place_is_a_filter_and_a_file() -> None:
    assert filter_and_file("mine/tick.go") == ("mine", "tick.go")
    assert filter_and_file("work/filters/mine/tick.go") == ("work/filters/mine", "tick.go")
    assert filter_and_file("filter/token") == ("filter/token", "")
    assert filter_and_file("token") == ("token", "")
    assert own_name("work/filters/fresh/") == own_name("fresh") == "fresh"
    assert own_name("") == ""
    assert filter_names()[:1] == ("mine",)
    assert {"token", "hello", "hello_c", "gate"} <= set(filter_names())
