"""What a run of a plugin leaves, in the form in which it is kept: of submissions and of runs on one's own alike."""

from __future__ import annotations

import io
import platform
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kit.metrics.base import Metric
    from kit.prepare import Prepared
    from kit.run import Left
    from kit.scoring import PartScore

SEED = 0  # of every submission: nobody mines seeds
_PACKAGES = ("competition-kit", "numpy", "pandas", "scikit-learn", "torch", "torchvision")


def labelled_predictions(prepared: Prepared, part: str, answers: NDArray[Any], *, where: str) -> tuple[Any, Any]:
    """Labels and predictions of ``train`` or ``valid``, in the form in which a metric takes them.

    Raises
    ------
    PluginError
        E2xx if the answers can't be used.
    """
    import numpy as np

    from kit.dataset import Dataset
    from kit.submission import from_answers

    if prepared.facts.task.environment is not None:
        seeds = prepared.seeds("valid")  # no others are played for nothing
        form = replace(prepared.form(), row_ids=tuple(map(str, range(len(seeds)))))
        return np.asarray(seeds), from_answers(answers, form, where=where).y_pred
    rows = prepared.rows(part)
    assert isinstance(rows, Dataset), f"the {part} rows have labels"
    form = replace(prepared.form(), row_ids=tuple(rows.ids.tolist()))
    return rows.y, from_answers(answers, form, where=where).y_pred


def score_of_part(
    metric: Metric, prepared: Prepared, part: str, answers: NDArray[Any] | None, *, where: str
) -> PartScore | None:
    """The score on ``train`` or ``valid``, by us: what a plugin says of itself is not a score.

    None where there are no answers, or the metric has no value for these rows.

    Raises
    ------
    PluginError
        E2xx if the answers can't be used.
    """
    from kit.scoring import score_part

    if answers is None:
        return None
    y_true, y_pred = labelled_predictions(prepared, part, answers, where=where)
    if metric.why_undefined(y_true) is not None:
        return None
    return score_part(metric, y_true, y_pred, seed_text=f"{prepared.facts.name}/{part}")


def small(answers: NDArray[Any], metric: Metric) -> NDArray[Any]:
    """Answers to train or valid as they are kept, with enough digits for curves and reports.

    Parameters
    ----------
    answers
        What the plugin gave, of any shape and sort.
    metric
        Of the competition. Where it needs values all are kept as float32; else what lies between 0 and 1 as float16,
        other floats as float32, and labels in 16 or 32 bits where they fit.
    """
    import numpy as np

    kind = answers.dtype.kind
    if kind not in "biuf":
        return answers
    with np.errstate(over="ignore", invalid="ignore"):  # of answers that were refused
        if metric.needs in ("values", "returns"):
            return answers.astype(np.float32)
        if kind == "f":
            return answers.astype(np.float16 if (np.abs(answers) <= 1).all() else np.float32)
    fitting = (size for size in (np.int16, np.int32) if (answers.astype(size) == answers).all())
    return answers.astype(next(fitting, np.int64))


def npz(part: PartScore) -> bytes:
    """What statistics are made of, as the bytes of a ``.npz`` file: the terms of a score, or its replicates."""
    import numpy as np

    file = io.BytesIO()
    if part.terms is not None:
        np.savez_compressed(file, terms=part.terms)
    elif part.replicates is not None:
        np.savez_compressed(file, replicates=part.replicates)
    return file.getvalue()


def part_score(data: bytes, *, value: float, n: int) -> PartScore:
    """The score that `npz` wrote down; `value` and `n` stand elsewhere."""
    import numpy as np

    from kit.scoring import PartScore

    with np.load(io.BytesIO(data), allow_pickle=False) as kept:
        return PartScore(value=value, n=n, **{name: kept[name] for name in kept.files})


def packed(y_pred: NDArray[Any]) -> bytes:
    """Predictions in the form in which they are kept, without pickle.

    A ``.npy`` file; of text a ``.npz`` file with its UTF-8 bytes (``text``), where each cell ends in them (``ends``)
    and the ``shape``.
    """
    import numpy as np

    if y_pred.dtype != object:
        return npy(y_pred)
    cells = [str(cell).encode("utf-8", "surrogatepass") for cell in y_pred.ravel()]
    ends = np.cumsum([len(cell) for cell in cells], dtype=np.int64)
    file = io.BytesIO()
    text = np.frombuffer(b"".join(cells), np.uint8)
    np.savez_compressed(file, text=text, ends=ends, shape=np.asarray(y_pred.shape))
    return file.getvalue()


def unpacked(data: bytes) -> NDArray[Any]:
    """The predictions that `packed` wrote down."""
    import numpy as np

    kept = np.load(io.BytesIO(data), allow_pickle=False)
    if isinstance(kept, np.ndarray):
        return kept
    with kept:
        text, ends = kept["text"].tobytes(), kept["ends"].tolist()
        cells = np.empty(len(ends), dtype=object)
        cells[:] = [text[a:b].decode("utf-8", "surrogatepass") for a, b in zip([0, *ends], ends, strict=False)]
        return cells.reshape(kept["shape"])


def npy(array: NDArray[Any]) -> bytes:
    """An array as the bytes of a ``.npy`` file."""
    import numpy as np

    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def circumstances(left: Left) -> dict[str, str]:
    """What a run was shut into and what it might use: the sandbox, threads, limits. As text, to be compared."""
    if left.job is None:
        return {}
    limits = {name: str(value) for name, value in asdict(left.job.limits).items() if value is not None}
    return {"sandbox": left.outcome.sandbox, "threads": str(left.job.n_threads)} | limits


def versions() -> dict[str, str]:
    """What may change a score: Python, platform, and the packages that plugins learn with."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
