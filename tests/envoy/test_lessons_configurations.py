"""A configuration of the learner's own: one part replaced, the real Envoy's word on it marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.envoy import Envoy
from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.configurations import (
    save_configuration,
    show_configuration,
    start_configuration,
)
from lab_helpers.lessons.cells.source import Source
from lab_helpers.lessons.checks.configurations import own_configuration
from lab_helpers.lessons.shown.page import Note

ROUTES = """- match: {path: /health}
  direct_response: {status: 200}
- match: {prefix: /}
  route: {cluster: my_custom_svc}
"""
BARE = repository_folder() / "envoy" / "bare.yaml"


@pytest.fixture
def mine(work: Path) -> Path:
    start_configuration("mine.yaml", like="bare.yaml")
    return work / "envoy" / "mine.yaml"


def test_a_part_is_shown_without_its_indentation_and_with_the_files_numbers(work: Path) -> None:
    part = show_configuration("bare.yaml", "routes")
    whole = BARE.read_text("utf-8").splitlines()
    assert part.language == "yaml"
    assert part.lines[-1] == "  route: {cluster: my_custom_svc}"
    for number, line in enumerate(part.lines, start=part.first):
        assert whole[number - 1] == " " * 24 + line
    assert show_configuration("bare.yaml").lines == whole


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("{status: 200}", "200", 2, "unexpected character: '2'; expected '{'"),
        ("{path: /health}", "{path: [/health]}", 1, "unexpected character: '['"),
        ("status: 200", "status: ok", 2, "invalid number: 'ok'"),
    ],
)
def test_a_value_that_envoy_cannot_read_is_marked(
    mine: Path, old: str, new: str, line: int, told: str
) -> None:
    refused = save_configuration("mine.yaml routes", ROUTES.replace(old, new))
    assert isinstance(refused, Source)
    assert list(refused.problems) == [line]
    assert told in refused.problems[line]


def test_what_cannot_be_shown_is_said_with_what_can(work: Path) -> None:
    with pytest.raises(ConfigurationError, match="no configuration 'bear") as caught:
        show_configuration("bear.yaml")
    assert "bare.yaml" in caught.value.hint
    with pytest.raises(ConfigurationError, match=r"no part .* 'route'") as caught:
        show_configuration("bare.yaml", "route")
    assert "routes" in caught.value.hint


def test_it_begins_as_a_copy_and_every_former_one_is_kept(work: Path, mine: Path) -> None:
    assert mine.read_bytes() == BARE.read_bytes()
    assert "kept" not in start_configuration("mine.yaml", like="bare.yaml", anew=True).text
    for number, text in enumerate(("one: 1\n", "two: 2\n"), start=1):
        mine.write_text(text, encoding="utf-8")
        begun = start_configuration("mine.yaml", like="bare.yaml", anew=True)
        assert f"mine.yaml.before-{number}`" in begun.text
    assert mine.read_bytes() == BARE.read_bytes()
    kept = [(mine.parent / f"mine.yaml.before-{number}").read_text("utf-8") for number in (1, 2)]
    assert kept == ["one: 1\n", "two: 2\n"]


def test_one_that_is_there_stays_as_it_is_until_it_is_to_begin_anew(mine: Path) -> None:
    mine.write_text("one: 1\n", encoding="utf-8")
    assert "stays as it is" in start_configuration("mine.yaml", like="bare.yaml").text
    assert mine.read_text("utf-8") == "one: 1\n"


def test_one_of_ones_own_is_copied_but_not_onto_itself(mine: Path) -> None:
    mine.write_text("one: 1\n", encoding="utf-8")
    assert "begins as your mine.yaml" in start_configuration("second.yaml", like="mine.yaml").text
    assert mine.with_name("second.yaml").read_text("utf-8") == "one: 1\n"
    with pytest.raises(ConfigurationError, match="copy of itself"):
        start_configuration("mine.yaml", like="mine.yaml", anew=True)


@pytest.mark.parametrize("name", ["bare.yaml", "Mine.yaml", "mine", "../mine.yaml", "mine.yml"])
def test_a_name_that_cannot_be_ones_own_is_refused(work: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be called") as caught:
        start_configuration(name)
    assert "mine.yaml" in caught.value.hint
    assert not list(work.rglob("*.yaml"))


def test_one_that_the_lab_has_not_cannot_be_copied(work: Path) -> None:
    with pytest.raises(ConfigurationError, match="no configuration 'bear") as caught:
        start_configuration("mine.yaml", like="bear.yaml")
    assert "bare.yaml" in caught.value.hint


def test_only_the_part_is_replaced_and_its_marks_stay(mine: Path) -> None:
    before = mine.read_text("utf-8")
    for text in (ROUTES, f"\n    {ROUTES.replace(chr(10), chr(10) + '    ').rstrip()}\n\n"):
        note = save_configuration("mine.yaml routes", text)
        assert isinstance(note, Note)
        assert note.text == "✓ saved as the part routes of `mine.yaml`; Envoy takes it"
        start, _, rest = before.partition("# lesson: routes\n")
        end = rest[rest.index(" " * 24 + "# lesson: end") :]
        indented = "".join(f"{' ' * 24}{line}\n" for line in ROUTES.splitlines())
        assert mine.read_text("utf-8") == f"{start}# lesson: routes\n{indented}{end}"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("status: 200", "statuss: 200", 2, "no such field: 'statuss'"),
        ("my_custom_svc}", "another_svc}", 4, "unknown cluster 'another_svc'"),
        ("prefix: /}", "prefix: /", None, "is not valid YAML"),
        ("  route:", "\troute:", 4, "cannot start any token"),
    ],
    ids=["a field", "a cluster", "a bracket", "a tab"],
)
def test_what_is_refused_is_marked_on_its_line(
    mine: Path, old: str, new: str, line: int | None, words: str
) -> None:
    assert old in ROUTES
    shown = save_configuration("mine.yaml routes", ROUTES.replace(old, new))
    assert new in mine.read_text("utf-8").replace(" " * 24, "") or "\t" in new
    assert isinstance(shown, Source)
    assert words in shown.text
    assert "mine.yaml is saved, but " in shown.title
    assert "Try: " in shown.title
    assert len(shown.problems) == 1
    if line is not None:
        assert list(shown.problems) == [line]


@pytest.mark.parametrize(
    ("old", "new", "line", "hint"),
    [
        ("match: {path: /health}", "match: {path:/health}", 1, "a space behind the colon"),
        ("status: 200", "status:200", 2, "a space behind the colon"),
        ("status: 200", "status = 200", 2, "a colon and a space in place of ="),
        (": {status: 200}", " = 200", 2, "in place of =: `direct_response: 200`"),
    ],
)
def test_a_colon_that_yaml_does_not_see_is_marked_and_said(
    mine: Path, old: str, new: str, line: int, hint: str
) -> None:
    assert old in ROUTES
    shown = save_configuration("mine.yaml routes", ROUTES.replace(old, new))
    assert isinstance(shown, Source)
    assert list(shown.problems) == [line]
    assert hint in shown.title


def test_of_a_field_envoys_words_are_quoted_without_the_document(mine: Path) -> None:
    save_configuration("mine.yaml routes", ROUTES.replace("path: /health", "pth: /health"))
    with pytest.raises(ConfigurationError) as caught:
        Envoy(configuration=str(mine)).validate()
    assert caught.value.quote.endswith("routes[0].match: no such field: 'pth'")
    assert caught.value.quote.startswith("@ static_resources.")
    assert "near" not in caught.value.quote


def test_a_duration_is_still_known_as_one(mine: Path) -> None:
    cluster = "\n".join(show_configuration("bare.yaml", "cluster").lines)
    shown = save_configuration("mine.yaml cluster", cluster.replace("1s", "1"))
    assert isinstance(shown, Source)
    assert "write seconds as a number with an s behind it" in shown.title


def test_a_check_names_the_line_of_the_cell(mine: Path) -> None:
    save_configuration("mine.yaml routes", ROUTES.replace(": {status: 200}", " = 200"))
    with pytest.raises(ConfigurationError) as caught:
        own_configuration("mine.yaml")
    said = "in line 3 of the cell `%%envoy mine.yaml routes`: `direct_response = 200`"
    assert said in caught.value.what


def test_a_refusal_that_names_no_line_is_quoted_in_full(mine: Path) -> None:
    text = "- name: my_custom_svc\n  type: EDS\n"
    note = save_configuration("mine.yaml cluster", text)
    assert isinstance(note, Note)
    assert "saved in `mine.yaml`, but it does not hold" in note.text
    assert "EDS" in note.text


def test_a_cluster_that_other_lines_still_lead_to_is_marked_with_the_first_of_them(
    mine: Path,
) -> None:
    shown = save_configuration("mine.yaml cluster", "- name: other\n  type: STATIC\n")
    assert isinstance(shown, Source)
    lines = mine.read_text("utf-8").splitlines()
    leading = next(n for n, line in enumerate(lines, start=1) if "route: {cluster:" in line)
    assert list(shown.problems) == [1]
    assert f"line {leading} still leads to 'my_custom_svc'" in shown.problems[1]


def test_each_line_that_leads_to_a_cluster_that_is_not_there_is_marked(mine: Path) -> None:
    twice = ROUTES.replace("direct_response: {status: 200}", "route: {cluster: another_svc}")
    shown = save_configuration("mine.yaml routes", twice.replace("my_custom_svc", "another_svc"))
    assert isinstance(shown, Source)
    assert shown.problems == dict.fromkeys((2, 4), "Envoy says: unknown cluster 'another_svc'")


def test_a_word_that_stands_twice_marks_neither_line(mine: Path) -> None:
    twice = ROUTES.replace("direct_response:", "directresponse:").replace(
        "  route:", "  directresponse: {}\n  route:"
    )
    note = save_configuration("mine.yaml routes", twice)
    assert isinstance(note, Note)
    assert "no such field: 'directresponse'" in note.text


def test_a_part_that_was_edited_outside_is_kept_and_other_parts_are_nobodys_loss(
    mine: Path,
) -> None:
    save_configuration("mine.yaml routes", ROUTES)
    by_hand = mine.read_text("utf-8").replace("status: 200", "status: 204").replace("1s", "2s")
    mine.write_text(by_hand, "utf-8")
    note = save_configuration("mine.yaml routes", ROUTES)
    assert "you had edited this part outside; that is in `mine.yaml.edited-1`" in note.text
    assert (mine.parent / "mine.yaml.edited-1").read_text("utf-8") == by_hand
    assert "connect_timeout: 2s" in mine.read_text("utf-8")
    assert "edited" not in save_configuration("mine.yaml routes", ROUTES + "\n").text
    # The timeout is in another part: its own cell would overwrite it, so that is where it is told.
    cluster = "\n".join(show_configuration("bare.yaml", "cluster").lines)
    assert "mine.yaml.edited-2" in save_configuration("mine.yaml cluster", cluster).text


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("", "is no place for YAML"),
        ("mine.yaml", "is no place for YAML"),
        ("../mine.yaml routes", "is no place for YAML"),
        ("yours.yaml routes", r"no yours\.yaml of your own yet"),
        ("bare.yaml routes", r"no bare\.yaml of your own yet"),
        ("mine.yaml roots", "no part .* 'roots'"),
    ],
)
def test_a_place_that_is_none_is_refused_and_nothing_is_written(
    mine: Path, place: str, words: str
) -> None:
    before = {file: file.read_bytes() for file in mine.parent.iterdir()}
    with pytest.raises(ConfigurationError, match=words) as caught:
        save_configuration(place, ROUTES)
    assert caught.value.hint
    assert {file: file.read_bytes() for file in mine.parent.iterdir()} == before
    assert mine in before


@pytest.mark.parametrize(
    ("place", "others", "hint"),
    [
        ("bare.yaml routes", (), "did you mean mine.yaml? Let the first line be: %%envoy mine"),
        ("mime.yaml routes", (), "did you mean mine.yaml? Let the first line be: %%envoy mine"),
        ("envoy.yaml routes", ("first.yaml",), "one of your own: first.yaml, mine.yaml"),
        ("frist.yaml routes", ("first.yaml",), "did you mean first.yaml?"),
        ("first.yaml routes", (), "the lesson's cell that makes it"),
    ],
)
def test_a_configuration_that_is_not_there_is_told_with_the_one_that_may_be_meant(
    mine: Path, place: str, others: tuple[str, ...], hint: str
) -> None:
    assert mine.is_file()
    for other in others:
        start_configuration(other, like="bare.yaml")
    with pytest.raises(ConfigurationError, match="of your own yet") as caught:
        save_configuration(place, ROUTES)
    assert hint in caught.value.hint


def test_a_part_whose_end_was_removed_is_said(mine: Path) -> None:
    text = mine.read_text("utf-8")
    mine.write_text(text[: text.rindex("    # lesson: end")], "utf-8")
    with pytest.raises(ConfigurationError, match=r"'cluster' of mine\.yaml has no end"):
        save_configuration("mine.yaml cluster", "- name: x\n")


def test_a_file_that_no_cell_saved_is_kept_before_a_part_is_replaced(mine: Path) -> None:
    by_hand = mine.read_text("utf-8").replace("timeout: 1s", "timeout: 3s")
    own = mine.with_name("other.yaml")
    own.write_text(by_hand, "utf-8")
    cluster = "\n".join(show_configuration("bare.yaml", "cluster").lines)
    assert "other.yaml.edited-1" in save_configuration("other.yaml cluster", cluster).text
    assert own.with_name("other.yaml.edited-1").read_text("utf-8") == by_hand
    # What the cell saved is known from here on; the other parts are still another hand's.
    assert "edited" not in save_configuration("other.yaml cluster", f"{cluster}\n").text
    assert "other.yaml.edited-2" in save_configuration("other.yaml routes", ROUTES).text


def test_a_file_that_is_no_text_is_left_alone(mine: Path) -> None:
    mine.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="is no text in UTF-8") as caught:
        save_configuration("mine.yaml routes", ROUTES)
    assert 'start_configuration("mine.yaml", anew=True)' in caught.value.hint
    assert mine.read_bytes() == b"\xff\xfe"
