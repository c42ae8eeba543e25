"""The child's side of a metric that is a file: ``python -P -m kit.worker.metric job.json`` calls its ``score``.

It runs on the host's side, on the host's code: no entrant's byte is executed here. It has no network all the same, so
that a metric that would fetch something fails on the host's desk and not in class, and it can be ended.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from math import isfinite, nan
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_CONTRACT = ("solution", "submission", "row_id_column_name")
_VISIBLE = "ParticipantVisibleError"
_PLAIN_NUMBER = "0|-?[1-9][0-9]{0,17}"


def main() -> None:
    """Do what the file named by the argument says, and leave ``answer.json`` beside it."""
    path = Path(sys.argv[1])
    job = json.loads(path.read_bytes())
    _close_network(path.parent)
    (path.parent / "answer.json").write_text(json.dumps(_answer(job, path.parent)), encoding="utf-8")


def _answer(job: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    try:
        module = _load(Path(job["file"]))
        if wrong := _wrong_contract(module, job["params"]):
            return {"contract": wrong}
        if job["doctests"]:
            return _doctests(module)
        return {"scores": [_score(module.score, part, job, folder) for part in job["parts"]]}
    except BaseException as error:  # noqa: BLE001 - a stranger's code: whatever it raises is told in words
        if any(cls.__name__ == _VISIBLE for cls in type(error).__mro__):
            return {"visible": str(error)}
        where, lines = _own_lines(error, Path(job["file"]))
        return {"failed": lines, "type": type(error).__name__, "where": where}


def _load(file: Path) -> ModuleType:
    from kit.worker import kaggle

    sys.modules["kaggle_metric_utilities"] = kaggle
    sys.path.insert(0, str(file.parent))  # what lies beside it can be imported, as in the notebook that it was
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None, "a .py file has a loader"  # noqa: PT018
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module  # doctest and dataclasses look it up
    spec.loader.exec_module(module)
    return module


def _wrong_contract(module: ModuleType, params: Mapping[str, Any]) -> str:
    """What keeps ``score`` from being called; empty where nothing does."""
    score = getattr(module, "score", None)
    if not callable(score):
        return "it has no function score"
    parameters = inspect.signature(score).parameters
    if tuple(parameters)[: len(_CONTRACT)] != _CONTRACT:
        return f"score begins with ({', '.join(list(parameters)[: len(_CONTRACT)])}), not with ({', '.join(_CONTRACT)})"
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    if unknown := [] if takes_any else [name for name in params if name not in parameters]:
        return f"score has no parameter {unknown[0]}, and metric.params gives it"
    own = [parameter for name, parameter in parameters.items() if name not in _CONTRACT]
    named = [parameter for parameter in own if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)]
    for parameter in named:
        if parameter.default is parameter.empty and parameter.name not in params:
            return f"score needs {parameter.name}, and metric.params does not give it"
    return ""


def _doctests(module: ModuleType) -> dict[str, Any]:
    import doctest

    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for test in doctest.DocTestFinder(recurse=True).find(module):
        runner.run(test, out=said.append)
    return {"doctests": {"n": runner.tries, "n_failed": runner.failures, "report": "".join(said)}}


def _score(score: Callable[..., Any], part: Mapping[str, Any], job: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The score of a part, and as many of the resamples as the time allows."""
    import numpy as np

    key = job["row_id_column_name"]
    solution, submission = (_frame(folder / part[name], key) for name in ("solution", "submission"))

    def scored(truth: pd.DataFrame, answers: pd.DataFrame) -> float:
        value = score(truth.copy(), answers.copy(), key, **job["params"])  # it may change what it is given
        if isinstance(value, (bool, str)) or value is None:
            raise TypeError(f"score returned {type(value).__name__}, not a number")
        return float(value)

    value = scored(solution, submission)
    begun, replicates = time.perf_counter(), []
    for drawn in np.load(folder / part["resamples"], allow_pickle=False):
        try:
            replicate = scored(_resampled(solution, drawn, key), _resampled(submission, drawn, key))
        except Exception:  # noqa: BLE001 - a resample may hold one class only, and a metric may refuse that
            replicate = nan
        replicates.append(replicate if isfinite(replicate) else None)
        if len(replicates) >= job["min_replicates"] and time.perf_counter() - begun > job["budget_s"]:
            break
    return {"value": value if isfinite(value) else None, "replicates": replicates}


def _frame(file: Path, key: str) -> pd.DataFrame:
    """A table as pandas reads it, but for ``NA`` and the like, which are text, and ids such as 007, which stay it."""
    import pandas as pd

    ids = pd.read_csv(file, usecols=[key], dtype=str, keep_default_na=False)[key]
    types = {} if ids.str.fullmatch(_PLAIN_NUMBER).all() else {key: str}
    return pd.read_csv(
        file, dtype=types, keep_default_na=False, na_values=[""], float_precision="round_trip", encoding="utf-8"
    )


def _resampled(frame: pd.DataFrame, drawn: Any, key: str) -> pd.DataFrame:
    """Rows with replacement. Ids are numbered anew: a metric may well join the tables by them."""
    taken: pd.DataFrame = frame.iloc[drawn].reset_index(drop=True)
    taken[key] = (
        range(len(taken)) if taken[key].dtype.kind == "i" else [f"{row_id}~{i}" for i, row_id in enumerate(taken[key])]
    )
    return taken


def _own_lines(error: BaseException, file: Path) -> tuple[str, str]:
    """File and line of the innermost frame of the metric, and its lines down to there with what was raised."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == file.parent]
    lines = [f"{frame.lineno:>5} | {frame.line}" for frame in own]
    said = "".join(traceback.format_exception_only(error)).rstrip()
    where = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else file.name
    return where, "\n".join([*lines, said])


def _close_network(folder: Path) -> None:
    """Nobody can be reached: by a filter for system calls where the system has one, and by Python everywhere."""
    if sys.platform == "linux":
        from kit.sandbox import walls

        walls.shut_in(readable=[Path("/")], writable=[folder, Path("/dev")], network=False)

    def refuse(event: str, _: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
            raise OSError("a metric has no network")

    sys.addaudithook(refuse)


if __name__ == "__main__":
    main()
