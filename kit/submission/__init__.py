"""From what an entrant hands in to aligned predictions: the one normal form behind which a CSV and a plugin are alike.

Nothing here is given a solution, so no message can hold anything of one.
"""

from __future__ import annotations

from kit.submission.answers import from_answers
from kit.submission.form import Form, Predictions
from kit.submission.names import Names
from kit.submission.reader import limit_of, read, read_csv
from kit.submission.text import MAX_BYTES

__all__ = ["MAX_BYTES", "Form", "Names", "Predictions", "from_answers", "limit_of", "read", "read_csv"]
