"""Jobs over a tiny made-up competition, for conformance cases."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kit.dataset import write_part
from kit.job import Job, Limits, TaskFacts, encode
from kit.sandbox.predict import Questions

N_TRAIN, N_VALID, N_TEST = 120, 40, 90
SHAPE = (1, 4, 4)
TASK = TaskFacts(
    kind="image-classification",
    classes=tuple("0123456789"),
    n_outputs=10,
    metric="accuracy",
    needs="labels",
    input_shape=SHAPE,
)
GENEROUS = Limits(time_limit_s=60, memory_limit_mib=2048)
HONEST = """
def fit(train, run):
    run.log(epoch=1, loss=0.5)
    return 3

def predict(model, X):
    return (X.reshape(len(X), -1)[:, 0] * 255).astype(int) % 10
"""


def tiny_job(folder: Path, source: str, *, limits: Limits = GENEROUS) -> tuple[Job, Questions]:
    """A job for the plugin with this source over made-up images, and what to ask of it; all of it in `folder`."""
    (folder / "plugin").mkdir(parents=True)
    (folder / "plugin" / "plugin.py").write_text(source, encoding="utf-8")
    rng = np.random.default_rng(0)
    for part, n in (("train", N_TRAIN), ("valid", N_VALID), ("test", N_TEST)):
        images = rng.integers(0, 256, (n, *SHAPE), dtype=np.uint8)
        y = None if part == "test" else rng.integers(0, 10, n)
        write_part(folder / part, images, ids=[str(i) for i in range(n)], y=y)
    job = Job(
        plugin=str(folder / "plugin"),
        name="plugins/tiny",
        train=str(folder / "train"),
        valid=str(folder / "valid"),
        task=TASK,
        limits=limits,
    )
    questions = Questions(
        test=str(folder / "test"),
        order_key="5a" * 32,
        n_train=N_TRAIN,
        n_valid=N_VALID,
        n_outputs=TASK.n_outputs,
        valid=str(folder / "valid"),
    )
    return job, questions


def stage_tiny_job(folder: Path, source: str, *, limits: Limits = GENEROUS) -> None:
    """The same as a folder that an executor starts."""
    job, questions = tiny_job(folder, source, limits=limits)
    (folder / "job.json").write_text(encode(job), encoding="utf-8")
    (folder / "serve.json").write_text(encode(questions), encoding="utf-8")


def right_answers(folder: Path) -> list[int]:
    """What `HONEST` answers to the test rows."""
    images = np.load(folder / "test" / "X.npy")
    return [int(value) for value in images.reshape(N_TEST, -1)[:, 0].astype(int) % 10]
