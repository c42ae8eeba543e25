"""Scoring in a notebook: `metric` on arrays, `score` on tables. Public as ``kit.metric`` and ``kit.score``."""

from __future__ import annotations

from kit.notebook.measure import Measure, metric
from kit.notebook.tables import score

__all__ = ["Measure", "metric", "score"]
