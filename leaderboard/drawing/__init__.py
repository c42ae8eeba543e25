"""Charts: as SVG with the table of its numbers beside it, as whole HTML pages, and in characters for a terminal.

Everything is a function from numbers to text. No script, no font, no other file: a page can be mailed as it is. Colours
are CSS variables of `leaderboard.drawing.page.STYLE`, so light and dark are the reader's choice; colour never carries
meaning alone, series differ by their marks, too. Every drawing has its title for those who hear a page, and its numbers
as a table.
"""

from __future__ import annotations

from leaderboard.drawing.bars import Bar, Span, bar_chart, interval_chart
from leaderboard.drawing.lines import Series, line_chart
from leaderboard.drawing.page import charts, figure, page, section, table
from leaderboard.drawing.scale import Axis
from leaderboard.drawing.sparkline import sparkline
from leaderboard.drawing.text import text_chart

__all__ = [
    "Axis",
    "Bar",
    "Series",
    "Span",
    "bar_chart",
    "charts",
    "figure",
    "interval_chart",
    "line_chart",
    "page",
    "section",
    "sparkline",
    "table",
    "text_chart",
]
