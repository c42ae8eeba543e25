"""What a score is worth: intervals, paired tests, ranks, and what repeated tries do to them.

Pure functions of what is stored with each score (`kit.scoring.PartScore`); nothing here looks at a solution.
"""

from __future__ import annotations

from leaderboard.statistics.intervals import interval
from leaderboard.statistics.paired import Comparison, compare

__all__ = ["Comparison", "compare", "interval"]
