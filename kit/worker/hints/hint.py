"""What a hint is."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Hint(NamedTuple):
    """Words of an exception, and what they mean.

    Parameters
    ----------
    pattern
        Searched in ``Type: text``. Its named groups can stand in `why` and `fix`.
    why
        The cause. Begins with "Probably" where there may be another.
    fix
        What to write.
    line
        Searched in the entrant's innermost line, where the words alone don't tell enough.
    phase
        Which call has to go on, where that matters.
    """

    pattern: str
    why: str
    fix: str
    line: str = ""
    phase: Literal["", "import", "fit", "predict"] = ""
