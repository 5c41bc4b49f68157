"""Arguments of a wrong type are refused at the door of every public call, in the lab's words."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

import lab_helpers
from lab_helpers.arguments import Port, Seconds, Span, checked
from lab_helpers.errors import ConfigurationError


@checked
def call(  # noqa: PLR0913  # one for each form
    *names: str,
    number: int = 1,
    share: float = 0.5,
    on: bool = True,
    port: Port = 0,
    wait: Seconds = 1.0,
    minutes: Span = 1.0,
    place: Path | str | None = None,
    way: Literal["a", "b"] = "a",
    fields: Mapping[str, object] | None = None,
    hosts: Sequence[str] = (),
    pairs: Sequence[tuple[str, str]] = (),
    do: Callable[[int], object] | None = None,
    **more: int,
) -> str:
    """Take one of each."""
    others = (wait, minutes, place, way, fields, hosts, pairs, do, more)
    return f"{names}{number}{share}{on}{port}{others}"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("number", "10000"),
        ("number", True),
        ("number", 1.5),
        ("number", None),
        ("share", "0.5"),
        ("share", False),
        ("on", 1),
        ("on", None),
        ("port", -1),
        ("port", 70_000),
        ("port", 80.0),
        ("wait", -0.1),
        ("wait", math.nan),
        ("wait", math.inf),
        ("minutes", 0),
        ("place", b"x"),
        ("place", 5),
        ("way", "c"),
        ("way", None),
        ("fields", ["a"]),
        ("fields", {1: "a"}),
        ("hosts", "127.0.0.1"),
        ("hosts", [1]),
        ("hosts", None),
        ("pairs", [("a",)]),
        ("pairs", [("a", 1)]),
        ("do", "print"),
        ("other", "1"),
        ("other", True),
    ],
)
def test_what_does_not_fit_is_refused(option: str, value: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        call(**{option: value})  # type: ignore[arg-type]  # as the test says
    assert repr(value)[:20] in caught.value.what
    assert caught.value.hint


def test_what_fits_is_handed_on() -> None:
    said = call(
        "x",
        number=2,
        share=1,
        on=False,
        port=65_535,
        wait=0,
        place=Path("p"),
        way="b",
        fields={"a": None},
        hosts=["h"],
        pairs=(("a", "b"),),
        do=print,
        other=3,
    )
    assert said.startswith("('x',)21False65535")


def test_a_name_that_is_misspelt_is_told_the_right_one() -> None:
    @checked
    def asked(worker: str, path: str = "/") -> None: ...

    with pytest.raises(ConfigurationError, match="asked\\(\\) is not called so") as caught:
        asked("w", paht="/x")  # type: ignore[call-arg]  # as a person does
    assert caught.value.hint == "did you mean path=…?"
    with pytest.raises(ConfigurationError) as caught:
        asked()  # type: ignore[call-arg]
    assert caught.value.hint == "it takes: worker, path"


def test_what_has_to_be_named_is_told_with_its_name() -> None:
    @checked
    def asked(worker: str, *steps: str, path: str = "/") -> None: ...

    with pytest.raises(ConfigurationError) as caught:
        asked(path="/x")  # type: ignore[call-arg]  # as a person does
    assert caught.value.hint == "it takes: worker, *steps, path=…"


class Strange:
    """Of no type that anything here wants."""


# What is made by the lab and not by a person, and what takes whatever it is given.
RESULTS = ("Answer", "Journey", "Module")


def public_calls() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield each public function, and each method and constructor of our own of a public class."""
    for name in lab_helpers.__all__:
        public = getattr(lab_helpers, name)
        if not inspect.isclass(public):
            yield name, public
            continue
        if issubclass(public, BaseException | str):
            continue
        ours = [each for each in public.__mro__ if each.__module__.startswith("lab_helpers")]
        for method in sorted({method for each in ours for method in vars(each)}):
            made = method == "__init__" and name in RESULTS
            found = getattr(public, method)
            if made or not inspect.isroutine(found):
                continue
            if method == "__init__" or not method.startswith("_"):
                yield f"{name}.{method}", found


def wanting() -> Iterator[Any]:
    """Yield each parameter of a public call that a value of a strange type does not fit."""
    for name, found in public_calls():
        for parameter in inspect.signature(found).parameters.values():
            takes_all = str(parameter.annotation) in ("object", "Any")
            if parameter.name != "self" and not takes_all:
                yield pytest.param(found, parameter, id=f"{name}-{parameter.name}")


@pytest.mark.parametrize(("found", "parameter"), [*wanting()])
def test_each_public_call_refuses_what_is_of_another_type(
    found: Callable[..., Any], parameter: inspect.Parameter
) -> None:
    """Before it does anything else: the other arguments are not even there."""
    values: list[Any] = []
    for one in inspect.signature(found).parameters.values():
        if one == parameter and one.kind <= inspect.Parameter.VAR_POSITIONAL:
            values.append(Strange())
        elif one.kind <= inspect.Parameter.POSITIONAL_OR_KEYWORD and one.default is one.empty:
            values.append(fitting(str(one.annotation)))
    name = "else" if parameter.kind is inspect.Parameter.VAR_KEYWORD else parameter.name
    options = {} if parameter.kind <= inspect.Parameter.VAR_POSITIONAL else {name: Strange()}
    with pytest.raises(ConfigurationError, match=r"Strange object"):
        found(*values, **options)


def fitting(annotation: str) -> object:
    """Return a value for an argument that comes before the one that does not fit."""
    if "Callable" in annotation:
        return print
    if "Mapping" in annotation:
        return {}
    return "x" if "str" in annotation else Strange()
