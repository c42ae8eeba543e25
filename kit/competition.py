"""`competition.toml` as frozen values: read, checked with every problem at once, described by a JSON Schema.

The classes are plain dataclasses. pydantic checks them when a file is read for the first time and is not imported
otherwise: what it found good is cached by the hash of the file (`Workspace.competition`), because its import alone
costs more than reading the leaderboard.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from annotated_types import Ge, Gt, Len, Lt

from kit.errors import Problem, UsageError, nearest
from kit.job import Limits

Kind = Literal[
    "image-classification",
    "multilabel-classification",
    "tabular-classification",
    "tabular-regression",
    "forecasting",
    "text-classification",
    "recommendation",
    "language-model",
    "agent",
]
SplitMethod = Literal["official", "contiguous", "stratified", "grouped", "temporal", "hashed"]
Name = Annotated[str, Len(1, 200)]
Share = Annotated[float, Gt(0), Lt(1)]
Scalar = str | int | float | bool

_MAX_SHOWN = 100
_STRICT = {"extra": "forbid", "use_attribute_docstrings": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Where the rows come from. Paths are relative to the competition's folder or to the data home."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT

    source: Annotated[str, Len(1)]
    """``sklearn:<name>``, ``torchvision:<Name>``, ``csv``, ``folder`` or ``gymnasium:<id>``."""
    path: str | None = None
    """csv: the file. folder: the folder of photos."""
    target: str | None = None
    """csv: the column to predict."""
    drop: tuple[str, ...] = ()
    """csv: columns that are no features."""
    dtypes: Mapping[str, str] = field(default_factory=dict)
    """csv: data types of columns that should not be guessed."""
    size: Annotated[int, Ge(1)] | None = None
    """folder: side of the square that photos are brought to, in pixels."""
    labels: str | None = None
    """folder: a table of path, label(s), split, where folders are not the classes."""
    env_kwargs: Mapping[str, Scalar] = field(default_factory=dict)
    """gymnasium: arguments of the environment."""
    episodes: Annotated[int, Ge(1)] | None = None
    """gymnasium: held-out episodes."""
    batch: Annotated[int, Ge(1)] | None = None
    """gymnasium: episodes that advance together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """How rows become train, valid, public and private. See `kit.split` for each method."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT

    method: SplitMethod
    """Who decides which rows are held out."""
    salt: Name
    """Makes the draw this competition's own; stays out of every public copy."""
    valid: Share = 0.2
    """Share of the rows that are not test."""
    test: Share | None = None
    """Share of all rows; not with ``official``."""
    public: Share = 0.3
    """Share of the test rows whose score is shown while the competition runs."""
    column: str | None = None
    """grouped, temporal: the column; official with csv: the column that says train, valid, Public or Private."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChoice:
    """Which number ranks the board."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT

    name: Name
    """One of ours, ``metric.py``, or ``sklearn:<scorer>``."""
    greater_is_better: bool | None = None
    """Required for ``metric.py`` and ``sklearn:``; our own metrics know."""
    params: Mapping[str, Scalar] = field(default_factory=dict)
    """Parameters of the metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionForm:
    """The columns of a submitted file."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT

    columns: Annotated[tuple[Name, ...], Len(1)]
    """The predicted columns, in the order of the sample submission."""
    row_id_column_name: Name = "id"
    """The key column."""
    lenient: bool = False
    """Accept ``;`` separators, decimal commas and UTF-16, with a note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitionLimits:
    """What an entrant may use. Counts are shown on a board of one's own and enforced on a class board."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT

    submissions_per_day: Annotated[int, Ge(1)] = 10
    """Scored submissions of a team in a day of the course's time zone."""
    submissions_total: Annotated[int, Ge(1)] | None = None
    """Scored submissions of a team altogether."""
    selected: Annotated[int, Ge(1)] = 2
    """How many submissions count for the private ranking."""
    time_limit_s: Annotated[float, Gt(0)] = 60.0
    """Seconds for fit and predict together, by the clock on the wall."""
    memory_limit_mib: Annotated[int, Ge(64)] = 4096
    """Resident memory of the whole run, in MiB."""
    packages: tuple[str, ...] = ()
    """Packages beyond what is installed that plugins may ask for."""
    weights: tuple[str, ...] = ()
    """Names of pretrained weights that plugins may use."""
    strict: bool = False
    """A failing invariance refuses the submission."""

    def of_run(self) -> Limits:
        """The limits of one run."""
        return Limits(time_limit_s=self.time_limit_s, memory_limit_mib=self.memory_limit_mib)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When things happen. RFC 3339 with an offset, or ``"2026-11-23 09:00 Europe/Berlin"``."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT

    opens: datetime | None = None
    """First moment at which a submission is taken."""
    closes: datetime | None = None
    """First moment at which none is taken."""
    grace_minutes: Annotated[int, Ge(0)] = 0
    """Minutes after closing in which a submission is taken and marked late."""
    reveals: datetime | None = None
    """When the private ranking opens by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderboardSettings:
    """What the board shows."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT

    feedback: Literal["full", "rounded", "ladder"] = "full"
    """How much a public score tells."""
    names: Literal["nickname", "real"] = "nickname"
    """Which names the board shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Competition:
    """One competition: the whole of a ``competition.toml``."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT

    title: Name
    """What the page is headed."""
    kind: Kind
    """What is predicted from what; decides what plugins are handed and return."""
    data: Data
    split: Split
    metric: MetricChoice
    submission: SubmissionForm
    summary: Annotated[str, Len(0, 200)] = ""
    """One line beside the name in lists."""
    practice: bool = False
    """The answers can be looked up: board and page say so, grades refuse it unless told otherwise."""
    limits: CompetitionLimits = CompetitionLimits()
    schedule: Schedule = Schedule()
    leaderboard: LeaderboardSettings = LeaderboardSettings()

    @property
    def is_classification(self) -> bool:
        """Whether the answer is one of the classes, or some of them."""
        return self.kind.endswith("classification")


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
        raise UsageError(_no_toml(str(error), text, where)) from None
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
    from pydantic import TypeAdapter

    schema = TypeAdapter(Competition).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TOML_WORDS = (
    ("Invalid value", "no value is here that TOML knows: text stands in quotation marks"),
    ("Invalid statement", "neither   key = value   nor   [section]"),
    ("Expected '=' after a key", "an equals sign is missing here:   key = value"),
    ("Expected newline", "one   key = value   on a line, and text in quotation marks"),
    ("Cannot overwrite a value", "this key is there twice"),
    ("Cannot declare", "this section is there twice"),
    ("Unescaped", "write   \\\\   for a backslash, or the text in single quotation marks"),
    ("Invalid hex value", "write   \\\\   for a backslash, or the text in single quotation marks"),
    ("Illegal character", "a quotation mark is missing before this character, or it is not allowed here"),
    ("Unterminated string", "a quotation mark is opened and not closed"),
    ("Unclosed array", "a bracket is opened and not closed"),
)


