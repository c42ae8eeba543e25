"""The ranking of one competition as it may be shown: what is told of scores, who stands where, who is tied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from kit.errors import Problem, UsageError
from leaderboard.comparison import PartCompared, on_part, without_details
from leaderboard.evidence import Evidence
from leaderboard.feedback import Told, standard_error, told
from leaderboard.standings import Standing, private_standings, public_standings, with_rank_intervals, with_ranks
from leaderboard.store.base import Part, Scored

if TYPE_CHECKING:
    from kit.competition import Competition
    from kit.metrics.base import Metric
    from kit.scoring import PartScore
    from leaderboard.statistics.selection import ShakeUp


class Ranking:
    """The ranking of one competition, by the scores that count now.

    Parameters
    ----------
    exact
        Its public scores as they are kept, oldest first.
    competition, metric
        Its file, and what ranks it.
    evidence
        Of a part: what its scores are made of.
    answers
        Number of a submission -> the digest of its answers; None where none were kept.
    """

    def __init__(
        self,
        exact: Sequence[Scored],
        *,
        competition: Competition,
        metric: Metric,
        evidence: Callable[[Part], Evidence],
        answers: Callable[[int], str | None],
    ) -> None:
        self._exact, self._competition, self._metric = exact, competition, metric
        self._evidence, self._answers = evidence, answers

    @cached_property
    def told(self) -> Told:
        """Public scores as entrants may see them."""
        feedback = self._competition.leaderboard.feedback
        return told(
            self._exact,
            feedback,
            metric=self._metric,
            is_improvement=lambda best, new: self._public.is_improvement(best, new),
        )

    def public(self, *, without: int | None = None, has_ties: bool = True) -> tuple[Standing, ...]:
        """Who stands where in public; as it was before a submission, `without` it, and then without ties."""
        rows = [row for row in self.told.rows if row.submission_id != without]
        ranked = public_standings(rows, greater_is_better=self._metric.greater_is_better)
        standings = tuple(replace(row, step=self.told.step) for row in ranked)
        return self._tied(standings, self._exact, self._public) if has_ties and without is None else standings

    def place(self, team: str) -> Standing | None:
        """A team's row of `public` with its ties, but for the bracket; None where it has none."""
        standings = self.public(has_ties=False)
        place = next((place for place, row in enumerate(standings) if row.team == team), None)
        if place is None:
            return None
        of_row = {row.submission_id: row for row in self._exact}
        interval = self._public.rank_interval([of_row[row.submission_id] for row in standings], place)
        return standings[place] if interval is None else with_ranks(standings[place], interval, standings)

    def private(self, private: Sequence[Scored], *, until: float) -> tuple[Standing, ...]:
        """Who stands where in private, of what was handed in before the reveal.

        Parameters
        ----------
        private
            Private scores.
        until
            When they were revealed, unix seconds: whoever came later had seen them.
        """
        counting = [row for row in self._exact if row.received_at < until]
        shown = [row for row in self.told.rows if row.received_at < until]
        greater_is_better = self._metric.greater_is_better
        before = {row.team: row.rank for row in public_standings(shown, greater_is_better=greater_is_better)}
        selected = self._competition.limits.selected
        rows = private_standings(counting, private, greater_is_better=greater_is_better, selected=selected)
        standings = tuple(replace(row, public_rank=before[row.team]) for row in rows)
        return self._tied(standings, private, self._evidence("private"))

    def shake_up(self, standings: Sequence[Standing], private: Sequence[Scored]) -> ShakeUp | None:
        """How far teams moved from the public to the private board, beside what the luck of the rows alone would do.

        Parameters
        ----------
        standings
            As `private` gives them.
        private
            Private scores.

        Returns
        -------
        ShakeUp or None
            None where there are fewer than two teams, or what scores are made of is not on disk any more.
        """
        from leaderboard.statistics.selection import shake_up

        parts: dict[Part, list[PartScore]] = {}
        of_part: dict[Part, Sequence[Scored]] = {"public": self._exact, "private": private}
        for part, rows in of_part.items():
            of_row, evidence = {row.submission_id: row for row in rows}, self._evidence(part)
            found = (evidence.part(of_row[row.submission_id]) for row in standings)
            parts[part] = [score for score in found if score is not None]
        if len(standings) < 2 or any(len(some) < len(standings) for some in parts.values()):
            return None
        shaken = shake_up(
            self._metric,
            parts["public"],
            parts["private"],
            public_seed_text=self._public.seed_text,
            private_seed_text=self._evidence("private").seed_text,
        )
        moved = sum(abs(row.moved or 0) for row in standings)
        return replace(shaken, observed=moved / len(standings) ** 2)  # of the ranks that were shown, rounded or not

    def compare(self, first: int, second: int) -> tuple[PartCompared | None, str]:
        """How two submissions compare in public, as far as the competition tells it; or why nothing can be said.

        Parameters
        ----------
        first, second
            Their numbers.

        Raises
        ------
        UsageError
            E010 if one of them was measured with other rows, or by another metric.
        """
        exact, shown = ({row.submission_id: row for row in rows} for rows in (self._exact, self.told.rows))
        outdated = [number for number in (first, second) if number not in exact]
        if outdated:
            raise UsageError(_outdated(outdated))
        if withheld := [number for number in (first, second) if number in self.told.withheld]:
            are = " and ".join(f"s{number}" for number in withheld)
            return None, f"only significant improvements are told here, and {are} was none"
        parts = [self._public.part(exact[number]) for number in (first, second)]
        if parts[0] is None or parts[1] is None:
            return None, "what the scores are made of is not on disk any more"
        part = on_part(self._metric, parts[0], parts[1], seed_text=self._public.seed_text)
        if self._competition.leaderboard.feedback == "full":
            return part, ""
        values = {"first": shown[first].value, "second": shown[second].value}
        return without_details(part, **values, step=self.told.step), ""

    def expected_drop(self, team: str) -> float | None:
        """By how much the best of a team's tries is too good, if all were equally good; None for a single one.

        By as much it is expected to do worse on other rows. The tries are taken for independent, which gives the most
        that luck alone would do.
        """
        from leaderboard.statistics.selection import expected_drop

        n_different = self.n_different(team)
        if n_different < 2:
            return None
        own = [row for row in self.told.rows if row.team == team]
        best = public_standings(own, greater_is_better=self._metric.greater_is_better)[0]
        return expected_drop(n_different, standard_error(best.interval_lo, best.interval_hi))

    def n_different(self, team: str) -> int:
        """How many of a team's tries have answers that none of its others has: those alone could be lucky or not."""
        own = [row.submission_id for row in self.told.rows if row.team == team]
        return len({self._answers(number) or number for number in own})

    def _tied(self, standings: Sequence[Standing], exact: Sequence[Scored], evidence: Evidence) -> tuple[Standing, ...]:
        """The rows with the ranks that they may have: what is told may be rounded, what ties are made of is not."""
        of_row = {row.submission_id: row for row in exact}
        intervals = evidence.rank_intervals([of_row[row.submission_id] for row in standings])
        return with_rank_intervals(standings, intervals)

    @property
    def _public(self) -> Evidence:
        return self._evidence("public")


def _outdated(numbers: Sequence[int]) -> Problem:
    were = "was" if len(numbers) == 1 else "were"
    these = " and ".join(f"s{number}" for number in numbers)
    return Problem(
        code="E010",
        message=f"{these} {were} scored before the competition changed: on other rows, or by another metric",
        why="Scores can be compared where the same rows were answered.",
        fix="hand the same files in again: they are scored anew",
    )
