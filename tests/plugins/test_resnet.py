"""Transfer learning, with random weights everywhere and with real ones on real photos where they are."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kit.backbones.network import bare
from kit.competition import read_competition
from kit.dataset import Dataset
from kit.job import TaskFacts
from kit.plugin.built_in import BUNDLED
from kit.plugin.context import Run, Task
from kit.plugin.load import Model, load_plugin
from kit.plugin.pretrained import Pretrained
from kit.source.folder import load
from kit.source.weights import on_this_computer

HOME = Path(os.environ.get("KIT_DATA_HOME", "/nowhere"))
needs_photos = pytest.mark.skipif(
    not (HOME / "images" / "chihuahua-muffin").is_dir() or not (HOME / "weights").is_dir(),
    reason="needs photos and weights: set KIT_DATA_HOME to a folder with images/chihuahua-muffin and weights",
)
FACTS = TaskFacts(
    kind="image-classification",
    classes=("dog", "cake"),
    n_outputs=2,
    metric="accuracy",
    needs="labels",
    input_shape=(3, 40, 40),
)


def plugin(**params: Any) -> Model:
    return load_plugin(BUNDLED / "plugins" / "resnet", "resnet", params=params)


def allowing(files: dict[str, str]) -> Task:
    """A task that allows these weights; features are computed anew."""
    here = Pretrained(allowed=tuple(files), files=files)

    def ask(name: str, part: object) -> Any:
        assert isinstance(part, Dataset)
        return here.backbone(name).features(part.uint8)

    return Task.of(FACTS, replace(here, ask=ask))


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Task:
    file = tmp_path_factory.mktemp("weights") / "small.pth"
    torch.manual_seed(0)
    torch.save(bare("cifar_resnet20").state_dict(), file)
    return allowing({"cifar_resnet20": str(file)})


@pytest.fixture
def run(tmp_path: Path) -> Callable[[float], Run]:
    def made(seconds: float = 600.0) -> Run:
        ends_at = time.monotonic() + seconds
        return Run(seed=0, device="cpu", n_threads=1, workdir=tmp_path, ends_at=ends_at, send=lambda _numbers: None)

    return made


def photos(n: int, *, seed: int = 0, classes: int = 2) -> Dataset:
    """Dark and light noise."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    X = rng.integers(0, 128, (n, 3, 40, 40)) + 100 * y[:, None, None, None]
    return Dataset(X.astype(np.uint8), y.astype(np.int64), np.arange(n).astype(np.str_))


def test_the_network_is_named_aloud(
    untrained: Task, run: Callable[[], Run], capsys: pytest.CaptureFixture[str]
) -> None:
    plugin().fit(task=untrained, train=photos(12), valid=photos(6, seed=1), run=run())

    assert capsys.readouterr().out == "backbone cifar_resnet20: the weights of resnet18 are not here\n"


def test_a_few_photos_are_enough_where_the_classes_are_plain(untrained: Task, run: Callable[[], Run]) -> None:
    resnet, test = plugin(), photos(20, seed=2)
    model = resnet.fit(task=untrained, train=photos(24), valid=photos(6, seed=1), run=run())

    answers = resnet.predict(model=model, X=test.X, task=untrained, run=run())

    assert (answers.argmax(1) == test.y).mean() >= 0.9


def test_photos_that_fit_has_seen_are_known_again_and_changed_ones_are_computed(
    untrained: Task, run: Callable[[], Run]
) -> None:
    resnet, train = plugin(), photos(12)
    model = resnet.fit(task=untrained, train=train, valid=photos(6, seed=1), run=run())
    changed = photos(12)
    changed.uint8[0, 0, 0, 0] ^= 1

    anew = resnet.predict(model=model | {"seen": {}}, X=train.X, task=untrained, run=run())
    blank = {key: 0 * features for key, features in model["seen"].items()}
    answers = resnet.predict(model=model | {"seen": blank}, X=changed.X, task=untrained, run=run())

    known = resnet.predict(model=model, X=train.X, task=untrained, run=run())
    np.testing.assert_allclose(known, anew, atol=1e-4)
    assert len({tuple(row) for row in answers[1:]}) == 1
    assert not np.allclose(answers[0], answers[1])


