"""``--set lr=0.01``: hyper-parameters as they are typed, read by the default that stands in ``fit``."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kit.errors import Problem, UsageError, nearest
from kit.job import Json
from kit.plugin.code import read_code
from kit.plugin.signature import ARGUMENTS, Function, find_function, parameters

_TRUTH = {"true": True, "false": False}
_LARGEST = 2**63 - 1  # of a whole number that NumPy and torch take


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The hyper-parameters of a plugin.

    Parameters
    ----------
    where
        File and line of ``fit``.
    defaults
        Name -> the default as it is written.
    is_known
        False where ``fit`` comes from outside the plugin's own files: what it takes is seen when it runs.
    """

    where: str
    defaults: Mapping[str, ast.expr]
    is_known: bool = True

    @property
    def values(self) -> dict[str, Json]:
        """Defaults as they can be kept: what is no plain value is given as it is written."""
        return {name: _plain(node) for name, node in self.defaults.items()}


def read_parameters(path: Path, *, shown: str) -> Parameters:
    """The hyper-parameters of the plugin at `path`, whose source is in order. Runs nobody's code."""
    code, _ = read_code(path, shown)
    fit = find_function(code, "fit") if code else None
    if not isinstance(fit, Function) or fit.definition is None:
        return Parameters(where=shown, defaults={}, is_known=False)
    defaults = {
        name: default
        for name, default in parameters(fit.definition)
        if default is not None and name not in ARGUMENTS["fit"]
    }
    return Parameters(where=fit.where, defaults=defaults)


def chosen(given: Iterable[str], known: Parameters) -> dict[str, Json]:
    """What ``--set`` says: name -> value of the sort of its default; the last one of a name counts.

    Parameters
    ----------
    given
        Texts such as ``lr=0.01``.
    known
        The plugin's.

    Raises
    ------
    UsageError
        E009, with a part for each text that can't be taken.
    """
    values: dict[str, Json] = {}
    problems = []
    for text in given:
        name, equals, typed = (part.strip() for part in text.partition("="))
        found = _value(name, typed, known) if equals and name else _not_a_pair(text, known)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            values[name] = found
    if problems:
        raise UsageError(problems[0], problems if len(problems) > 1 else ())
    return values


def typed(value: Json) -> str:
    """A setting as ``--set`` takes it."""
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _value(name: str, typed: str, known: Parameters) -> Json | Problem:
    if name not in known.defaults:
        return _unknown(name, known) if known.is_known else _by_its_look(typed)
    default = known.defaults[name]
    value = _literal(default)
    if isinstance(value, bool):
        return _TRUTH.get(typed.lower(), _other_sort(name, typed, "true or false", known))
    if isinstance(value, (int, float)):
        return _number(name, typed, value, known)
    if isinstance(value, str):
        return typed
    if value is None:  # or something to be reckoned: 1 / 3, a name of the module
        return _by_its_look(typed)
    return _not_typed(name, default, known)


def _number(name: str, typed: str, default: int | float, known: Parameters) -> Json | Problem:
    number = _by_its_look(typed)
    if isinstance(number, (int, float)) and not isinstance(number, bool) and not math.isnan(number):
        if isinstance(default, float):
            return float(number)
        if float(number).is_integer() and abs(number) <= _LARGEST:  # 1e3 epochs
            return int(number)
        if float(number).is_integer() or math.isinf(number):
            return _other_sort(name, typed, "a whole number of at most 18 digits", known)
        fix = f"write   {name}={float(default)}   in fit: then it takes fractions"
        return _other_sort(name, typed, "a whole number", known, fix=fix)
    return _other_sort(name, typed, "a number" if isinstance(default, float) else "a whole number", known)


def _by_its_look(typed: str) -> Json:
    """None, true or false, a number, else the text itself."""
    if typed.lower() == "none":
        return None
    if typed.lower() in _TRUTH:
        return _TRUTH[typed.lower()]
    for read in (int, float):
        try:
            value = read(typed)
        except ValueError:
            continue
        if isinstance(value, float) or abs(value) <= _LARGEST:
            return value
    return typed


def _literal(node: ast.expr) -> object:
    """The value of a default that is one; None for what only running the plugin would tell."""
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return value


def _plain(node: ast.expr) -> Json:
    value = _literal(node)
    is_plain = isinstance(value, (str, int, float)) or (isinstance(node, ast.Constant) and value is None)
    return value if is_plain else ast.unparse(node)  # type: ignore[return-value]


def _unknown(name: str, known: Parameters) -> Problem:
    near = nearest(name, known.defaults)
    listed = "   ".join(f"{other}={ast.unparse(node)}" for other, node in known.defaults.items())
    why = f"It takes   {listed}" if listed else "It has none: a parameter of fit with a default is one."
    fix = f"did you mean   {near} ?" if near else "" if listed else f"def fit(train, {name}=…):"
    if name == "seed":
        fix = "--seed N   sets the seed of the run"
    elif name in ARGUMENTS["fit"]:
        why, fix = f"{name} is what the kit hands to fit. {why}", ""
    return Problem(code="E009", message=f"fit() has no setting {name}", where=known.where, why=why, fix=fix)


def _not_a_pair(text: str, known: Parameters) -> Problem:
    name = next(iter(known.defaults), "lr")
    fix = f"--set {name}=VALUE   without blanks around the ="
    return Problem(code="E009", message="--set takes a name and a value", expected="name=value", got=text, fix=fix)


def _other_sort(name: str, typed: str, expected: str, known: Parameters, *, fix: str = "") -> Problem:
    return Problem(
        code="E009",
        message=f"{name} takes {expected}, not {typed!r}",
        where=known.where,
        why=f"Its default in fit is {ast.unparse(known.defaults[name])}.",
        fix=fix,
    )


def _not_typed(name: str, default: ast.expr, known: Parameters) -> Problem:
    return Problem(
        code="E009",
        message=f"{name} can't be typed: its default is {ast.unparse(default)}",
        where=known.where,
        why="--set takes numbers, words, true, false and none.",
        fix="change it in the file, or make parameters of its parts",
    )
