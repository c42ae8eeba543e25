"""From the text of a ``competition.toml`` to a `Competition`, or to every problem it has, in a teacher's words."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kit.competition.model import Competition
from kit.competition.toml import as_toml, no_toml
from kit.errors import Problem, UsageError, nearest

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def read_competition(text: str, *, where: str, known: Mapping[str, Collection[str]] | None = None) -> Competition:
    """The competition that a ``competition.toml`` describes.

    Parameters
    ----------
    text
        Contents of the file.
    where
        How messages name the file.
    known
        Dotted key -> the names that exist for it (of ``data.source``: the words before the colon), for names that
        only the harness knows. A key that is left out may hold anything.

    Raises
    ------
    UsageError
        E004, with one part for each problem: its dotted key, what was expected and what was found.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(no_toml(str(error), text, where)) from None
    schedule, problems = _aware_times(table.get("schedule"))
    if schedule is not None:
        table = table | {"schedule": schedule}
    competition, more = _validate(table)
    problems += more + _unknown_names(table, known or {})
    if competition is not None:
        problems += _contradictions(competition)
    if competition is None or problems:
        raise to_fix(where, problems)
    return competition


def to_fix(where: str, problems: list[Problem]) -> UsageError:
    """E004 of the file `where` with every problem in it."""
    count = f"{len(problems)} things" if len(problems) > 1 else "1 thing"
    return UsageError(Problem(code="E004", message=f"{where}: {count} to fix", where=where), problems)


def json_schema() -> dict[str, Any]:
    """JSON Schema of ``competition.toml`` for editors, with the docstrings of the fields as descriptions."""
    schema = _adapter().json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _unknown_names(table: Mapping[str, Any], known: Mapping[str, Collection[str]]) -> list[Problem]:
    """The names that are not among those that exist. Looks at the table: the rest of it may be wrong."""
    problems = []
    for key, names in known.items():
        section, _, last = key.partition(".")
        found = table.get(section)
        value = found.get(last) if isinstance(found, dict) else None
        if not isinstance(value, str) or not value:  # reported already
            continue
        if key == "metric.name" and (value.endswith(".py") or value.startswith("sklearn:")):
            continue  # what the file, or scikit-learn, says of it is asked later
        word = value.partition(":")[0] if key == "data.source" else value
        if word not in names:
            near = nearest(word.casefold(), names)
            problems.append(
                Problem(
                    code="E004",
                    message=f"{key} is not known",
                    where=key,
                    expected=" or ".join(names) if len(names) < _MANY else "one of   kit metrics",
                    got=as_toml(word),
                    fix=f"did you mean   {near} ?" if near else "",
                )
            )
    return problems


def _validate(table: Mapping[str, Any]) -> tuple[Competition | None, list[Problem]]:
    from pydantic import ValidationError

    # Strict, so that "yes" is no truth and "3" no number. As JSON, because strict Python values would have to be
    # tuples where TOML has lists; times become text on the way, and times again.
    raw = json.dumps(table, default=str)
    try:
        return _adapter().validate_json(raw, strict=True), []
    except ValidationError as error:
        problems = [_in_words(item) for item in error.errors(include_url=False)]
        return None, list(dict.fromkeys(problems))  # a value of several types has a finding for each of them


_building = Lock()


def _adapter() -> TypeAdapter[Competition]:
    """The checker, built once: pydantic reads the docstrings of the fields with `ast` for it."""
    with _building:  # two threads that build trees at once crash Python 3.11 (python/cpython issue 106905)
        return _built()


@cache
def _built() -> TypeAdapter[Competition]:
    from pydantic import TypeAdapter

    return TypeAdapter(Competition)


