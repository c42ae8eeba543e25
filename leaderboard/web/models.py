"""What the API takes and gives, as pydantic models: the source of its description."""

from __future__ import annotations

from typing import Annotated, Any, Literal

# An ASGI server imports this package, and `kit serve`; no other command waits for it.
from pydantic import BaseModel, ConfigDict, Field  # noqa: TID253

Text = Annotated[str, Field(max_length=200)]


class Model(BaseModel):
    """What all have in common: nothing that is not named is taken."""

    model_config = ConfigDict(extra="forbid")


class ProblemModel(Model):
    """One thing that is wrong, as the command line prints it."""

    code: str
    message: str
    where: str = ""
    excerpt: str = ""
    expected: str = ""
    got: str = ""
    why: str = ""
    fix: str = ""
    printed: str = ""


class ErrorModel(Model):
    """Why not: the problem, every part of it, and when to ask again."""

    error: ProblemModel
    parts: list[ProblemModel]
    exit_code: int
    retry_after_s: int | None


class CodeModel(Model):
    """The word code of the class."""

    word_code: Text


class JoinModel(CodeModel):
    """Joining under a name of the roster: by its number in the list of those that are free, or as it is typed.

    Who is refused by name is not told whether the name is taken or on no roster; the host is told of the first.
    """

    entrant: Annotated[int, Field(ge=0, le=2**53)] | None = None
    name: Text = ""
    label: Text = "kit"


class NameModel(Model):
    """Somebody on the roster who has not joined yet."""

    entrant: int
    name: str


class RosterModel(Model):
    """The names that are still free."""

    class_title: str
    names: list[NameModel]


class TokenModel(Model):
    """The token of whoever has just joined. It is told once."""

    token: str
    name: str
    team: str
    team_name: str
    class_title: str


class MeModel(Model):
    """Who the bearer of the token is."""

    role: Literal["anonymous", "student", "host"]
    name: str
    team: str
    class_title: str
    zone: str | None
    takes_code: bool
    competition: str | None


class CompetitionModel(Model):
    """A competition in a list."""

    name: str
    title: str
    summary: str
    kind: str
    metric: str
    unit: Literal["share", "value"]
    greater_is_better: bool
    practice: bool
    is_on: bool
    feedback: str
    ends: str
    is_revealed: bool
    takes_code: bool
    opens: str | None
    closes: str | None
    tries_left: int | None
    tries_per_day: int | None
    next_try: str | None
    rank: int | None
    n_teams: int | None
    own_best: float | None
    best: float | None
    step: float


class CompetitionsModel(Model):
    """All competitions of the class, and the one that is meant where none is named.

    What the class takes part in ``is_on``, and comes first; the others are there to practise on.
    Times are those of the visitor's team, in the zone of the course; tries and place are the team's, null for whoever
    has none. ``next_try`` is told where no try is left today, and there will be one.
    """

    competitions: list[CompetitionModel]
    default: str | None


class AboutModel(BaseModel):
    """What a competition is, as ``kit info`` tells it: `lines` in words, everything else as values."""

    model_config = ConfigDict(extra="allow")

    title: str
    lines: dict[str, list[str]]
    files: list[str]


class StandingsModel(Model):
    """Who stands where, as ``kit leaderboard --json`` has it; ``private`` is null before the reveal."""

    competition: str
    metric: str
    unit: Literal["share", "value"]
    greater_is_better: bool
    kind: str
    practice: bool
    feedback: str
    solved_from: float | None
    revealed: bool
    revealed_at: float | None
    public: list[dict[str, Any]]
    private: list[dict[str, Any]] | None
    shake_up: dict[str, Any] | None
    n_late: int
    n_outdated: int
    n_teams: int
    is_cut: bool
    version: str
    now: float
    own: str


class SubmissionModel(Model):
    """One submission, as its team may see it.

    ``receipt``, ``usage`` and ``solved_from`` are told of one that was asked for by its number and is over; the last is
    the mean return from which an agent's environment counts as solved.
    """

    submission: str
    id: int
    competition: str
    team: str
    name: str
    kind: Literal["csv", "plugin"]
    state: Literal["queued", "running", "scored", "failed", "cancelled"]
    state_words: str
    position: int | None
    starts_in_s: float | None
    score: float | None
    received_at: float
    valid_score: float | None
    is_selected: bool
    is_late: bool
    is_repeat: bool
    notes: list[str]
    progress: dict[str, Any] | None
    error: ErrorModel | None
    receipt: dict[str, Any] | None
    usage: dict[str, Any]
    solved_from: float | None


class SubmissionsModel(Model):
    """A team's submissions, oldest first."""

    submissions: list[SubmissionModel]


class SelectModel(Model):
    """The submissions that are to count for the private ranking."""

    submissions: Annotated[list[Annotated[int, Field(ge=0, le=2**53)]], Field(max_length=100)]


class SelectedModel(Model):
    """What is chosen now."""

    selected: list[int]


class LogModel(Model):
    """What a plugin printed."""

    log: str


class DoneModel(Model):
    """It is done."""

    done: bool
