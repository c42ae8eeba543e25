"""Train a shipped plugin in this process, through the kit's own loading, and clock it.

No worker and no sandbox: what is measured here is the model. `overhead` measures what surrounds it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.workspaces import prepared_workspace
from kit.dataset import Dataset
from kit.plugin.built_in import BUNDLED
from kit.plugin.context import Run, Task
from kit.plugin.load import Model, load_plugin
from kit.plugin.pretrained import Pretrained
from kit.prepare import Prepared
from kit.source.weights import on_this_computer
from kit.workspace import Workspace

TIME_LIMIT_S = 600.0
PREDICT_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A fitted plugin, and how long its `fit` took."""

    model: Any
    seconds: float
    _plugin: Model
    _task: Task
    _run: Run

    def answers(self, X: Any) -> NDArray[Any]:
        """What the plugin answers for `X`, asked in batches as the sandbox does."""
        parts = [X[start : start + PREDICT_BATCH] for start in range(0, len(X), PREDICT_BATCH)]
        answer = self._plugin.predict
        return np.concatenate(
            [np.asarray(answer(model=self.model, X=part, task=self._task, run=self._run)) for part in parts]
        )


def train(
    name: str, data: Prepared, *, seed: int, params: Mapping[str, Any] | None = None, weights: Sequence[str] = ()
) -> Trained:
    """Fit ``plugins/<name>`` on the train and valid rows of `data`. Its test rows and its solution are not opened.

    It may use those of the pretrained `weights` that are on this computer; features are computed anew.
    """
    plugin = load_plugin(BUNDLED / "plugins" / name, name, params=params)
    task = Task.of(data.facts.task, pretrained(weights))
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as workdir:
        run = Run(
            seed=seed,
            device="cpu",
            n_threads=int(os.environ["OMP_NUM_THREADS"]),
            workdir=Path(workdir),
            ends_at=start + TIME_LIMIT_S,
            send=lambda _numbers: None,
        )
        train, valid = (data.rows(part) if task.environment is None else None for part in ("train", "valid"))
        model = plugin.fit(task=task, train=train, valid=valid, run=run)
    return Trained(model=model, seconds=time.monotonic() - start, _plugin=plugin, _task=task, _run=run)


def pretrained(names: Sequence[str]) -> Pretrained:
    """Those of these weights that are on this computer, and features by them without a cache."""
    here = Pretrained(allowed=tuple(names), files=on_this_computer(names))
    return replace(here, ask=lambda name, part: here.backbone(name).features(cast(Dataset, part).uint8))


def labelled(data: Prepared, part: str) -> Dataset:
    """The train or valid rows."""
    rows = data.rows(part)
    if not isinstance(rows, Dataset):
        raise TypeError(f"the {part} rows have no labels")
    return rows


@contextmanager
def competition(name: str, *, n_threads: int = 2) -> Iterator[tuple[Workspace, Prepared]]:
    """A workspace of its own with this competition prepared; what is trained in it uses `n_threads`."""
    os.environ["OMP_NUM_THREADS"] = str(n_threads)  # before torch starts OpenMP
    import torch

    torch.set_num_threads(n_threads)
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Workspace.find(prepared_workspace(Path(scratch), name))
        yield workspace, workspace.prepared(name)