def _in_words(item: Any) -> Problem:
    loc = item["loc"][:-1] if item["loc"][-1] in _UNION and len(item["loc"]) > 2 else item["loc"]
    path, key, value = ".".join(map(str, loc)), str(loc[-1]), item["input"]
    if item["type"] == "missing":
        return Problem(code="E004", message=f"{path} is missing", where=path, fix=_addition(loc))
    if item["type"] == "unexpected_keyword_argument":
        known = _keys_of(loc[:-1])
        near = nearest(key, known)
        fix = f"did you mean   {near} ?" if near else f"known here: {', '.join(known)}"
        return Problem(code="E004", message=f"{path} is not a key of this file", where=path, fix=fix)
    fix = ""
    if item["type"] == "tuple_type" and isinstance(value, str):
        fix = f"{key} = {as_toml([value])}"
    elif item["type"] == "bool_type" and str(value).lower() in _TRUTHS:
        fix = f"{key} = {_TRUTHS[str(value).lower()]}"
    elif item["type"] == "literal_error":
        names, word = re.findall(r"'([^']+)'", item["msg"]), str(value).casefold()
        near = nearest(word, names)
        fix = f"did you mean   {near} ?" if near else ""
    elif item["type"] == "dataclass_type":
        fix = f"write   [{path}]   on a line of its own, its keys below"
    expected = "text, a number, true or false" if loc != item["loc"] else _expectation(item)
    return Problem(code="E004", message=path, where=path, expected=expected, got=as_toml(value), fix=fix)


_UNION = ("str", "int", "float", "bool")  # what pydantic adds to the place of a `Scalar`
_TRUTHS = {"yes": "true", "true": "true", "on": "true", "1": "true"}
_TRUTHS |= {"no": "false", "false": "false", "off": "false", "0": "false"}
_MANY = 20  # names: more of them are no help in a message
_TYPES = {
    "string_type": "text in quotation marks",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list",
    "dict_type": "a table",
    "dataclass_type": "a section",
    "string_too_short": "some text",
    "too_short": "a list of one or more",
}


