"""Area under the ROC curve: how often a positive row is put above a negative one.

The score is a count of pairs, no mean over rows, so this metric takes a path of its own: `area` gives the number,
`components` what each row contributes to it, linearised, for bootstrap and paired tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric
from kit.metrics.chances import as_columns
from kit.metrics.classes import rows_of_rarest_class
from kit.metrics.curve import Curve, curve
from kit.metrics.roc_auc_pairs import area_of_pairs, components_of_pairs, linearised_pairs

Average: TypeAlias = Literal["macro", "weighted"]


def roc_auc(
    multi_class: Literal["ovr", "ovo"] = "ovr", average: Average = "macro", skip_undefined: bool = False
) -> Metric:
    """The area under the ROC curve, which is how often a positive row is put above a negative one.

    Parameters
    ----------
    multi_class
        Of more than two classes: ``ovr`` is the mean over the classes of the area of one against the rest; ``ovo``
        the mean over the pairs of classes, of the area on the rows of these two, by the scores of either.
    average
        ``macro``: the plain mean. ``weighted``: classes (labels, pairs) count by how many rows they have.
    skip_undefined
        Leave out classes and labels that have no area, since none or all of the rows are of them. Otherwise such a
        solution is refused when the competition is built.

    Returns
    -------
    Metric
        From 0 to 1, greater is better; 0.5 is what chance gives.

    Notes
    -----
    (R - m (m + 1) / 2) / (m k), with R the sum of the mid-ranks of the m positive rows among all and k negative rows;
    a tie counts one half. Only the order matters: a submission holds ``id,score`` with any finite number, the greater
    the surer of ``classes[1]``; of more classes, or of several labels a row, a column for each. Of several labels the
    score is the mean over the columns (mean column-wise AUC). Twice the numerator is a whole number and is kept as
    one, so equal orders give bit-equal scores and share a rank on the board; an integral of the curve by trapezia
    would not. With weights a pair counts by the product of its rows' weights.

    References
    ----------
    J. A. Hanley, B. J. McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC)
    curve", Radiology 143 (1982), p. 29; D. J. Hand, R. J. Till, "A simple generalisation of the area under the ROC
    curve for multiple class classification problems", Machine Learning 45 (2001), p. 171 (``ovo``); scikit-learn,
    ``roc_auc_score``.

    Examples
    --------
    >>> roc_auc().value(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75
    >>> roc_auc().value(np.array([[0, 1], [1, 0], [1, 1]]), np.array([[1, 9], [2, 7], [3, 7]]))
    0.875
    """
    how: Mapping[str, Any] = {"average": average, "skip_undefined": skip_undefined}
    is_paired = multi_class == "ovo"
    return Metric(
        name="roc_auc",
        summary="Of a positive and a negative row, how often is the positive one put first?",
        greater_is_better=True,
        needs="probabilities",
        best=1.0,
        worst=0.0,
        unit="value",
        interval="delong",
        source="J. A. Hanley, B. J. McNeil, Radiology 143 (1982), p. 29; DeLong et al., Biometrics 44 (1988), p. 837",
        has_columns=not is_paired,
        terms=partial(_components_of_either, **how) if is_paired else components,
        combine=partial(_linearised_of_either if is_paired else linearised, **how),
        exact=partial(_area_of_either if is_paired else area, **how),
        value_and_terms=None if is_paired else partial(area_and_components, **how),
        n_independent=_rows_of_either if is_paired else n_disjoint_pairs,
        params={"multi_class": multi_class, **how},
        undefined=partial(one_class, skip_undefined=skip_undefined, is_paired=is_paired),
    )


def area(
    y_true: Array,
    y_pred: Array,
    *,
    sample_weight: Array | None = None,
    average: Average = "macro",
    skip_undefined: bool = False,
) -> float:
    """Share of the (positive, negative) pairs that are in the right order, a tie counting one half.

    Parameters
    ----------
    y_true, y_pred
        As `kit.metrics.chances.as_columns`; the area is the mean over the columns.
    sample_weight : shape (n_samples,)
        A pair counts by the product of its weights.
    average, skip_undefined
        As `roc_auc`. NaN where there is no area.

    Examples
    --------
    >>> area(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75
    """
    columns, scores = as_columns(y_true, y_pred)
    return _mean_area(_curves(columns, scores, sample_weight), average, skip_undefined)


def area_and_components(
    y_true: Array, y_pred: Array, *, average: Average = "macro", skip_undefined: bool = False
) -> tuple[float, FloatArray]:
    """`area` and `components`, for which the rows are sorted once."""
    columns, scores = as_columns(y_true, y_pred)
    curves = _curves(columns, scores)
    return _mean_area(curves, average, skip_undefined), _components(columns, curves)


def components(y_true: Array, y_pred: Array) -> FloatArray:
    """What each row contributes to the area (DeLong's structural components).

    Parameters
    ----------
    y_true, y_pred
        As for `area`.

    Returns
    -------
    shape (n_samples, 3 * n_columns)
        For each column [1, V10, 0] of a positive row, V10 = the share of negatives below it; [0, 0, V01 - A] of a
        negative row, V01 = the share of positives above it, A = the area. Ties count one half. A is taken off here
        because `linearised` sees sums only.

    References
    ----------
    E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver
    operating characteristic curves", Biometrics 44 (1988), p. 839.

    Examples
    --------
    >>> components(np.array([0, 1, 1]), np.array([0.5, 0.5, 0.9])).tolist()
    [[0.0, 0.0, 0.0], [1.0, 0.5, 0.0], [1.0, 1.0, 0.0]]
    """
    columns, scores = as_columns(y_true, y_pred)
    return _components(columns, _curves(columns, scores))


def linearised(
    sums: FloatArray, total: FloatArray, *, average: Average = "macro", skip_undefined: bool = False
) -> FloatArray:
    """A* = (W+ V10) / W+ 1 + (W- V01) / W- 1 - A: the area under weights W, to first order in W.

    Exact for equal weights. What is dropped is the second-order term of Hoeffding's decomposition, O(1 / n). NaN
    where one of the classes has no weight.

    References
    ----------
    A. W. van der Vaart, *Asymptotic Statistics*, Cambridge University Press 1998, section 12.2 (projection of a
    two-sample U-statistic).
    """
    n_positive, n = sums[..., 0::3], np.asarray(total)[..., np.newaxis]
    with np.errstate(divide="ignore", invalid="ignore"):
        areas = sums[..., 1::3] / n_positive + sums[..., 2::3] / (n - n_positive)
        areas = np.where(n_positive < n, areas, np.nan)  # in a column of one class the third is 0 / 0 or 0 / rounding
    return _averaged(areas, n_positive, average, skip_undefined)


def n_disjoint_pairs(terms: FloatArray) -> int:
    """How many pairs of a positive and a negative row can be made without using a row twice, in the worst column."""
    n_positive = terms[:, 0::3].sum(axis=0)
    pairs = np.minimum(n_positive, len(terms) - n_positive)
    return int(pairs[pairs > 0].min(initial=len(terms)))


def one_class(y_true: Array, *, skip_undefined: bool = False, is_paired: bool = False) -> str | None:
    """Why these rows have no area, or None."""
    true = np.asarray(y_true)
    if true.ndim == 2:
        return "pairs are of classes, not of several labels" if is_paired else _one_label(true, skip_undefined)
    if (true == true[0]).all():
        return "all rows are of one class"
    if true.max() == 1 and true.min() == 0:
        return None
    classes = np.unique(true)
    if len(classes) <= classes[-1] and not skip_undefined:
        missing = np.setdiff1d(np.arange(classes[-1]), classes)[0]
        return f"no row is of class {missing}, counted from 0; skip_undefined = true leaves it out"
    return None


def _one_label(y_true: Array, skip_undefined: bool) -> str | None:
    is_constant = (y_true == y_true[0]).all(axis=0)
    if is_constant.all():
        return "all rows have the same labels"
    if is_constant.any() and not skip_undefined:
        label = int(np.argmax(is_constant)) + 1
        return f"label column {label} is the same in all rows; skip_undefined = true leaves such columns out"
    return None


def _curves(columns: Array, scores: FloatArray, sample_weight: Array | None = None) -> list[Curve]:
    return [curve(c, s, sample_weight) for c, s in zip(columns.T, scores.T, strict=True)]


def _mean_area(curves: Sequence[Curve], average: Average, skip_undefined: bool) -> float:
    areas = np.array([_area(found) for found in curves])
    n_positive = np.array([found.positives[-1] for found in curves], dtype=np.float64)
    return float(_averaged(areas, n_positive, average, skip_undefined))


def _components(columns: Array, curves: Sequence[Curve]) -> FloatArray:
    terms = np.zeros((len(columns), 3 * len(curves)))
    for j, found in enumerate(curves):
        terms[:, 3 * j] = columns[:, j].view(np.uint8)  # of bool it takes longer
        if not np.isfinite(of_column := _area(found)):
            continue
        of_positive, of_negative = terms[:, 3 * j + 1], terms[:, 3 * j + 2]
        for rows, below, above in found.pieces():
            positive = columns[:, j].take(rows)
            of_positive[rows] = below * positive  # np.where of a random mask takes ten times as long
            of_negative[rows] = (above - of_column) * ~positive + 0.0  # no -0.0
    return terms


def _area(found: Curve) -> float:
    """Python's numbers: of whole numbers the quotient is the nearest there is."""
    pairs = 2 * found.positives[-1].item() * found.negatives[-1].item()
    return found.twice_wins().item() / pairs if pairs else np.nan


def _averaged(areas: FloatArray, n_positive: FloatArray, average: Average, skip_undefined: bool) -> FloatArray:
    """The mean over the last axis; NaN where one of them has no area, unless these are left out."""
    if areas.shape[-1] == 1:
        return np.asarray(areas[..., 0])
    weights = n_positive if average == "weighted" else np.ones_like(areas)
    if skip_undefined:
        weights, areas = np.where(np.isnan(areas), 0.0, weights), np.nan_to_num(areas)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((weights * areas).sum(axis=-1) / weights.sum(axis=-1))


def _is_binary(y_pred: Array) -> bool:
    return np.ndim(y_pred) == 1 or np.shape(y_pred)[1] <= 2


def _area_of_either(
    y_true: Array,
    y_pred: Array,
    *,
    sample_weight: Array | None = None,
    average: Average,
    skip_undefined: bool,
) -> float:
    if _is_binary(y_pred):
        return area(y_true, y_pred, sample_weight=sample_weight)
    weights = None if sample_weight is None else np.asarray(sample_weight)
    return area_of_pairs(y_true, y_pred, weights, average, skip_undefined)


def _components_of_either(y_true: Array, y_pred: Array, *, average: Average, skip_undefined: bool) -> FloatArray:
    if _is_binary(y_pred):
        return components(y_true, y_pred)
    return components_of_pairs(y_true, y_pred, average, skip_undefined)


def _linearised_of_either(sums: FloatArray, total: FloatArray, *, average: Average, skip_undefined: bool) -> FloatArray:
    if sums.shape[-1] == 3:
        return linearised(sums, total, average=average, skip_undefined=skip_undefined)
    return linearised_pairs(sums, total)


def _rows_of_either(terms: FloatArray) -> int:
    return n_disjoint_pairs(terms) if terms.shape[1] == 3 else rows_of_rarest_class(terms, n_blocks=2)
