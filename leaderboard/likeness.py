"""Submissions of different teams with the same answers, or nearly: a report to the host, never a verdict."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from leaderboard.store.base import Store, Submission
from leaderboard.store.blobs import Blobs
from leaderboard.team import owner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from leaderboard.statistics import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Two teams, and the two of their submissions that are most alike.

    Parameters
    ----------
    first_team, second_team
        The one that handed in earlier stands first.
    first, second
        Labels of the submissions.
    first_name, second_name
        How they were called.
    kind
        ``file``: the same bytes. ``exact``: the same answer to every row. ``near``: numbers whose order departs from
        everybody's in the same way.
    likeness
        From 0 to 1; 1 of all but ``near``.
    n_pairs
        How many pairs of submissions of the two teams are alike.
    """

    first_team: str
    second_team: str
    first: str
    second: str
    first_name: str
    second_name: str
    kind: Literal["file", "exact", "near"]
    likeness: float
    n_pairs: int


def alike(
    submissions: Sequence[Submission],
    answers: Callable[[Submission], NDArray[Any] | None],
    *,
    handed_out: Collection[str] = (),
) -> tuple[Alike, ...]:
    """Pairs of teams with submissions that are the same, or nearly; the most alike first.

    Parameters
    ----------
    submissions
        Scored ones that answered the same rows, oldest first.
    answers
        The predictions of one of them; None where there are none.
    handed_out
        sha256 of files that everybody was given: two teams that hand them in unchanged have not copied.
    """
    from leaderboard.statistics import similar

    rows = [row for row in submissions if row.blob_sha256 not in handed_out]
    found = [(row, given) for row in rows if (given := answers(row)) is not None]
    of_teams: dict[tuple[str, str], list[Alike]] = {}
    for pair in similar([given for _, given in found]):
        a, b = found[pair.a][0], found[pair.b][0]
        if owner(a.team) != owner(b.team):
            teams = min(a.team, b.team), max(a.team, b.team)
            of_teams.setdefault(teams, []).append(_alike(a, b, pair))
    closest = (replace(min(pairs, key=_order), n_pairs=len(pairs)) for pairs in of_teams.values())
    return tuple(sorted(closest, key=_order))


def answers_of(store: Store, blobs: Blobs) -> Callable[[Submission], NDArray[Any] | None]:
    """Submission -> the predictions that were kept of it; None where none were."""
    from leaderboard.artifacts import unpacked

    def answers(row: Submission) -> NDArray[Any] | None:
        digest = store.kept(row.id).predictions_sha256
        return unpacked(blobs.get(digest)) if digest else None

    return answers


def _alike(a: Submission, b: Submission, pair: Pair) -> Alike:
    return Alike(
        first_team=a.team,
        second_team=b.team,
        first=f"s{a.id}",
        second=f"s{b.id}",
        first_name=a.name,
        second_name=b.name,
        kind="file" if a.blob_sha256 == b.blob_sha256 else pair.kind,
        likeness=pair.likeness,
        n_pairs=1,
    )


def _order(pair: Alike) -> tuple[int, float, int, int]:
    """The most alike first; of equal ones the latest of the two submissions decides."""
    return ("file", "exact", "near").index(pair.kind), -pair.likeness, int(pair.second[1:]), int(pair.first[1:])
