"""Grades from scores: a rule, then the form in which a learning platform takes them."""

from __future__ import annotations

FORMATS = ("plain", "canvas", "moodle", "moodle-worksheet", "nbgrader")
