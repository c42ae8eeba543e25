"""Matthews' correlation coefficient: how far labels go with the truth, whatever the classes' shares."""

from __future__ import annotations

from functools import partial

import numpy as np

from kit.metrics.base import Array, FloatArray, Metric, quotient
from kit.metrics.classes import is_class, n_classes, rows_of_rarest_class, same_shape


def mcc() -> Metric:
    """Matthews' correlation coefficient, of two classes or more.

    Returns
    -------
    Metric
        From -1 to 1, greater is better; 0 is what chance, or a constant answer, gives.

    Notes
    -----
    (c s - t.p) / sqrt((s² - p.p) (s² - t.t)), with s rows of which c are right, and t and p how often each class is
    true and is predicted. 0 where a factor is: all rows have one label, or one answer. Of two classes it is the
    correlation of 0 and 1 (phi). A submission holds ``id,label``.

    References
    ----------
    B. W. Matthews, Biochimica et Biophysica Acta 405 (1975), p. 442; J. Gorodkin, "Comparing two K-category
    assignments by a K-category correlation coefficient", Computational Biology and Chemistry 28 (2004), p. 367;
    scikit-learn, ``matthews_corrcoef``.

    Examples
    --------
    >>> mcc().value(np.array([1, 1, 1, 0]), np.array([1, 0, 1, 1])).__round__(4)
    -0.3333
    """
    return Metric(
        name="mcc",
        summary="How far do answers go with the truth? 0 is chance, or always the same, however frequent a class is.",
        greater_is_better=True,
        needs="labels",
        best=1.0,
        worst=-1.0,
        unit="value",
        interval="bootstrap",
        source="B. W. Matthews, Biochimica et Biophysica Acta 405 (1975), p. 442; J. Gorodkin (2004)",
        terms=margins,
        combine=_correlation,
        n_independent=partial(rows_of_rarest_class, n_blocks=2),
    )


def margins(y_true: Array, y_pred: Array) -> FloatArray:
    """Of which class each row is, which it was given, and whether it is right: ones and zeros.

    Returns
    -------
    shape (n_samples, 2 * n_classes + 1)
        Classes beyond the largest index that occurs have no columns.
    """
    true, given = same_shape(y_true, y_pred)
    k = n_classes(true, given)
    return np.concatenate(
        [is_class(true, k), is_class(given, k), (true == given)[:, np.newaxis]], axis=1, dtype=np.float64
    )


def _correlation(sums: FloatArray, total: FloatArray) -> FloatArray:  # noqa: ARG001 - it is the sum of a margin
    k = sums.shape[-1] // 2
    true, given, right = sums[..., :k], sums[..., k : 2 * k], sums[..., 2 * k]
    # Sums of the margins, not the total: of a constant answer the spread is 0 then to the last digit.
    n_true, n_given = true.sum(axis=-1), given.sum(axis=-1)
    spreads = [(of * (n[..., np.newaxis] - of)).sum(axis=-1) for of, n in ((true, n_true), (given, n_given))]
    scale = np.sqrt(spreads[0]) * np.sqrt(spreads[1])
    covariance = right * n_true - (true * given).sum(axis=-1)
    return np.asarray(np.clip(quotient(covariance, scale, otherwise=0.0), -1, 1))
