"""From an entry of the catalogue to a metric: a function makes one of its parameters, or it is one already."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import UnionType
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from kit.competition.toml import as_toml
from kit.errors import Problem, nearest
from kit.metrics.base import Metric, Scalar

Entry: TypeAlias = Metric | Callable[..., Metric]
Value: TypeAlias = Scalar | tuple[Scalar, ...]
_WORDS: Mapping[Any, str] = {str: "text in quotation marks", int: "a whole number", float: "a number"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a metric: its type, or the values it may have, and its default."""

    name: str
    hint: Any
    default: Value

    @property
    def takes(self) -> str:
        """The values that it may have, in words."""
        return " or ".join(map(as_toml, self.choices)) or _words(self.hint)

    @property
    def choices(self) -> tuple[Any, ...]:
        """The values that it may have, where they are few."""
        return _choices(self.hint)


def make_metric(entry: Entry, params: Mapping[str, Value]) -> Metric:
    """The metric that `entry` is, or makes of `params` (which are right, see `wrong_params`) and of its defaults."""
    if isinstance(entry, Metric):
        return entry
    known = {parameter.name: parameter for parameter in parameters(entry)}
    made = entry(**{name: _of_type(known[name].hint, value) for name, value in params.items()})
    return replace(made, defaults={name: parameter.default for name, parameter in known.items()})


def parameters(entry: Entry) -> tuple[Parameter, ...]:
    """The parameters of a catalogue entry, in the order of its signature; none for a `Metric`."""
    if isinstance(entry, Metric):
        return ()
    hints = get_type_hints(entry)
    return tuple(
        Parameter(name=name, hint=hints.get(name, str), default=parameter.default)
        for name, parameter in inspect.signature(entry).parameters.items()
    )


def wrong_params(name: str, entry: Entry, params: Mapping[str, Value]) -> list[Problem]:
    """What there is to fix in the ``[metric] params`` of a competition: E004, one for each key.

    Parameters of the right sort may still be refused by who makes the metric of them, such as no place at all for k.
    """
    found = list(_problems(name, {known.name: known for known in parameters(entry)}, params))
    if found:
        return found
    try:
        make_metric(entry, params)
    except ValueError as error:
        where = "metric.params"
        return [Problem(code="E004", message=f"{where}: {error}", where=where, fix=f"kit metrics {name}   explains it")]
    return []


def _problems(name: str, known: Mapping[str, Parameter], params: Mapping[str, Value]) -> Iterator[Problem]:
    for key, value in params.items():
        where = f"metric.params.{key}"
        if key not in known:
            near = nearest(key, known)
            fix = f"did you mean   {near} ?" if near else "remove it"
            has = f"{name} has {', '.join(known)}" if known else f"{name} has no parameters"
            yield Problem(code="E004", message=f"{where} is not known: {has}", where=where, fix=fix)
        elif not _fits(value, known[key].hint):
            near = nearest(str(value), map(str, _choices(known[key].hint)))
            fix = f"did you mean   {near} ?" if near else f"the default is   {as_toml(known[key].default)}"
            yield Problem(
                code="E004", message=where, where=where, expected=known[key].takes, got=_written(value), fix=fix
            )


def _of_type(hint: Any, value: Value) -> Value:
    """`value` with whole numbers as floats where it takes any number: 2 and 2.0 make one metric, of one code."""
    if isinstance(value, (list, tuple)):
        return tuple(_number(hint, item) for item in value)
    return _number(hint, value)


def _number(hint: Any, value: Scalar) -> Scalar:
    return float(value) if type(value) is int and float in (hint, *get_args(hint)) else value


def _written(value: Any) -> str:
    try:
        return as_toml(value)
    except TypeError:  # what no file can hold
        return repr(value)


def _choices(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) is Literal else ()


def _fits(value: Value, hint: Any) -> bool:
    if get_origin(hint) is UnionType:
        return any(_fits(value, choice) for choice in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, (tuple, list)) and all(_fits(item, get_args(hint)[0]) for item in value)
    if get_origin(hint) is Literal:
        return any(value == choice and type(value) is type(choice) for choice in get_args(hint))
    return type(value) is hint or (hint is float and type(value) is int)


def _words(hint: Any) -> str:
    if get_origin(hint) is UnionType:
        return " or ".join(map(_words, get_args(hint)))
    if get_origin(hint) is tuple:
        return f"a list, of {_words(get_args(hint)[0])} each"
    return "true or false" if hint is bool else _WORDS.get(hint, str(hint))