def test_a_class_without_a_photo_in_train_is_not_answered(untrained: Task, run: Callable[[], Run]) -> None:
    resnet = plugin()
    one = Dataset(photos(3).uint8, np.ones(3, dtype=np.int64), np.array(["a", "b", "c"]))

    model = resnet.fit(task=untrained, train=one, valid=one, run=run())

    assert (resnet.predict(model=model, X=photos(5).X, task=untrained, run=run()).argmax(1) == 1).all()


WITHOUT_TORCH = """
import sys
import numpy as np
sys.path[:0] = sys.argv[1:]
from resnet import plugin

class Photos:
    def __init__(self, seed):
        self.y, self.uint8 = np.arange(40) % 2, np.random.default_rng(seed).integers(0, 256, (40, 3, 8, 8), np.uint8)
    def __len__(self):
        return len(self.y)

class Task:
    weights, classes = ("resnet18",), ("dog", "cake")
    def features(self, name, part):
        return np.random.default_rng(0).normal(size=(40, 64)) + part.y[:, None]

class Run:
    def log(self, **values):
        print(values["valid_accuracy"])

train, valid = Photos(0), Photos(1)
model = plugin.fit(Task(), train, valid, Run())
print(plugin.predict(model, np.float32(valid.uint8 / 255), Task(), Run()).shape, "torch" in sys.modules)
"""


def test_a_second_run_on_the_same_photos_does_not_wait_for_torch() -> None:
    out = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, str(BUNDLED / "plugins")], capture_output=True, text=True, check=True
    ).stdout

    assert out.splitlines()[1:] == ["1.0", "(40, 2) False"]


@pytest.mark.timeout(60)
def test_tuning_ends_before_the_time_does_and_keeps_the_best_epoch(
    untrained: Task, run: Callable[[float], Run]
) -> None:
    resnet = plugin(finetune=10**6)

    model = resnet.fit(task=untrained, train=photos(24), valid=photos(6, seed=1), run=run(1.0))

    assert resnet.predict(model=model, X=photos(4).X, task=untrained, run=run(1.0)).shape == (4, 2)


def real(name: str, n_train: int, n_test: int, folder: Path) -> tuple[Task, Dataset, Dataset, Dataset]:
    """Some of the photos, with the weights called `name`."""
    text = (BUNDLED / "competitions" / "chihuahua-muffin" / "competition.toml").read_text(encoding="utf-8")
    small = text.replace("size = 256", "size = 64") if name.startswith("cifar") else text
    rows = load("", read_competition(small, where=name), folder, on_progress=lambda _line: None)
    is_test = rows.column == "test"

    def some(index: Any) -> Dataset:
        return Dataset(np.asarray(rows.storage[index]), rows.y[index], np.asarray(rows.ids)[index])  # type: ignore[index]

    train, test = np.flatnonzero(~is_test), np.flatnonzero(is_test)
    parts = some(train[:n_train]), some(train[n_train : n_train + 50]), some(test[:n_test])
    return (allowing(on_this_computer([name])), *parts)


@needs_photos
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n_train", "n_test", "least"),
    [
        ("cifar_resnet20", 500, 300, 0.82),
        ("cifar_resnet56", 500, 300, 0.82),
        ("squeezenet1_1", 150, 80, 0.95),
        ("mobilenet_v2", 100, 60, 0.96),
    ],
)
def test_real_weights_tell_chihuahuas_from_muffins(
    name: str, n_train: int, n_test: int, least: float, tmp_path: Path, run: Callable[[], Run]
) -> None:
    task, train, valid, test = real(name, n_train, n_test, tmp_path)
    resnet = plugin(arch=name)

    model = resnet.fit(task=task, train=train, valid=valid, run=run())

    assert (resnet.predict(model=model, X=test.X, task=task, run=run()).argmax(1) == test.y).mean() >= least
