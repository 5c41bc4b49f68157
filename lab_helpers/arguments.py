"""Hold the arguments of public calls against their annotations, by one means and strictly.

A wrong argument that reaches the inside ends in a stack trace there, or in an Envoy that does
something else than was meant. `"10000"` is no number here, and neither is True. The annotations are
read at a function's first call, so that loading it costs nothing.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import difflib
import functools
import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from lab_helpers.errors import ConfigurationError

__all__ = ["Port", "Range", "Seconds", "Span", "Workers", "checked"]

_Callable = TypeVar("_Callable", bound=Callable[..., Any])


@dataclasses.dataclass(frozen=True, slots=True)
class Range:
    """From where to where a number may go.

    Attributes:
        low: The least.
        high: The most; infinity is left out.
        open_below: Whether the least itself is left out.
    """

    low: float
    high: float = math.inf
    open_below: bool = False

    def holds(self, number: float) -> bool:
        """Return whether a number is within; what is no number, or without end, is not.

        Args:
            number: The number.
        """
        above = number > self.low if self.open_below else number >= self.low
        return math.isfinite(number) and above and number <= self.high

    def __str__(self) -> str:
        if self.open_below:
            return f"more than {self.low:g}"
        return f"from {self.low:g} {'up' if self.high == math.inf else f'to {self.high:g}'}"


Port = Annotated[int, Range(0, 65_535)]
# Each is a thread with a VM of its own.
Workers = Annotated[int, Range(1, 256)]
Seconds = Annotated[float, Range(0)]
Span = Annotated[float, Range(0, open_below=True)]


def checked(call: _Callable) -> _Callable:
    """Let a function refuse arguments that are not what its annotations say.

    Args:
        call: The function, a method or a class, with an annotation for each parameter.

    Returns:
        The same, which raises a `ConfigurationError` instead of a `TypeError`.
    """
    if inspect.isclass(call):
        call.__init__ = checked(call.__init__)  # type: ignore[method-assign]  # the class's own
        return call

    @functools.wraps(call)
    def wrapper(*args: Any, **options: Any) -> Any:  # noqa: ANN401  # whatever the function has
        signature = _signature(call)
        try:
            given = signature.bind(*args, **options)
        except TypeError as error:
            raise _unfitting(call, signature, args, options, error) from error
        for name, value in given.arguments.items():
            parameter = signature.parameters[name]
            for one in _each(parameter, value):
                if not _fits(one, parameter.annotation):
                    raise _refusal(_name(call, args), parameter, one)
        return call(*args, **options)

    return typing.cast("_Callable", wrapper)


@functools.cache
def _signature(call: Callable[..., Any]) -> inspect.Signature:
    """Return a signature with its annotations read; those of what it returns are not needed."""
    signature = inspect.signature(call)
    names = getattr(inspect.unwrap(call), "__globals__", {})
    parameters = [
        parameter.replace(annotation=_read(parameter.annotation, names))
        for parameter in signature.parameters.values()
    ]
    return signature.replace(parameters=parameters)


def _read(annotation: Any, names: Mapping[str, Any]) -> Any:  # noqa: ANN401  # a type's own form
    if annotation is inspect.Parameter.empty:
        return Any
    # The module's own text, as `typing.get_type_hints` reads it.
    return eval(annotation, dict(names)) if isinstance(annotation, str) else annotation  # noqa: S307


def _each(parameter: inspect.Parameter, value: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """Return the values that one parameter holds: `*names` and `**options` hold several."""
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return tuple(value)
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return tuple(value.values())
    return (value,)


def _fits(value: Any, wanted: Any) -> bool:  # noqa: ANN401, PLR0911  # one return for each form
    """Return whether a value is of a type, as deep as the annotation goes."""
    origin, parts = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is Annotated:
        ranges = [one for one in parts[1:] if isinstance(one, Range)]
        return _fits(value, parts[0]) and all(one.holds(value) for one in ranges)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is typing.Literal:
        return any(type(value) is type(part) and value == part for part in parts)
    if wanted is None or wanted is type(None):
        return value is None
    if wanted in (int, float):
        return isinstance(value, int | wanted) and not isinstance(value, bool)
    if origin is not None:
        return _contains(value, origin, parts)
    # What is no class (Self, a type variable) says nothing of a value.
    return wanted is Any or not inspect.isclass(wanted) or _is_a(value, wanted)


def _is_a(value: object, wanted: type) -> bool:
    if getattr(wanted, "_is_protocol", False) and not getattr(
        wanted, "_is_runtime_protocol", False
    ):
        return True  # what has such methods; Python cannot tell
    return isinstance(value, wanted)


def _contains(value: Any, origin: Any, parts: tuple[Any, ...]) -> bool:  # noqa: ANN401
    """Return whether a value is such a container, with what it shall contain."""
    if origin is collections.abc.Callable:
        return callable(value)
    if not isinstance(value, origin) or (
        isinstance(value, str | bytes) and origin is not type(value)
    ):
        return False  # a text is a sequence of texts, and hardly ever meant as one
    if issubclass(origin, Mapping):
        key, content = parts
        return all(_fits(k, key) and _fits(v, content) for k, v in value.items())
    if isinstance(value, tuple) and parts[-1:] != (...,) and origin is tuple:
        return len(value) == len(parts) and all(map(_fits, value, parts))
    if isinstance(value, collections.abc.Collection):
        return all(_fits(one, parts[0]) for one in value)
    return True  # an iterator would be used up by looking


def _refusal(name: str, parameter: inspect.Parameter, value: object) -> ConfigurationError:
    shown = repr(value)
    if len(shown) > _MOST_SHOWN:
        shown = f"{shown[:_MOST_SHOWN]}…"
    wanted = _words(parameter.annotation)
    default = parameter.default
    example = f", such as {parameter.name}={default!r}" if _tells(default) else ""
    return ConfigurationError(
        f"{name}: {parameter.name} is {shown} ({type(value).__name__}).",
        hint=f"{parameter.name} is {wanted}{example}",
    )


_MOST_SHOWN = 120


def _tells(default: object) -> bool:
    return default not in (inspect.Parameter.empty, None, "", ())


# How a person comes by one.
_MADE = {
    "Answer": '`answer = envoy.ask("worker_0")`',
    "Configuration": '`Configuration.read("envoy.yaml")`',
    "Envoy": "`envoy = Envoy(module).start()`",
    "Module": '`module = compile_filter("token")`',
}
_WORDS = {
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    str: "a text",
    bytes: "bytes (b'…')",
    type(None): "None",
}


def _words(wanted: Any) -> str:  # noqa: ANN401, PLR0911  # one return for each form
    """Return what a type is called, for a person who does not read annotations."""
    origin, parts = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is Annotated:
        return " ".join([_words(parts[0]), *(str(one) for one in parts[1:])])
    if origin in (typing.Union, types.UnionType):
        return _either([_words(part) for part in parts])
    if origin is typing.Literal:
        return _either([repr(part) for part in parts])
    if wanted in _WORDS:
        return _WORDS[wanted]
    if origin is collections.abc.Callable:
        return "a function"
    if origin is not None and issubclass(origin, Mapping):
        return "names and values ({…})"
    if origin is not None:
        return f"a list of values, each {_words(parts[0])}"
    name = getattr(wanted, "__name__", str(wanted))
    made = f", as in {_MADE[name]}" if name in _MADE else ""
    return f"{'an' if name[:1] in 'AEIOU' else 'a'} {name}{made}"


def _either(words: list[str]) -> str:
    *others, last = dict.fromkeys(words)
    return f"{', '.join(others)} or {last}" if others else last


def _name(call: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """Return what a person calls it: a class by its own name, which may inherit what it does."""
    if call.__name__ == "__init__" and args:
        return f"{type(args[0]).__name__}()"
    return f"{call.__name__}()"


_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _as_written(parameter: inspect.Parameter) -> str:
    """Return how a person writes a parameter in a call."""
    match parameter.kind:
        case inspect.Parameter.VAR_POSITIONAL:
            return f"*{parameter.name}"
        case inspect.Parameter.VAR_KEYWORD:
            return "name=…"
        case inspect.Parameter.KEYWORD_ONLY:
            return f"{parameter.name}=…"
        case _:
            return parameter.name


def _unfitting(
    call: Callable[..., Any],
    signature: inspect.Signature,
    args: tuple[Any, ...],
    options: Mapping[str, Any],
    error: TypeError,
) -> ConfigurationError:
    """Return the error for arguments of another number, or of other names."""
    parameters = [each for each in signature.parameters.values() if each.name != "self"]
    names = [each.name for each in parameters if each.kind not in _SEVERAL]
    unknown = next((name for name in options if name not in names), "")
    close = difflib.get_close_matches(unknown, names, n=1)
    takes = ", ".join(map(_as_written, parameters)) or "nothing"
    hint = f"did you mean {close[0]}=…?" if close else f"it takes: {takes}"
    by_place = sum(each.kind in _BY_PLACE for each in signature.parameters.values())
    named_only = parameters[-1:] and parameters[-1].kind is inspect.Parameter.VAR_KEYWORD
    if named_only and len(args) > by_place:
        # `forge(token, {"sub": "me"})`: what belongs there is known, and not how it is written.
        given = next((one for one in reversed(args) if isinstance(one, Mapping)), {"name": ...})
        named = [f"{key}={'…' if value is ... else repr(value)}" for key, value in given.items()]
        written = ", ".join([*map(_as_written, parameters[:-1]), *named])
        if all(str(key).isidentifier() for key in given) and len(written) <= _MOST_SHOWN:
            hint = f"name each value, without braces: {call.__name__}({written})"
    return ConfigurationError(f"{_name(call, args)} is not called so.", quote=str(error), hint=hint)
