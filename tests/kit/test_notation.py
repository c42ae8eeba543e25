"""How scores are written."""

from __future__ import annotations

from kit import notation


def test_nothing_is_written_as_less_than_nothing() -> None:
    assert notation.score(-0.0, "value") == notation.score(-1e-9, "value") == "0.0000"
    assert notation.score(-0.0, "share") == "0.0 %"
    assert notation.score(-0.25, "value") == "-0.2500"
