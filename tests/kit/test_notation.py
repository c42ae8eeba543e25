"""How scores are written."""

from __future__ import annotations

import pytest

from kit import notation


def test_nothing_is_written_as_less_than_nothing() -> None:
    assert notation.score(-0.0, "value") == notation.score(-1e-9, "value") == "0.0000"
    assert notation.score(-0.0, "share") == "0.0 %"
    assert notation.score(-0.25, "value") == "-0.2500"


@pytest.mark.parametrize(
    ("value", "unit", "step", "written"),
    [
        (0.5, "value", 0.1, "0.5"),
        (0.694, "value", 0.002, "0.694"),
        (0.00034, "value", 0.00002, "0.00034"),
        (1250.0, "value", 50.0, "1250"),
        (0.96, "share", 0.02, "96 %"),
        (1.0, "share", 0.02, "100 %"),
        (0.945, "share", 0.005, "94.5 %"),
        (29 / 30, "share", 1 / 30, "96.7 %"),
        (0.5, "value", 0.0, "0.5000"),
    ],
)
def test_a_rounded_score_has_the_decimals_of_its_step(
    value: float, unit: notation.Unit, step: float, written: str
) -> None:
    assert notation.score(value, unit, step=step) == written
