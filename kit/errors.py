"""The tree of errors. What is raised is what a person reads; each class has its codes and its exit code.

::

    KitError
    ├── UsageError                2   E0xx   a command, a name or a configuration: the typist's to mend
    ├── PluginError               3   E1xx   a plugin, before it runs    E2xx   while it runs
    ├── ParticipantVisibleError   4   E3xx   a submitted file: every problem at once
    ├── RefusedError              5   E4xx   not now: says when
    ├── DataError                 6   E5xx   source files are missing or not what they should be
    ├── MetricError               7   E6xx   a metric or a competition is wrong: the host's to mend
    ├── StorageError              8   E7xx   store, disk, network
    │   └── LeaseLostError        8   E707   another worker owns the job now: discard, write nothing
    └── SandboxError              9   E8xx   the sandbox could not be set up: the host's to mend

``PluginError``, ``ParticipantVisibleError`` and ``RefusedError`` may be shown to an entrant of a class board; the
others are kept for the host. Every code has a lesson in ``kit/lessons/``, printed by ``kit explain CODE``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, in the order in which it is read: what, where, expected and got, why, how to fix.

    Parameters
    ----------
    code
        ``E`` and three digits; ``kit explain CODE`` has the lesson.
    message
        What happened, one line, plain words, without a full stop.
    where
        The reader's own file and line (``plugins/my_cnn/plugin.py:12``), never one of ours.
    excerpt
        Lines of the reader's file, shown as they are.
    expected, got
        Two halves of one sentence; both or neither.
    why
        One or two sentences, where the reason is not obvious.
    fix
        What to do, imperative. A command or a line of code stands as it can be typed.
    printed
        The last lines that the reader's own code printed before it failed.
    """

    code: str
    message: str
    where: str = ""
    excerpt: str = ""
    expected: str = ""
    got: str = ""
    why: str = ""
    fix: str = ""
    printed: str = ""


class KitError(Exception):
    """What every error of ours is: a `Problem` and, for an envelope such as E301, the problems inside it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, problem: Problem, parts: Iterable[Problem] = ()) -> None:
        super().__init__(f"{problem.code}  {problem.message}")
        self.problem = problem
        self.parts = tuple(parts)

    def __reduce__(self) -> tuple[Any, ...]:
        """Goes from one process to another whatever its class is made from; otherwise it ends the pool it came of."""
        return _made_again, (type(self), self.args, self.__dict__)

    @property
    def code(self) -> str:
        """Its code, for ``kit explain``."""
        return self.problem.code

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the parts where there are any, else its own: what is counted in statistics of mistakes."""
        return tuple(dict.fromkeys(part.code for part in self.parts)) or (self.code,)


def _made_again(kind: type[KitError], arguments: tuple[Any, ...], state: dict[str, Any]) -> KitError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


class UsageError(KitError):
    """A command, a name or a configuration is wrong; the person who typed it can mend it."""

    exit_code = 2


class PluginError(KitError):
    """A plugin can't be accepted (E1xx) or failed while it ran (E2xx); shows the entrant's own lines only."""

    exit_code = 3


class ParticipantVisibleError(KitError):
    """A submitted file can't be scored; holds every problem found, and nothing derived from the solution."""

    exit_code = 4


class RefusedError(KitError):
    """A rule of the board says no for now; the message says when it will say yes."""

    exit_code = 5


class DataError(KitError):
    """The files of a data source are missing, incomplete or not the ones that were named."""

    exit_code = 6


class MetricError(KitError):
    """A metric or a competition is wrong. Never an entrant's fault, and never a score."""

    exit_code = 7


class StorageError(KitError):
    """The store, the disk or the network failed."""

    exit_code = 8


class LeaseLostError(StorageError):
    """A write came with a token that no longer owns its job."""


class SandboxError(KitError):
    """A sandbox could not be set up. Nothing weaker is ever tried in its place."""

    exit_code = 9


OTHER_WORDS = {"random": "hashed", "shuffle": "hashed", "time": "temporal", "sequential": "contiguous"} | {
    word: name
    for name, words in {
        "accuracy": "acc",
        "average_precision": "ap auprc pr_auc prauc",
        "brier": "brier_score",
        "cer": "character_error_rate",
        "cohen_kappa": "kappa",
        "dice": "dsc",
        "f1": "f1_score f1_macro macro_f1 f1_micro micro_f1",
        "gini": "gini_coefficient",
        "iou": "miou",
        "kendall": "kendalltau kendall_tau tau",
        "kl_divergence": "kl kld",
        "log_loss": "logloss cross_entropy crossentropy bce ce nll",
        "mae": "mean_absolute_error wape wmape",  # these divide by the sum of the truth: the same order of teams
        "map_at_k": "map map@k mapk",
        "mape": "mean_absolute_percentage_error",
        "mcc": "matthews matthews_corrcoef",
        "mrr": "mean_reciprocal_rank",
        "mse": "mean_squared_error",
        "ndcg_at_k": "ndcg ndcg@k",
        "pearson": "pearsonr",
        "perplexity": "ppl",
        "pinball": "quantile quantile_loss",
        "quadratic_weighted_kappa": "qwk",
        "r2": "r2_score r_squared",
        "recall_at_k": "recall@k",
        "rmse": "root_mean_squared_error",
        "roc_auc": "auc auroc roc rocauc",
        "spearman": "spearmanr rho",
        "top_k_error": "top5 top_5",
        "wer": "word_error_rate",
    }.items()
    for word in words.split()
}
"""What there is, by other words for it: splits, then metrics."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is meant by `name`, or looks most like it; None where nothing is close."""
    from difflib import get_close_matches  # imported by those who err only

    known = list(known)
    if (meant := OTHER_WORDS.get(name.casefold())) in known:
        return meant
    matches = get_close_matches(name, known, n=1, cutoff=0.6)
    return matches[0] if matches else None