def _expectation(item: Any) -> str:
    said = str(item["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
    return _TYPES.get(item["type"], said.replace("String should have at most", "at most"))


def _addition(path: tuple[str | int, ...]) -> str:
    """How to add a key that is missing; of a section, with the keys that it needs."""
    section = _section(path)
    if section is None:
        return f"add   {path[-1]} = …"
    needed = [f.name for f in fields(section) if f.default is MISSING and f.default_factory is MISSING]
    return f"add   [{path[-1]}]   with   " + ", ".join(f"{name} = …" for name in needed)


def _keys_of(path: tuple[str | int, ...]) -> list[str]:
    """Keys that exist in the section at `path`."""
    section = _section(path)
    return [f.name for f in fields(section)] if section else []


def _section(path: tuple[str | int, ...]) -> Any:
    """The class of the section at `path`; None where there is a value."""
    section: Any = Competition
    for part in path:
        section = get_type_hints(section).get(str(part))
        if not is_dataclass(section):
            return None
    return section


_LOCAL_WITH_ZONE = re.compile(
    r"(?P<local>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?) ?\[?(?P<zone>[A-Za-z]+(/[A-Za-z0-9_+-]+)*)\]?"
)


def _aware_times(schedule: Any) -> tuple[dict[str, Any] | None, list[Problem]]:
    """The schedule with every time aware of its offset, and a problem for each that is not."""
    if not isinstance(schedule, dict):
        return None, []
    result, problems = dict(schedule), []
    for key in ("opens", "closes", "reveals"):
        value = result.get(key)
        if isinstance(value, str):
            with suppress(ValueError):  # RFC 3339 in quotation marks
                value = datetime.fromisoformat(value)
        match = _LOCAL_WITH_ZONE.fullmatch(value) if isinstance(value, str) else None
        if match:
            with suppress(ZoneInfoNotFoundError, ValueError):  # stays text, and is reported below
                value = datetime.fromisoformat(match["local"]).replace(tzinfo=ZoneInfo(match["zone"]))
        if value is None or (isinstance(value, datetime) and value.tzinfo is not None):
            result[key] = value
            continue
        result[key] = None
        problems.append(
            Problem(
                code="E004",
                message=f"schedule.{key} does not say in which time zone",
                where=f"schedule.{key}",
                expected='2026-11-23T09:00:00+03:00   or   "2026-11-23 09:00 Europe/Berlin"',
                got=str(value),
            )
        )
    return result, problems


def _contradictions(c: Competition) -> list[Problem]:
    """Problems that lie between two keys."""

    def found() -> Iterator[tuple[str, str, str]]:
        if c.data.source == "csv":
            yield from _wrong_table(c)
        if c.takes_files_only:
            yield from _wrong_sheet(c)
        yield from _wrong_agent(c)
        if c.split.method == "official" and c.split.test is not None:
            yield "split.test", "the source says which rows are test when method is official", "remove   test"
        if c.split.method != "official" and c.split.test is None and not c.takes_files_only:
            yield "split.test", f"is needed with method = {c.split.method!r}", "add   test = 0.4"
        if c.split.method in ("grouped", "temporal") and c.split.column is None:
            yield "split.column", f"is needed with method = {c.split.method!r}", "add   column = …"
        if c.split.method in ("contiguous", "stratified", "hashed") and c.split.column is not None:
            yield "split.column", f"has no meaning with method = {c.split.method!r}", "remove   column"
        if c.split.method == "stratified" and not c.is_classification:
            yield "split.method", "stratified needs classes", 'method = "hashed"'
        if c.metric.name.endswith(".py") and c.metric.greater_is_better is None:
            yield (
                "metric.greater_is_better",
                f"is needed with {c.metric.name}",
                "add   greater_is_better = true   or false",
            )
        if len(set(c.submission.columns)) < len(c.submission.columns):
            yield "submission.columns", "names a column twice", "name each once"
        if c.submission.row_id_column_name in c.submission.columns:
            yield "submission.columns", "holds the id column", "name only the predicted columns"
        times = c.schedule
        if times.opens and times.closes and times.opens >= times.closes:
            yield "schedule.closes", "is not after opens", "a later time"
        if times.closes and times.reveals and times.closes > times.reveals:
            yield "schedule.reveals", "is before closes", "a later time"

    return [Problem(code="E004", message=f"{key} {what}", where=key, fix=fix) for key, what, fix in found()]


def _wrong_agent(c: Competition) -> Iterator[tuple[str, str, str]]:
    """What belongs to agents only, and what they need."""
    acts = c.data.source.startswith("gymnasium:")
    if c.kind == "agent" and not acts:
        yield "data.source", "has rows, and an agent acts", 'source = "gymnasium:CartPole-v1"'
    elif acts and c.kind != "agent":
        yield "kind", "is for rows, and gymnasium has none", 'kind = "agent"'
    elif acts and c.split.method != "official":
        yield "split.method", "has rows to split; of an agent every held-out episode is test", 'method = "official"'
    if (c.metric.name == "episodic_return") != (c.kind == "agent"):
        other = 'name = "episodic_return"' if c.kind == "agent" else 'name = "accuracy"   or   "rmse"'
        yield "metric.name", f"{c.metric.name!r} is not for kind {c.kind}", other
    if c.kind == "agent" and c.data.episodes == 1:
        yield "data.episodes", "is 1: at least one is public and one private", "episodes = 1000"
    if "max_episode_steps" in c.data.env_kwargs:
        yield "data.env_kwargs", "holds max_episode_steps, which is a key of its own", "max_episode_steps = 200"


def _wrong_sheet(c: Competition) -> Iterator[tuple[str, str, str]]:
    """What the source ``files`` can't do without, or can't do."""
    if c.data.path is None:
        yield "data.path", 'is needed with source = "files"', 'add   path = "data"   the folder with solution.csv'
    if c.split.method not in ("official", "hashed"):
        yield "split.method", f"is {c.split.method!r}, and all rows are test", 'method = "official"   or   "hashed"'
    elif c.split.method == "hashed" and c.split.test is not None:
        yield "split.test", "has no meaning where all rows are test", "remove   test"


def _wrong_table(c: Competition) -> Iterator[tuple[str, str, str]]:
    """What the source ``csv`` can't do without, or can't do."""
    data, column = c.data, c.split.column
    if data.path is None:
        yield "data.path", 'is needed with source = "csv"', 'add   path = "table.csv"'
    if data.target is None:
        yield "data.target", 'is needed with source = "csv"', "add   target = …   the column to predict"
        return
    if data.target in data.drop:
        yield "data.drop", "holds the column to predict", f"remove   {as_toml(data.target)}"
    if data.target in data.dtypes:
        yield "data.dtypes", "names the column to predict, whose type is the kind's", f"remove   {data.target}"
    if data.target == c.submission.row_id_column_name:
        yield "data.target", "is the id column", "another   submission.row_id_column_name"
    if data.target == column:
        yield "split.column", "is the column to predict", "another column"
    if c.split.method == "official" and column is None:
        yield "split.column", "is needed with method = 'official' and source = \"csv\"", "add   column = …"
