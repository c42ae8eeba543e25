"""What metric files import as ``kaggle_metric_utilities``: the module that lies beside them at home.

Written from what public metric notebooks call; each function does what its callers rely on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


class ParticipantVisibleError(Exception):
    """What the entrant did wrong, in words meant for the entrant."""


class HostVisibleError(Exception):
    """What went wrong, in words for the host alone."""


def treat_as_participant_error(error_message: str, solution: pd.DataFrame | pd.Series[Any]) -> bool:
    """Whether a message can't hold anything of the solution: that is all numbers, and the message has no digit.

    Parameters
    ----------
    error_message
        Of an exception that nobody expected.
    solution
        The true answers. Where there are truth values, the words true and false say something too.
    """
    import pandas as pd

    columns = [solution] if isinstance(solution, pd.Series) else [solution[name] for name in solution.columns]
    if not all(pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column) for column in columns):
        return False
    has_bools = any(pd.api.types.is_bool_dtype(column) for column in columns)
    return not re.search(r"[0-9]" + (r"|(?i:true|false)" if has_bools else ""), error_message)


def safe_call_score(
    metric_function: Callable[..., Any],
    solution: pd.DataFrame | pd.Series[Any],
    submission: pd.DataFrame | pd.Series[Any],
    **metric_func_kwargs: Any,
) -> float:
    """Call a metric, and turn what it raises into an error for the one or the other.

    Raises
    ------
    ParticipantVisibleError
        What the metric says to the entrant, or an error that says nothing of the solution.
    HostVisibleError
        Everything else; also for a result that is no finite number.
    """
    import math

    try:
        result = metric_function(solution, submission, **metric_func_kwargs)
    except Exception as error:
        message = str(error)
        if type(error).__name__ == "ParticipantVisibleError" or (
            type(error).__name__ != "HostVisibleError" and treat_as_participant_error(message, solution)
        ):
            raise ParticipantVisibleError(message) from error
        raise HostVisibleError(message) from error
    if not isinstance(result, (int, float)) or not math.isfinite(result):
        raise HostVisibleError("the metric gave no finite number")
    return float(result)


def verify_valid_probabilities(df: pd.DataFrame, df_name: str) -> None:
    """Refuse a table that holds anything but probabilities, rows summing to 1 within numpy's tolerance.

    Raises
    ------
    ParticipantVisibleError
        Naming the table and what it holds instead.
    """
    import numpy as np
    import pandas as pd

    if not all(pd.api.types.is_numeric_dtype(df[name]) for name in df.columns):
        raise ParticipantVisibleError(f"All target values in {df_name} must be numeric")
    if df.min().min() < 0:
        raise ParticipantVisibleError(f"All target values in {df_name} must be at least zero")
    if df.max().max() > 1:
        raise ParticipantVisibleError(f"All target values in {df_name} must be no greater than one")
    if not np.allclose(df.sum(axis=1), 1):
        raise ParticipantVisibleError(f"Target values in a row of {df_name} do not add to one")
