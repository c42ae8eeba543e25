"""A competition as frozen values: what a ``competition.toml`` says.

Plain dataclasses: pydantic checks them when a file is read for the first time (`kit.competition.reader`) and is not
imported otherwise, because its import alone costs more than reading the leaderboard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Len, Lt

from kit.graphics import granted
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
CellType = Literal["category", "str", "int", "float", "bool", "time"]

_STRICT = {"extra": "forbid", "use_attribute_docstrings": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Where the rows come from. Paths are relative to the competition's folder or to the data home."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT

    source: Annotated[str, Len(1)]
    """``sklearn:<name>``, ``torchvision:<Name>``, ``csv``, ``folder``, ``files`` or ``gymnasium:<id>``."""
    path: str | None = None
    """csv: the file, ``.csv`` or ``.csv.gz``. folder: the folder of photos. files: the folder with the solution."""
    target: str | None = None
    """csv: the column to predict."""
    drop: tuple[str, ...] = ()
    """csv: columns that plugins don't get. ``split.column`` may be one of them."""
    dtypes: Mapping[str, CellType] = field(default_factory=dict)
    """csv: types of columns whose cells should not decide it."""
    size: Annotated[int, Ge(1)] | None = None
    """folder: side of the square that photos are brought to, in pixels."""
    labels: str | None = None
    """folder: a table of path, label(s), split, where folders are not the classes."""
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """folder: the names that make up each class, where several are one; photos of other names are left out."""
    test_paths: tuple[str, ...] = ()
    """folder: further folders, all of whose photos are test rows; with ``split.method = "official"``."""
    test_labels: str | None = None
    """folder: the table of labels in each of ``test_paths``, where folders are not the classes."""
    env_kwargs: Mapping[str, Scalar] = field(default_factory=dict)
    """gymnasium: arguments of the environment."""
    max_episode_steps: Annotated[int, Ge(1)] | None = None
    """gymnasium: steps after which an episode is cut; by default as many as the environment is registered with."""
    episodes: Annotated[int, Ge(1)] | None = None
    """gymnasium: held-out episodes, public and private; 1000 by default."""
    batch: Annotated[int, Ge(1)] | None = None
    """gymnasium: episodes that advance together; 256 by default."""


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
    """One of ours, ``sklearn:<scorer>``, or a file beside this one such as ``metric.py``."""
    greater_is_better: bool | None = None
    """Required for a file and for ``sklearn:``; our own metrics know."""
    params: Mapping[str, Scalar | tuple[Scalar, ...]] = field(default_factory=dict)
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
    """What an entrant may use. Counts of tries are shown as advice: a board of one's own refuses nothing."""

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
    devices: Literal["cpu", "cuda"] = "cpu"
    """``cuda``: a run may use a graphics card, where the computer has one; elsewhere nothing changes."""

    def of_run(self) -> Limits:
        """The limits of one run on this computer."""
        return Limits(
            time_limit_s=self.time_limit_s,
            memory_limit_mib=self.memory_limit_mib,
            devices=granted(self.devices),
            weights=self.weights,
        )


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
    show: Literal["all", "top", "neighbours"] = "all"
    """On a class board: which rows a team sees beside its own; the host sees all."""
    top: Annotated[int, Ge(1)] = 10
    """How many ranks `show = "top"` shows."""


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
    def takes_files_only(self) -> bool:
        """Whether there is nothing that a plugin could be given: the kit knows of the test rows their ids alone."""
        return self.data.source == "files"

    @property
    def is_classification(self) -> bool:
        """Whether the answer is one of the classes, or some of them."""
        return self.kind.endswith("classification")