def _no_toml(message: str, text: str, where: str) -> Problem:
    """The line at which a file stops to be TOML, with a caret."""
    lines = [line.replace("\t", " ").rstrip() for line in text.splitlines()]
    match = _PLACE.search(message)
    if match and match[1]:
        number, column = int(match[1]), int(match[2]) - 1
    else:  # the end: what is open there was opened on the last line with something on it, mostly
        number = max((i for i, line in enumerate(lines, start=1) if line), default=1)
        column = len(lines[number - 1])
    line = lines[number - 1] if number <= len(lines) else ""
    column = min(column, len(line))
    message = _PLACE.sub("", message)
    words = next((said for start, said in _TOML_WORDS if message.startswith(start)), message)
    return Problem(
        code="E004",
        message=f"{where} can't be read as TOML, line {number}",
        where=f"{where}:{number}",
        excerpt=f"{number} | {line}\n{' ' * len(str(number))} | {' ' * column}^ {words}",
        fix=(message == "Invalid value" and _quoted(line, column)) or "look at this line and at the one above it",
    )


def _quoted(line: str, column: int) -> str:
    """The line with its value in quotation marks, as it can be pasted; empty where that is not sure to be meant."""
    # Curly ones are what a word processor makes of straight ones.
    value = line[column:].strip("\"'\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK} ")
    start = line[:column].rstrip() + " "
    if not value or set(value) & set("[]{},#"):
        return ""
    return start + (value.lower() if value.lower() in ("true", "false") else json.dumps(value, ensure_ascii=False))


