"""What a score is worth: intervals, paired tests, ranks, and what repeated tries do to them.

Pure functions of what is stored with each score (`kit.scoring.PartScore`); nothing here looks at a solution.
"""

from __future__ import annotations

from leaderboard.statistics.bootstrap import replicates, replicates_of_all
from leaderboard.statistics.feedback import is_improvement, resolution, rounded
from leaderboard.statistics.intervals import interval, wilson
from leaderboard.statistics.paired import Comparison, compare, holm, mcnemar_exact
from leaderboard.statistics.ranks import rank_intervals
from leaderboard.statistics.selection import ShakeUp, expected_drop, shake_up
from leaderboard.statistics.similarity import Pair, similar

__all__ = [
    "Comparison",
    "Pair",
    "ShakeUp",
    "compare",
    "expected_drop",
    "holm",
    "interval",
    "is_improvement",
    "mcnemar_exact",
    "rank_intervals",
    "replicates",
    "replicates_of_all",
    "resolution",
    "rounded",
    "shake_up",
    "similar",
    "wilson",
]
