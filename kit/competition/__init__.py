"""Competitions: what one is, and how its file is read."""

from __future__ import annotations

from kit.competition.model import (
    Competition,
    CompetitionLimits,
    Data,
    Kind,
    LeaderboardSettings,
    MetricChoice,
    Schedule,
    Split,
    SplitMethod,
    SubmissionForm,
)
from kit.competition.reader import json_schema, read_competition, to_fix

__all__ = [
    "Competition",
    "CompetitionLimits",
    "Data",
    "Kind",
    "LeaderboardSettings",
    "MetricChoice",
    "Schedule",
    "Split",
    "SplitMethod",
    "SubmissionForm",
    "json_schema",
    "read_competition",
    "to_fix",
]
