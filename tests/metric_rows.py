"""Rows for every metric: what the laws in ``tests/property/test_metric_laws.py`` are tried with.

A key of `ROWS` is a metric as one would write it in Python, ``accuracy`` or ``fbeta(beta=2.0, average='macro')``, and
maybe what is special about its rows, ``accuracy  # of labels``; its function makes, of a random generator, a few rows
that have a score: with ties, and with rare classes.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kit.metrics.base import Metric
from kit.metrics.parameters import make_metric
from kit.plugin.manager import harness
from tests import metric_cells as cells
from tests import metric_values as numbers

Array: TypeAlias = NDArray[Any]
Rows: TypeAlias = tuple[Array, Array, dict[str, Array]]
"""y_true, y_pred, and the further columns of the solution by the keys of `Metric.extra`."""


def name_of(key: str) -> str:
    """The name that a metric is registered under."""
    return key.partition("#")[0].strip().partition("(")[0]


def metric_of(key: str) -> Metric:
    """The metric that a key of `ROWS` writes."""
    call = ast.parse(key, mode="eval").body
    params = {word.arg: ast.literal_eval(word.value) for word in call.keywords} if isinstance(call, ast.Call) else {}
    return make_metric(harness().load("register_metrics", name_of(key)), {str(word): params[word] for word in params})


def perfect(key: str, y_true: Array, y_pred: Array) -> Array:
    """The answer that is the truth: in the shape of an answer."""
    if key in PERFECT:
        return PERFECT[key](y_true, y_pred)
    if metric_of(key).needs == "probabilities" and y_pred.ndim > y_true.ndim:
        return np.eye(y_pred.shape[1])[y_true]
    return y_true.astype(y_pred.dtype)


def two_classes(rng: Generator) -> Rows:
    """Labels of two classes, both of which occur."""
    y_true, _, _ = scores(rng)
    return y_true, rng.integers(0, 2, len(y_true)), {}


def several_classes(rng: Generator) -> Rows:
    """Labels of some of seven classes; an answer may be a class that never occurs."""
    classes = rng.choice(7, int(rng.integers(1, 6)), replace=False)
    y_true, y_pred = rng.choice(classes, (2, int(rng.integers(1, 40))))
    return y_true, y_pred, {}


def scores(rng: Generator) -> Rows:
    """Two classes, both of which occur, and any numbers."""
    n = int(rng.integers(2, 40))
    y_true = rng.permutation(np.r_[0, 1, rng.integers(0, 2, n - 2)])
    return y_true, rng.integers(-3, 5, n).astype(float), {}


def chances(rng: Generator) -> Rows:
    """Two classes, both of which occur, and a probability of the second."""
    y_true, y_pred, _ = scores(rng)
    return y_true, (y_pred + 3) / 7, {}


def chances_of_classes(rng: Generator) -> Rows:
    """Four classes, all of which occur, and a probability of each."""
    n = int(rng.integers(4, 40))
    y_true = rng.permutation(np.r_[0, 1, 2, 3, rng.integers(0, 4, n - 4)])
    weights = rng.integers(1, 4, (n, 4))
    return y_true, weights / weights.sum(axis=1, keepdims=True), {}


def several_labels(rng: Generator) -> Rows:
    """0 and 1 of each of three labels."""
    y_true, y_pred = rng.integers(0, 2, (2, int(rng.integers(1, 30)), 3))
    return y_true, y_pred, {}


def several_labels_of_which_one_is_rare(rng: Generator) -> Rows:
    """The same for three labels, of which the last may be the same in all rows, and any numbers."""
    y_true, y_pred, _ = chances_of_labels(rng)
    y_true[:, 2] *= rng.integers(0, 2)
    return y_true, y_pred, {}


def chances_of_labels(rng: Generator) -> Rows:
    """0 and 1 of each of three labels, both of which occur in each, and a probability of each."""
    n = int(rng.integers(2, 30))
    y_true = np.concatenate([[[0, 1, 0], [1, 0, 1]], rng.integers(0, 2, (n - 2, 3))])
    return rng.permutation(y_true), rng.integers(0, 8, (n, 3)) / 7, {}


def values(rng: Generator) -> Rows:
    """Values of both signs that are not all the same."""
    n = int(rng.integers(2, 40))
    y_true, y_pred = rng.integers(-5, 6, (2, n)).astype(float)
    y_true[:2] = 1, 2
    return y_true, y_pred, {}


def counts(rng: Generator) -> Rows:
    """Values that are not negative."""
    y_true, y_pred, _ = values(rng)
    return np.abs(y_true), np.abs(y_pred), {}


def several_classes_that_both_occur(rng: Generator) -> Rows:
    """Labels of up to seven classes, two of which at least occur."""
    y_true, y_pred, _ = several_classes(rng)
    return np.r_[y_true, 5, 6], np.r_[y_pred, 6, 6], {}


def constant_values(rng: Generator) -> Rows:
    """Values that are all the same, and predictions that are not."""
    y_true, y_pred, _ = values(rng)
    return np.full_like(y_true, rng.choice([0.1, 3.0])), y_pred, {}


ROWS: Mapping[str, Callable[[Generator], Rows]] = {
    "accuracy": several_classes,
    "accuracy  # of labels": several_labels,
    "average_precision": scores,
    "average_precision  # of classes": chances_of_classes,
    "average_precision  # without a positive row": several_labels_of_which_one_is_rare,
    "average_precision(average='weighted')": chances_of_labels,
    "balanced_accuracy": several_classes,
    "bits_per_byte": numbers.written,
    "bits_per_byte(solution='lengths')": numbers.token_counts,
    "bits_per_char": numbers.written,
    "bits_per_char(solution='lengths')": numbers.token_counts,
    "brier": chances,
    "brier  # of classes": chances_of_classes,
    "brier  # of labels": chances_of_labels,
    "brier(scale_by_half=True)": chances_of_classes,
    "cer": cells.sentences,
    "cohen_kappa": several_classes,
    "cohen_kappa(weights='linear')": several_classes,
    "cohen_kappa(weights='quadratic')": several_classes,
    "crps": numbers.members,
    "crps(form='cdf')": numbers.distributions,
    "dice": cells.masks,
    "dice(average='global')": cells.masks,
    "dice(both_empty='skip')": cells.masks,
    "episodic_return": values,
    "f1": several_classes,
    "f1(average='binary')": two_classes,
    "f1(average='micro')": several_classes,
    "f1(average='samples', zero_division=1.0)": several_labels,
    "f1(average='weighted')": several_classes,
    "fbeta": several_classes,
    "fbeta(beta=0.5, average='micro', zero_division=1.0)": several_labels,
    "fbeta(beta=0.5, average='weighted', zero_division=1.0)": several_labels,
    "fbeta(beta=2.0, average='macro', zero_division=1.0)": several_labels,
    "gini": numbers.varied_counts,
    "hamming": several_labels,
    "hamming  # of classes": several_classes,
    "hit_at_k": cells.rankings,
    "hit_at_k  # with nothing to find": cells.rankings_some_of_nothing,
    "hit_at_k(k=1)": cells.rankings,
    "iou": cells.masks,
    "iou(average='global', both_empty=0)": cells.masks,
    "jaccard": cells.sets,
    "jaccard(average='binary')": two_classes,
    "jaccard(average='macro')": several_classes,
    "jaccard(average='micro')": several_classes,
    "jaccard(average='samples', zero_division=1.0)": several_labels,
    "jaccard(average='sets')": cells.sets,
    "jaccard(average='weighted')": several_classes,
    "kendall": numbers.varied,
    "kl_divergence": numbers.both_chances,
    "kl_divergence(epsilon=1e-12)": numbers.chances_of_one,
    "levenshtein": cells.sentences,
    "levenshtein(normalised=True, nfc=False)": cells.sentences,
    "log_loss": chances,
    "log_loss  # of classes": chances_of_classes,
    "log_loss  # of labels": chances_of_labels,
    "mae": values,
    "map_at_k": cells.rankings,
    "map_at_k  # with nothing to find": cells.rankings_some_of_nothing,
    "map_at_k(k=2, divide_by='relevant')": cells.rankings,
    "mape": numbers.not_zero,
    "mase": numbers.scaled,
    "mase  # of series": numbers.scaled_series,
    "mcc": two_classes,
    "mcc  # of classes": several_classes_that_both_occur,
    "mcrmse": numbers.tables,
    "mcrmsle": numbers.tables_of_counts,
    "mcrmsle(negatives='clip')": numbers.tables_of_counts,
    "mean_f1": cells.sets,
    "mean_precision_iou": cells.objects,
    "medae": values,
    "mrr": cells.rankings,
    "mrr  # with nothing to find": cells.rankings_some_of_nothing,
    "mrr(k=2)": cells.rankings,
    "mse": values,
    "ndcg_at_k": cells.rankings,
    "ndcg_at_k  # with nothing to find": cells.rankings_some_of_nothing,
    "ndcg_at_k(by='qid', k=3)": cells.documents,
    "ndcg_at_k(graded=True)": cells.graded_rankings,
    "ndcg_at_k(k=2, gain='linear')": cells.rankings,
    "normalised_gini": numbers.varied_counts,
    "pearson": numbers.varied,
    "perplexity": numbers.token_counts,
    "pinball": numbers.varied,
    "pinball(alpha=(0.1, 0.9))": numbers.quantiles,
    "poisson_deviance": numbers.positive_for_counts,
    "quadratic_weighted_kappa": values,
    "quadratic_weighted_kappa(non_integer='round')": chances,
    "r2": numbers.varied,
    "r2  # of constants": constant_values,
    "recall_at_k": cells.rankings,
    "recall_at_k  # with nothing to find": cells.rankings_some_of_nothing,
    "rmse": values,
    "rmsle": counts,
    "rmsle(negatives='clip')": counts,
    "rmsse": numbers.scaled,
    "rmsse  # of series": numbers.scaled_series,
    "roc_auc": scores,
    "roc_auc  # of classes": chances_of_classes,
    "roc_auc(average='weighted')": chances_of_labels,
    "roc_auc(multi_class='ovo')": chances_of_classes,
    "roc_auc(multi_class='ovo', average='weighted')": chances_of_classes,
    "roc_auc(skip_undefined=True)": several_labels_of_which_one_is_rare,
    "smape": values,
    "smape(percent=True)": values,
    "spearman": numbers.varied,
    "top_k_error": chances_of_classes,
    "top_k_error(k=1)": chances,
    "tweedie_deviance": numbers.varied,
    "tweedie_deviance(power=-1.0)": numbers.positive,
    "tweedie_deviance(power=1.5)": numbers.positive_for_counts,
    "tweedie_deviance(power=2.0)": numbers.positive,
    "tweedie_deviance(power=3.0)": numbers.positive,
    "wer": cells.sentences,
    "wmae": numbers.weighted,
    "wmae(normalise='weights')": numbers.weighted,
}

PERFECT: Mapping[str, Callable[[Array, Array], Array]] = {
    "bits_per_byte": numbers.certain,
    "bits_per_byte(solution='lengths')": numbers.certain,
    "bits_per_char": numbers.certain,
    "bits_per_char(solution='lengths')": numbers.certain,
    "crps": numbers.in_every_column,
    "crps(form='cdf')": numbers.distribution_at,
    "ndcg_at_k(graded=True)": cells.best_ranking,
    "perplexity": numbers.certain,
    "pinball(alpha=(0.1, 0.9))": numbers.in_every_column,
    "poisson_deviance": numbers.all_but_zero,
    "tweedie_deviance(power=1.5)": numbers.all_but_zero,
}
"""What the perfect answer is (of y_true and some y_pred), where it does not look like the truth."""

NO_PERFECT = {
    *(key for key in ROWS if key.endswith("with nothing to find")),  # such rows have 0
    "average_precision  # without a positive row",  # such columns have 0
    "episodic_return",  # its solution holds seeds
    "gini",  # how unequal the values are
    "map_at_k(k=2, divide_by='relevant')",  # more may be right than there are places
}
"""Keys of metrics where nobody knows the perfect answer."""

NO_WEIGHTS = {"ndcg_at_k(by='qid', k=3)"}  # a list has several rows
"""Keys of metrics that take no weights."""
