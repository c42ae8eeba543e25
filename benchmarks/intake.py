"""What it takes to read, check, align and score a submitted file, against pandas with scikit-learn and against parsers.

Goals, for a million rows: at least 5 times as fast as `pandas.read_csv`, a merge by id and scikit-learn's metric, and
less than twice what the fastest of pyarrow, polars and pandas' C engine takes to parse the file and nothing else. Ten
million rows in less than 2 GB of memory, in a process of their own. What is compared is one number of all rows, as the
peer has it; the last column is what the board asks for, the public and the private part with the terms of every row,
of which intervals are made. polars is of the dependency group ``benchmarks``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pairs import load, spread
from kit.errors import ParticipantVisibleError
from kit.metrics.accuracy import accuracy
from kit.metrics.base import Metric
from kit.metrics.roc_auc import roc_auc
from kit.scoring import score
from kit.solution import Solution
from kit.submission import Form, Names, read

ROWS, MANY_ROWS, RUNS = 1_000_000, 10_000_000, 5
SEED = 1  # what was chosen was chosen with the files of seed 0
N_CLASSES = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A file, what it is scored against, and how."""

    file: Path
    form: Form
    solution: Solution
    metric: Metric

    def number(self) -> float:
        """Read, check, align and score: what the peer gives."""
        predictions = read(self.file.read_bytes(), self.form, name="p.csv")
        return self.metric.value(self.solution.y_true, predictions.y_pred)

    def ours(self) -> float:
        """The same for the board: both parts, with their terms."""
        predictions = read(self.file.read_bytes(), self.form, name="p.csv")
        return score(self.solution, predictions, self.metric, self.form).public.value


def run(*arguments: str) -> None:
    """Print two tables; with ``many``, be the process that reads the large file."""
    if arguments:
        print(json.dumps(_read_many(Path(arguments[1]), whole=arguments[2] == "right")))
        return
    with tempfile.TemporaryDirectory() as scratch:
        print(f"{ROWS:,} rows, {RUNS} rounds after one; {load()}")
        print(f"  {'file':<32}{'ours, ms':<22}{'pandas … sklearn, ms':<26}{'times faster':<22}", end="")
        print(f"{'fastest parser, ms':<30}{'ours / parser':<18}for the board, ms")
        for metric in ("accuracy", "roc_auc"):
            for ids in ("whole", "text"):
                for order in ("same", "shuffled"):
                    _compare(Path(scratch), metric, ids, order)
        print("  goal" + " " * 74 + f"{'>= 5':<52}< 2")
        print(f"\n{MANY_ROWS:,} rows, id and probability, in another order, a process of its own; {load()}")
        file = Path(scratch) / "many.csv"
        _write(file, _ids(MANY_ROWS, "whole"), _answers(MANY_ROWS, "roc_auc"), "shuffled")
        for which in ("right", "wrong"):
            command = [sys.executable, "-m", "benchmarks", "intake", "many", str(file), which]
            told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(
                f"  {which:<8}{told['seconds']:.1f} s, at most {told['peak_gb']:.2f} GB   goal < 2 GB   {told['said']}"
            )


