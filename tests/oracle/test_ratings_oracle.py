"""Ratings against a published table."""

from __future__ import annotations

import numpy as np
import pytest

from kit.ratings import bradley_terry

TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
WINS = (
    (0, 7, 9, 7, 7, 9, 11),
    (6, 0, 7, 5, 11, 9, 9),
    (4, 6, 0, 7, 7, 8, 12),
    (6, 8, 6, 0, 6, 7, 10),
    (6, 2, 6, 7, 0, 7, 12),
    (4, 4, 5, 6, 6, 0, 6),
    (2, 4, 1, 3, 1, 7, 0),
)


def test_baseball_of_1987_is_rated_as_in_the_textbook() -> None:
    # A. Agresti, Categorical Data Analysis, 2nd ed., Wiley 2002, section 10.6.1: log odds against Baltimore.
    games = [(TEAMS[i], TEAMS[j], 1.0) for i in range(7) for j in range(7) for _ in range(WINS[i][j])]
    found = bradley_terry(games, ridge=1e-9)
    log_odds = dict(zip(found.agents, found.points * np.log(10) / 400, strict=True))

    against = [log_odds[team] - log_odds["Baltimore"] for team in TEAMS]
    assert against == pytest.approx([1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0.0], abs=5e-5)
