"""Scores of both parts, and what is said of a solution that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.errors import MetricError
from kit.metrics.accuracy import accuracy
from kit.metrics.log_loss import log_loss
from kit.metrics.mae import medae
from kit.metrics.rmse import rmse
from kit.metrics.roc_auc import roc_auc
from kit.scoring import require_defined, score, score_part
from kit.solution import read_solution
from kit.submission import Form, Predictions

FORM = Form(
    competition="pets",
    row_id_column_name="id",
    row_ids=("a", "b", "c", "d", "e"),
    columns=("label",),
    needs="labels",
    classes=("cat", "dog"),
)
TEXT = "id,label,Usage\ne,dog,Ignored\na,cat,Public\nb,dog,Public\nc,dog,Private\nd,cat,Private\n"


@pytest.fixture
def solution_file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "solution.csv"
        path.write_text(text)
        return path

    return write


def test_each_part_is_scored_on_its_own_rows(solution_file: Callable[[str], Path]) -> None:
    solution = read_solution(solution_file(TEXT), FORM, accuracy())
    result = score(solution, Predictions(y_pred=np.array([0, 0, 1, 0, 0])), accuracy(), FORM)

    assert (result.public.value, result.public.n) == (0.5, 2)
    assert (result.private.value, result.private.n) == (1.0, 2)
    assert result.public.terms is not None
    assert result.public.terms.tolist() == [[1.0], [0.0]]


def test_the_solution_comes_in_the_order_of_the_form(solution_file: Callable[[str], Path]) -> None:
    solution = read_solution(solution_file(TEXT), FORM, accuracy())

    assert solution.y_true[:4].tolist() == [0, 1, 1, 0]
    assert solution.is_public.tolist() == [True, True, False, False, False]
    assert solution.is_private.tolist() == [False, False, True, True, False]
    assert solution.sha256 == sha256(TEXT.encode()).hexdigest()


def test_the_target_of_probabilities_is_the_class(solution_file: Callable[[str], Path]) -> None:
    form = replace(FORM, needs="probabilities", columns=("p",))
    solution = read_solution(solution_file(TEXT), form, roc_auc())
    result = score(solution, Predictions(y_pred=np.array([0.1, 0.9, 0.2, 0.3, 0.0])), roc_auc(), FORM)

    assert (result.public.value, result.private.value) == (1.0, 0.0)


def test_values_are_read_as_numbers(solution_file: Callable[[str], Path]) -> None:
    form = replace(FORM, needs="values", columns=("price",), classes=())
    text = "id,price,Usage\na,1,Public\nb,2.5,Public\nc,-1e2,Private\nd,0,Private\ne,0,Private\n"

    assert read_solution(solution_file(text), form, rmse()).y_true.tolist() == [1, 2.5, -100, 0, 0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E312"),
        (TEXT.replace("Usage", "usage"), "E309"),
        (TEXT.replace("e,dog,Ignored\n", ""), "E305"),
        (TEXT + "e,dog,Public\n", "E303"),
        (TEXT + "zebra,dog,Public\n", "E302"),
        (TEXT.replace("Ignored", "Other"), "E308"),
        (TEXT.replace("d,cat", "d,"), "E306"),
        (TEXT.replace("d,cat", "d,zebra"), "E308"),
    ],
)
def test_a_wrong_solution_is_the_hosts_and_its_cells_are_not_shown(
    solution_file: Callable[[str], Path], text: str, code: str
) -> None:
    with pytest.raises(MetricError) as caught:
        read_solution(solution_file(text), FORM, accuracy())

    assert caught.value.code == "E603"
    assert caught.value.codes == (code,)
    assert code in ("E302", "E309") or "zebra" not in str([part.message for part in caught.value.parts])


def test_a_solution_that_is_not_there_is_the_hosts(tmp_path: Path) -> None:
    with pytest.raises(MetricError, match="E603"):
        read_solution(tmp_path / "none.csv", FORM, accuracy())


def test_a_part_without_a_value_is_named(solution_file: Callable[[str], Path]) -> None:
    solution = read_solution(solution_file(TEXT.replace("a,cat", "a,dog")), FORM, roc_auc())

    with pytest.raises(MetricError, match=r"E601 .*public test rows: all rows are of one class"):
        score(solution, Predictions(y_pred=np.zeros(5)), roc_auc(), FORM)


@pytest.mark.parametrize("multi_class", ["ovr", "ovo"])
def test_a_part_without_the_last_class_has_no_area(solution_file: Callable[[str], Path], multi_class: Any) -> None:
    form = replace(FORM, classes=("cat", "dog", "fox"), columns=("cat", "dog", "fox"), needs="probabilities")
    solution = read_solution(solution_file(TEXT), form, roc_auc(multi_class))

    with pytest.raises(MetricError, match=r"E601 .*: no row is of class 2, counted from 0"):
        require_defined(solution, roc_auc(multi_class))
    require_defined(solution, roc_auc(multi_class, skip_undefined=True))
    require_defined(solution, log_loss())


def test_a_metric_that_gives_no_number_is_the_hosts(solution_file: Callable[[str], Path]) -> None:
    broken = replace(accuracy(), combine=lambda sums, total: sums[..., 0] * nan)

    with pytest.raises(MetricError, match="E602"):
        score(
            read_solution(solution_file(TEXT), FORM, broken),
            Predictions(y_pred=np.zeros(5, int)),
            broken,
            FORM,
        )


@pytest.mark.parametrize("error", [ValueError, IndexError, ZeroDivisionError])
def test_a_metric_that_stops_is_the_hosts_and_what_it_says_is_not_told(
    error: type[Exception], solution_file: Callable[[str], Path]
) -> None:
    def terms(y_true: Any, y_pred: Any) -> Any:
        raise error(f"31337 and {y_true}")

    broken = replace(accuracy(), terms=terms)
    solution = read_solution(solution_file(TEXT), FORM, broken)

    with pytest.raises(MetricError, match=f"E602 .* stopped with {error.__name__} .*public rows") as caught:
        score(solution, Predictions(y_pred=np.zeros(5, int)), broken, FORM)
    assert "31337" not in repr(caught.value.problem)


def test_a_score_is_not_told_by_its_error(solution_file: Callable[[str], Path]) -> None:
    broken = replace(
        accuracy(), exact=lambda y_true, y_pred, sample_weight: 0.875, terms=lambda y_true, y_pred: np.full((2, 1), nan)
    )

    with pytest.raises(MetricError, match="E602") as caught:
        score(
            read_solution(solution_file(TEXT), FORM, broken),
            Predictions(y_pred=np.zeros(5, int)),
            broken,
            FORM,
        )
    assert "0.875" not in repr(caught.value.problem)


def test_cells_of_ignored_rows_are_not_looked_at(solution_file: Callable[[str], Path]) -> None:
    solution = read_solution(solution_file(TEXT.replace("e,dog", "e,zebra")), FORM, accuracy())

    assert solution.y_true[:4].tolist() == [0, 1, 1, 0]


def test_a_class_may_be_marked_in_a_column_of_its_own(solution_file: Callable[[str], Path]) -> None:
    form = replace(FORM, needs="probabilities", columns=("dog", "cat"))
    text = "id,cat,dog,Usage\na,1,0,Public\nb,0,1,Public\nc,0,1,Private\nd,1.0,0,Private\ne,0,0,Ignored\n"

    assert read_solution(solution_file(text), form, roc_auc()).y_true[:4].tolist() == [0, 1, 1, 0]
    with pytest.raises(MetricError, match="E603") as caught:
        read_solution(solution_file(text.replace("b,0,1", "b,1,1")), form, roc_auc())
    assert "exactly one 1 (first: line 3)" in caught.value.parts[0].message


def test_further_columns_are_numbers_where_all_of_them_are(solution_file: Callable[[str], Path]) -> None:
    metric = replace(rmse(), extra={"weight": "w", "group": "g"})
    form = replace(FORM, needs="values", columns=("y",), classes=())
    text = "id,g,y,w,Usage\na,x,1,2,Public\nb,1,1,3,Public\nc,2,1,4,Private\nd,3,1,5,Private\ne,4,1,6,Ignored\n"

    extra = read_solution(solution_file(text), form, metric).extra

    assert extra["weight"][:4].tolist() == [2.0, 3.0, 4.0, 5.0]
    assert extra["group"][:4].tolist() == ["x", "1", "2", "3"]


def test_the_spread_of_many_rows_is_scaled_from_resamples_of_fewer() -> None:
    """Of a median of n exponential values, it is log(2) / f = 1 over the root of n, f being the density there."""
    n = 400_000
    errors = np.random.default_rng(0).exponential(size=n)
    part = score_part(medae(), errors, np.zeros(n), seed_text="c/public")

    assert part.replicates is not None
    assert np.std(part.replicates) == pytest.approx(1 / np.sqrt(n), rel=0.25)
    assert np.mean(part.replicates) == pytest.approx(part.value, abs=1e-3)
