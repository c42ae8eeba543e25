"""Charts: every number is in them, nothing of a stranger's is markup, and no value breaks them."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.drawing import (
    Axis,
    Bar,
    Series,
    Span,
    bar_chart,
    figure,
    interval_chart,
    line_chart,
    page,
    section,
    sparkline,
    table,
    text_chart,
)
from leaderboard.drawing.scale import Scale, round_values

X, Y = Axis(name="epoch"), Axis(name="loss")
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), NUMBERS), max_size=8), st.booleans())
def test_any_numbers_make_a_chart_that_can_be_read(points: list[tuple[float, float]], is_log: bool) -> None:
    series = [Series(name="loss", points=tuple(sorted(points, key=lambda point: point[0])))]
    chart = line_chart("A chart", series, x=X, y=Axis(name="loss", is_log=is_log))

    assert drawn(chart).get("aria-label") == "A chart"
    assert "nan" not in chart
    assert "inf" not in chart


@given(st.floats(1e-9, 1e9), st.floats(1.1, 1e6), st.booleans())
def test_a_scale_keeps_the_order_of_values_and_their_ends(low: float, factor: float, is_log: bool) -> None:
    scale = Scale.of(Axis(name="", is_log=is_log), [low, low * factor], 10, 110)
    places = [scale.at(low / 2 if is_log else low - 1), scale.at(low), scale.at(low * factor)]

    assert 10 <= places[0] <= places[1] < places[2] <= 110


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_round_values_lie_between_their_ends_and_are_few(low: float, wide: float) -> None:
    values = round_values(low, low + wide)

    assert 1 <= len(values) <= 7
    assert all(low - 1e-6 * wide <= value <= low + wide * (1 + 1e-6) for value in values)


def test_what_has_no_place_on_a_log_axis_is_a_cross() -> None:
    axis = Axis(name="loss", is_log=True)
    chart = line_chart("", [Series(name="a", points=((1, 0.5), (2, math.nan), (3, -1.0)))], x=X, y=axis)

    assert chart.count(">x</text>") == 2


def test_a_value_beyond_the_end_of_an_axis_stands_at_the_end() -> None:
    scale = Scale.of(Axis(name="", high=2.0), [0.0, 1e30], 0, 100)

    assert scale.at(1e30) == 100


def test_series_differ_by_their_marks_and_not_by_colour_alone() -> None:
    chart = drawn(line_chart("", [Series(name=n, points=((1, 1),)) for n in "abcdef"], x=X, y=Y))
    legend = [one for one in chart if "mark" in (one.get("class") or "")][:6]

    shapes = {one.tag + "".join(c for c in one.get("d", "") if c.isalpha()) for one in legend}
    assert len(shapes) >= 4


def test_a_bar_begins_at_nothing_so_that_lengths_can_be_compared() -> None:
    bars = drawn(bar_chart("", [Bar(name="a", value=1), Bar(name="b", value=2)], axis=Axis(name="")))
    one, two = (float(bar.get("width", "")) for bar in bars if bar.tag == "rect")

    assert two == pytest.approx(2 * one, rel=0.02)


def test_an_interval_is_as_long_as_it_is_wide() -> None:
    spans = [Span(name="a", lo=0.9, value=0.95, hi=1.0), Span(name="b", lo=0.8, value=0.9, hi=1.0)]
    chart = drawn(interval_chart("", spans, axis=Axis(name="")))

    assert sum("span" in (one.get("class") or "") for one in chart) == 2


def test_names_of_strangers_are_words_and_no_markup() -> None:
    evil = '<script>"&'
    chart = line_chart(evil, [Series(name=evil, points=((1, 1),))], x=Axis(name=evil), y=Y)
    whole = page(evil, [section(evil, [figure(evil, chart, table([evil], [[evil]], caption=evil), said=evil)])])

    assert "<script" not in whole
    assert drawn(chart).get("aria-label") == evil


def test_a_page_needs_nothing_else() -> None:
    whole = page("A page", [])

    assert "http" not in whole
    assert "<script" not in whole
    assert "prefers-color-scheme: dark" in whole


def test_a_table_has_heads_for_its_columns_and_rows() -> None:
    found = table(["rows", "score"], [["10", "0.5"]], caption="Scores", right=(1,), best=0)

    assert '<th scope="col">rows</th>' in found
    assert '<th scope="row">10</th><td class="number">0.5</td>' in found
    assert '<tr class="best">' in found


def test_a_sparkline_of_nothing_is_empty() -> None:
    assert drawn(sparkline("the loss", [math.nan])).get("aria-label") == "the loss"
    assert "path" in sparkline("the loss", [3, 2, 1])


def test_a_chart_in_characters_has_a_point_for_each_value() -> None:
    lines = text_chart([(1, 0.1), (2, 0.5), (3, math.nan)], x=X, y=Y, width=40, height=6)

    assert "".join(lines).count("●") == 2
    assert lines[1].endswith("x")
    assert max(map(len, lines)) <= 40


@given(st.lists(st.tuples(st.floats(1, 1e6), NUMBERS), min_size=1, max_size=12), st.integers(60, 100))
def test_no_chart_in_characters_is_wider_than_the_terminal(points: list[tuple[float, float]], width: int) -> None:
    lines = text_chart(points, x=Axis(name="lr", is_log=True), y=Y, width=width)

    assert max(map(len, lines)) <= width