def _unknown_names(table: Mapping[str, Any], known: Mapping[str, Collection[str]]) -> list[Problem]:
    """The names that are not among those that exist. Looks at the table: the rest of it may be wrong."""
    problems = []
    for key, names in known.items():
        section, _, last = key.partition(".")
        found = table.get(section)
        value = found.get(last) if isinstance(found, dict) else None
        if not isinstance(value, str) or not value:  # reported already
            continue
        word = value.partition(":")[0] if key == "data.source" else value
        if word not in names:
            near = nearest(word, names)
            problems.append(
                Problem(
                    code="E004",
                    message=f"{key} is not known",
                    where=key,
                    expected=" or ".join(names),
                    got=_toml(word),
                    fix=f"did you mean   {near} ?" if near else "",
                )
            )
    return problems


def _validate(table: Mapping[str, Any]) -> tuple[Competition | None, list[Problem]]:
    from pydantic import TypeAdapter, ValidationError

    # Strict, so that "yes" is no truth and "3" no number. As JSON, because strict Python values would have to be
    # tuples where TOML has lists; times become text on the way, and times again.
    raw = json.dumps(table, default=str)
    try:
        return TypeAdapter(Competition).validate_json(raw, strict=True), []
    except ValidationError as error:
        problems = [_in_words(item) for item in error.errors(include_url=False)]
        return None, list(dict.fromkeys(problems))  # a value of several types has a finding for each of them


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
        fix = f"{key} = {_toml([value])}"
    elif item["type"] == "bool_type" and str(value).lower() in _TRUTHS:
        fix = f"{key} = {_TRUTHS[str(value).lower()]}"
    elif item["type"] == "literal_error":
        near = nearest(str(value), re.findall(r"'([^']+)'", item["msg"]))
        fix = f"did you mean   {near} ?" if near else ""
    elif item["type"] == "dataclass_type":
        fix = f"write   [{path}]   on a line of its own, its keys below"
    expected = "text, a number, true or false" if loc != item["loc"] else _expectation(item)
    return Problem(code="E004", message=path, where=path, expected=expected, got=_toml(value), fix=fix)


_UNION = ("str", "int", "float", "bool")  # what pydantic adds to the place of a `Scalar`
_TRUTHS = {"yes": "true", "true": "true", "on": "true", "1": "true"}
_TRUTHS |= {"no": "false", "false": "false", "off": "false", "0": "false"}
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


def _toml(value: Any) -> str:
    """A value as the file may write it, short."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


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
        if c.split.method == "official" and c.split.test is not None:
            yield "split.test", "the source says which rows are test when method is official", "remove   test"
        if c.split.method != "official" and c.split.test is None:
            yield "split.test", f"is needed with method = {c.split.method!r}", "add   test = 0.4"
        if c.split.method in ("grouped", "temporal") and c.split.column is None:
            yield "split.column", f"is needed with method = {c.split.method!r}", "add   column = …"
        if c.split.method in ("contiguous", "stratified", "hashed") and c.split.column is not None:
            yield "split.column", f"has no meaning with method = {c.split.method!r}", "remove   column"
        if c.split.method == "stratified" and not c.is_classification:
            yield "split.method", "stratified needs classes", 'method = "contiguous"'
        foreign = c.metric.name == "metric.py" or c.metric.name.startswith("sklearn:")
        if foreign and c.metric.greater_is_better is None:
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