def _compare(folder: Path, metric: str, ids: str, order: str) -> None:
    case, peer = _case(folder, metric, ids, order)
    parsers = _parsers(case.file)
    tried = (case.number, case.ours, peer, *parsers.values())
    for one in tried:
        one()
    rounds = [[_ms(f) for f in tried] for _ in range(RUNS)]
    ours, board, theirs, *parsing = (list(column) for column in zip(*rounds, strict=True))
    fastest = min(range(len(parsing)), key=lambda i: sorted(parsing[i])[RUNS // 2])
    parser = parsing[fastest]
    faster = [b / a for a, b in zip(ours, theirs, strict=True)]
    ratio = [a / b for a, b in zip(ours, parser, strict=True)]
    told = f"{[*parsers][fastest]} {spread(parser, '{:.0f}')}"
    print(f"  {f'{metric}, {ids} ids, {order}':<32}{spread(ours, '{:.0f}'):<22}{spread(theirs, '{:.0f}'):<26}", end="")
    print(f"{spread(faster, '{:.1f}'):<22}{told:<30}{spread(ratio, '{:.1f}'):<18}{spread(board, '{:.0f}')}")
    case.file.unlink()


def _case(folder: Path, metric: str, ids: str, order: str) -> tuple[Case, Callable[[], object]]:
    rng = np.random.default_rng(SEED)
    names, answers = _ids(ROWS, ids), _answers(ROWS, metric)
    y_true = rng.integers(0, N_CLASSES if metric == "accuracy" else 2, ROWS)
    file = folder / f"{metric}-{ids}-{order}.csv"
    _write(file, names, answers, order)
    case = Case(
        file=file,
        form=_form(Names(names), metric),
        solution=_solution(y_true, rng),
        metric=accuracy() if metric == "accuracy" else roc_auc(),
    )
    return case, _peer(file, names, y_true, metric)


def _peer(file: Path, names: Sequence[str], y_true: Any, metric: str) -> Callable[[], object]:
    import pandas as pd
    import sklearn.metrics

    column = "label" if metric == "accuracy" else "p"
    truth = pd.DataFrame({"id": names, "y": y_true})
    truth["id"] = truth["id"].astype(pd.read_csv(file, nrows=1)["id"].dtype)
    measure = getattr(sklearn.metrics, {"accuracy": "accuracy_score", "roc_auc": "roc_auc_score"}[metric])

    def peer() -> object:
        both = truth.merge(pd.read_csv(file), on="id", validate="one_to_one")
        return measure(both["y"], both[column])

    return peer


def _parsers(file: Path) -> dict[str, Callable[[], object]]:
    import pandas as pd

    parsers: dict[str, Callable[[], object]] = {"pandas": partial(pd.read_csv, file, engine="c")}
    for name, module in (("pyarrow", "pyarrow.csv"), ("polars", "polars")):
        try:
            parsers[name] = partial(import_module(module).read_csv, file)
        except ImportError:
            print(f"  {name} is not installed:   uv sync --group benchmarks")
    return parsers


def _ids(n: int, kind: str) -> list[str]:
    return [str(i) for i in range(n)] if kind == "whole" else [f"img_{i:08d}.png" for i in range(n)]


def _answers(n: int, metric: str) -> list[str]:
    rng = np.random.default_rng(SEED + 1)
    if metric == "accuracy":
        return [str(label) for label in rng.integers(0, N_CLASSES, n).tolist()]
    return [repr(p) for p in rng.random(n).tolist()]


def _write(file: Path, ids: Sequence[str], answers: Sequence[str], order: str) -> None:
    rows = range(len(ids)) if order == "same" else np.random.default_rng(SEED).permutation(len(ids)).tolist()
    with file.open("w") as opened:
        opened.write("id,label\n" if len(answers[0]) == 1 else "id,p\n")
        opened.writelines(f"{ids[i]},{answers[i]}\n" for i in rows)


def _form(ids: Names, metric: str) -> Form:
    is_labels = metric == "accuracy"
    return Form(
        competition="b",
        row_id_column_name="id",
        row_ids=ids,
        columns=("label",) if is_labels else ("p",),
        needs="labels" if is_labels else "probabilities",
        classes=tuple(map(str, range(N_CLASSES if is_labels else 2))),
    )


def _solution(y_true: Any, rng: np.random.Generator) -> Solution:
    is_public = rng.random(len(y_true)) < 0.3
    return Solution(y_true=y_true, is_public=is_public, is_private=~is_public, sha256="")


def _read_many(file: Path, *, whole: bool) -> dict[str, Any]:
    rng = np.random.default_rng(SEED)
    words = np.arange(MANY_ROWS)
    ids = Names(np.concatenate([words[a : a + 2**16].astype(np.str_).astype("U8") for a in range(0, MANY_ROWS, 2**16)]))
    solution = _solution(rng.integers(0, 2, MANY_ROWS), rng)
    case = Case(file=file, form=_form(ids, "roc_auc"), solution=solution, metric=roc_auc())
    if not whole:
        with file.open("a") as opened:
            opened.writelines(["7,0.5\n", "8,many\n", "x,0.5\n"])
    begun = time.perf_counter()
    try:
        said = f"scored {case.ours():.4f}"
    except ParticipantVisibleError as error:
        said = f"refused: {', '.join(error.codes)}"
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "peak_gb": _peak_gb(), "said": said}


def _peak_gb() -> float:
    """Most memory of this process so far; the `resource` module would tell that of the parent where it was more."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024**2


def _ms(f: Callable[[], object]) -> float:
    begun = time.perf_counter()
    f()
    return 1000 * (time.perf_counter() - begun)
