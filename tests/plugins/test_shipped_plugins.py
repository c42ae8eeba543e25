"""Every shipped plugin on a small real part of every kind of competition that it names."""

from __future__ import annotations

import ast
import io
import math
import re
import subprocess
import sys
import time
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from kit.dataset import Column, Dataset, Table, features, row_shape, take
from kit.metrics.parameters import make_metric
from kit.plugin.built_in import BUNDLED, MODELS
from kit.plugin.context import Run, Task
from kit.plugin.load import Model, load_plugin
from kit.plugin.manager import harness
from kit.plugin.pretrained import Pretrained

if TYPE_CHECKING:
    from kit.dataset import Features

N_TRAIN, N_VALID, N_TEST = 200, 60, 40
# Fewer rounds than the defaults: the contract holds after any number of them.
SHORT: dict[str, dict[str, Any]] = {
    "activations": {"epochs": 2},
    "approximator": {"epochs": 30},
    "cnn": {"epochs": 2, "updates": 20},
    "cnn_fast": {"epochs": 2, "updates": 20},
    "mlp": {"epochs": 2, "updates": 20},
    "my_cnn": {"epochs": 2},
    "trees": {"rounds": 10},
}
DOCUMENTED = (ast.Module, ast.FunctionDef, ast.ClassDef)
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
UNTRAINED: dict[str, str] = {}
NETWORKS = ("mlp", "cnn", "cnn_fast", "my_cnn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A competition in small."""

    task: Task
    train: Dataset
    valid: Dataset
    X: Features


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    plugin: Model
    model: Any
    case: Case
    run: Run
    events: list[dict[str, float | int]]

    def answers(self, X: Features) -> NDArray[Any]:
        return np.asarray(self.plugin.predict(model=self.model, X=X, task=self.case.task, run=self.run))


def images(side: int = 8, channels: int = 1) -> Case:
    """Digits, enlarged and coloured as asked."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    small = np.rint(digits.images * 255 / 16).astype(np.uint8)
    place = np.arange(side) * 8 // side
    large = np.repeat(small[:, np.newaxis][:, :, place][:, :, :, place], channels, axis=1)
    return parts("image-classification", large, digits.target.astype(np.int64), tuple("0123456789"))


def tumours() -> Case:
    from sklearn.datasets import load_breast_cancer

    cancer = load_breast_cancer()
    columns = tuple(
        Column(name=str(n), dtype="number", data=x) for n, x in zip(cancer.feature_names, cancer.data.T, strict=True)
    )
    return parts("tabular-classification", Table(columns), cancer.target.astype(np.int64), ("malignant", "benign"))


def diabetes() -> Case:
    """Real values, with a column of text and holes in two columns."""
    from sklearn.datasets import load_diabetes

    data = load_diabetes()
    age = data.data[:, 0].copy()
    age[::7] = np.nan
    sex = np.where(np.arange(len(age)) % 11 == 0, -1, data.data[:, 1] > 0).astype(np.int32)
    columns = (
        Column(name="age", dtype="number", data=age),
        Column(name="sex", dtype="text", data=sex, values=("a", "b")),
        Column(name="bmi", dtype="number", data=data.data[:, 2]),
        Column(name="group", dtype="category", data=(sex + 1) % 2, values=("x", "y")),
    )
    return parts("tabular-regression", Table(columns), data.target.astype(np.float32), ())


def passengers(kind: str) -> Case:
    """Every sort of column there is, each with holes: numbers, truths, times, categories and text."""
    rng = np.random.default_rng(0)
    n = N_TRAIN + N_VALID + N_TEST
    fare, deck = rng.exponential(30, n), rng.integers(-1, 4, n).astype(np.int32)
    days = rng.integers(0, 900, n) * 86_400 * 10**9
    y = np.round(20 * (deck + 1) + fare)
    columns = (
        Column(name="fare", dtype="number", data=np.where(rng.random(n) < 0.1, np.nan, fare)),
        Column(name="alone", dtype="number", data=rng.random(n) < 0.5),
        Column(name="booked", dtype="time", data=np.where(rng.random(n) < 0.1, np.iinfo(np.int64).min, days)),
        Column(name="deck", dtype="category", data=deck, values=("A", "B", "C", "D")),
        Column(
            name="name", dtype="text", data=np.arange(n).astype(np.int32) - 1, values=tuple(f"p{i}" for i in range(n))
        ),
        Column(name="empty", dtype="number", data=np.full(n, np.nan)),
    )
    if kind == "tabular-classification":
        return parts(kind, Table(columns), (y > np.median(y)).astype(np.int64), ("no", "yes"))
    return parts(kind, Table(columns), y.astype(np.float32), ())


def parts(kind: str, storage: Any, y: Any, classes: tuple[str, ...]) -> Case:
    def rows(start: int, n: int) -> Dataset:
        index = np.arange(start, start + n)
        return Dataset(take(storage, index), y[index], index.astype(np.str_))

    task = Task(
        kind=kind,
        classes=classes,
        n_outputs=len(classes) or 1,
        metric="accuracy" if classes else "rmse",
        input_shape=row_shape(storage),
    )
    test = take(storage, np.arange(N_TRAIN + N_VALID, N_TRAIN + N_VALID + N_TEST))
    return Case(task=task, train=rows(0, N_TRAIN), valid=rows(N_TRAIN, N_VALID), X=features(test))


CASES: dict[str, Callable[[], Case]] = {
    "image-classification": images,
    "tabular-classification": tumours,
    "tabular-regression": diabetes,
}


def tasks_of(name: str) -> list[str]:
    """The literal ``TASKS``, read as the kit reads it."""
    tree = ast.parse((BUNDLED / "plugins" / name / "plugin.py").read_text(encoding="utf-8"))
    values = [n.value for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "TASKS"]
    tasks: list[str] = ast.literal_eval(values[0])
    return tasks


PAIRS = [(name, kind) for name in MODELS for kind in tasks_of(name) if kind != "agent"]  # those: test_shipped_agents


def fit(name: str, case: Case, *, seed: int = 0, seconds: float = 600.0, **params: Any) -> Fitted:
    plugin = load_plugin(BUNDLED / "plugins" / name, name, params=SHORT.get(name, {}) | params)
    events: list[dict[str, float | int]] = []
    run = Run(
        seed=seed,
        device="cpu",
        n_threads=2,
        workdir=Path("does-not-exist"),
        ends_at=time.monotonic() + seconds,
        send=events.append,
    )
    task = replace(case.task, allowed=pretrained()) if name == "resnet" else case.task
    model = plugin.fit(task=task, train=case.train, valid=case.valid, run=run)
    return Fitted(plugin=plugin, model=model, case=replace(case, task=task), run=run, events=events)


def pretrained() -> Pretrained:
    """The weights that `_untrained` wrote."""
    here = Pretrained(allowed=tuple(UNTRAINED), files=UNTRAINED)
    return replace(here, ask=lambda name, part: here.backbone(name).features(cast(Dataset, part).uint8))


@cache
def fitted(name: str, kind: str) -> Fitted:
    return fit(name, CASES[kind]())


def rows_of(X: Features, index: Any) -> Features:
    rows: Features = X[index] if isinstance(X, np.ndarray) else X.iloc[index]
    return rows


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Threads that wait for each other crawl where other tests use the cores too."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True, scope="module")
def _untrained(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A small network that has seen nothing yet, in place of weights that may not be here."""
    import torch

    from kit.backbones.network import bare

    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("weights") / "cifar_resnet20.pth"
    torch.save(bare("cifar_resnet20").state_dict(), file)
    UNTRAINED["cifar_resnet20"] = str(file)


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_there_is_one_finite_answer_for_each_row(name: str, kind: str) -> None:
    done = fitted(name, kind)

    answers = done.answers(done.case.X)

    k = len(done.case.task.classes)
    assert answers.shape == ((N_TEST, k) if k else (N_TEST,))
    assert answers.dtype.kind == "f"
    assert np.isfinite(answers).all()


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kind in PAIRS if "classification" in kind])
def test_probabilities_of_a_row_sum_to_one(name: str, kind: str) -> None:
    done = fitted(name, kind)

    answers = done.answers(done.case.X)

    assert answers.min() >= 0
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_the_same_rows_get_the_same_answers_twice(name: str, kind: str) -> None:
    done = fitted(name, kind)

    np.testing.assert_array_equal(done.answers(done.case.X), done.answers(done.case.X))


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_answers_depend_neither_on_the_order_nor_on_the_neighbours(name: str, kind: str) -> None:
    done = fitted(name, kind)
    X = done.case.X
    together = done.answers(X)

    backwards = done.answers(rows_of(X, np.arange(N_TEST)[::-1]))[::-1]
    one_by_one = np.concatenate([done.answers(rows_of(X, slice(i, i + 1))) for i in range(N_TEST)])

    np.testing.assert_allclose(backwards, together, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(one_by_one, together, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_the_same_seed_gives_the_same_answers(name: str, kind: str) -> None:
    done = fitted(name, kind)

    again = fit(name, done.case)

    np.testing.assert_array_equal(done.answers(done.case.X), again.answers(done.case.X))


@pytest.mark.parametrize("name", NETWORKS)
def test_another_seed_gives_another_network(name: str) -> None:
    done = fitted(name, "image-classification")

    other = fit(name, done.case, seed=1)

    assert not np.array_equal(done.answers(done.case.X), other.answers(done.case.X))


@pytest.mark.parametrize("name", [name for name, kind in PAIRS if kind == "image-classification"])
@pytest.mark.parametrize(("side", "channels"), [(28, 1), (32, 3)])
@pytest.mark.slow
def test_images_of_any_shape_are_learned_from(name: str, side: int, channels: int) -> None:
    case = images(side, channels)

    assert fit(name, case).answers(case.X).shape == (N_TEST, 10)


@pytest.mark.parametrize(("side", "channels", "n_classes"), [(8, 3, 2), (17, 1, 100), (128, 3, 2), (224, 1, 3)])
@pytest.mark.parametrize("name", ["mlp", "cnn", pytest.param("cnn_fast", marks=pytest.mark.slow), "my_cnn"])
def test_a_handful_of_photos_of_any_size_is_learned_from(name: str, side: int, channels: int, n_classes: int) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, (300, channels, side, side), dtype=np.uint8), rng.integers(0, n_classes, 300)
    case = parts("image-classification", X, y, tuple(map(str, range(n_classes))))
    few = Dataset(take(case.train.storage, np.arange(3)), case.train.y[:3], case.train.ids[:3])

    short = {"epochs": 1, "updates": 2} if name != "my_cnn" else {"epochs": 1}
    answers = fit(name, replace(case, train=few, valid=few), **short).answers(case.X[:5])

    assert answers.shape == (5, n_classes)
    assert np.isfinite(answers).all()


CODE_LINES = {"logistic": 10, "mlp": 45, "cnn": 60, "cnn_fast": 60}


def code_lines(source: str) -> int:
    """Lines that hold code: without comments, docstrings and blank lines."""
    tree = ast.parse(source)
    texts = [node.body[0] for node in ast.walk(tree) if isinstance(node, DOCUMENTED) and ast.get_docstring(node)]
    prose = {line for text in texts for line in range(text.lineno, (text.end_lineno or 0) + 1)}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    code = {line for t in tokens if t.type not in NO_CODE for line in range(t.start[0], t.end[0] + 1)}
    return len(code - prose)


@pytest.mark.parametrize(("name", "most"), CODE_LINES.items())
def test_a_lesson_stays_short(name: str, most: int) -> None:
    assert code_lines((BUNDLED / "plugins" / name / "plugin.py").read_text(encoding="utf-8")) <= most


@pytest.mark.parametrize("name", NETWORKS)
def test_every_epoch_is_logged(name: str) -> None:
    events = fitted(name, "image-classification").events

    assert [event["epoch"] for event in events] == list(range(1, len(events) + 1))
    assert {"loss", "valid_loss", "valid_accuracy"} <= set(events[-1])
    assert len(events) >= 2


@pytest.mark.timeout(60)  # a million epochs would take days; the exact time is the machine's affair
@pytest.mark.parametrize("name", ["mlp", "cnn", "cnn_fast", "my_cnn"])
def test_training_ends_before_the_time_does(name: str) -> None:
    done = fit(name, images(), seconds=1.0, epochs=10**6)

    assert len(done.events) < 10**6


@pytest.mark.parametrize("name", ["mlp", "cnn", "logistic", "my_table", "trees"])
def test_what_is_learned_beats_the_floor(name: str) -> None:
    kind = tasks_of(name)[0]
    case = CASES[kind]()

    y_pred = fit(name, case, **({"updates": 100} if name in NETWORKS else {})).answers(case.train.X).argmax(axis=1)
    floor = fitted("constant", kind).answers(case.train.X).argmax(axis=1)

    assert (y_pred == case.train.y).mean() > (floor == case.train.y).mean() + 0.2


TABLES = ("my_table", "trees")


@pytest.mark.parametrize("metric", ["log_loss", "rmse", "mae", "rmsle"])
@pytest.mark.parametrize("name", TABLES)
def test_every_sort_of_column_is_learned_from_with_its_holes(name: str, metric: str) -> None:
    case = passengers("tabular-classification" if metric == "log_loss" else "tabular-regression")
    case = replace(case, task=replace(case.task, metric=metric))
    scorer = make_metric(harness().load("register_metrics", metric), {})

    def value(plugin: str) -> float:
        answers = fit(plugin, case).answers(case.valid.X)
        return float(scorer.value(case.valid.y, answers[:, 1] if metric == "log_loss" else answers))

    assert value(name) < 0.95 * value("constant")


@pytest.mark.parametrize("name", [*TABLES, "approximator", "constant"])
def test_counts_are_never_answered_with_less_than_nothing(name: str) -> None:
    case = diabetes()
    small = replace(case.train, y=np.where(case.train.y > 250, 1, 0).astype(np.float32))
    case = replace(case, train=small, task=replace(case.task, metric="rmsle"))

    assert fit(name, case).answers(case.X).min() >= 0


@pytest.mark.parametrize(
    ("metric", "constant"), [("rmse", 34.0), ("mae", 1.0), ("rmsle", (2 * 2 * 101) ** (1 / 3) - 1)]
)
def test_the_floor_is_the_best_single_answer_for_the_metric(metric: str, constant: float) -> None:
    case = diabetes()
    y = np.array([1, 1, 100], dtype=np.float32)
    three = Dataset(take(case.train.storage, np.arange(3)), y, np.arange(3).astype(np.str_))
    case = replace(case, train=three, task=replace(case.task, metric=metric))

    assert fit("constant", case).answers(case.X)[0] == pytest.approx(constant)


@pytest.mark.parametrize("name", TABLES)
def test_a_class_that_train_does_not_hold_is_answered_with_nothing(name: str) -> None:
    case = passengers("tabular-classification")
    case = replace(case, task=replace(case.task, classes=("no", "yes", "perhaps"), n_outputs=3))

    assert fit(name, case).answers(case.X)[:, 2].max() == 0


def test_the_trees_stop_where_valid_says_and_tell_the_course() -> None:
    case = passengers("tabular-classification")
    done = fit("trees", case, rounds=300)

    best = min(done.events, key=lambda event: event["valid_loss"])
    assert abs(done.model[-1].max_iter - best["epoch"]) <= 10
    assert done.events[-1]["epochs"] == 300


def test_the_trees_are_as_many_as_there_is_time_for() -> None:
    n = 50_000
    table = Table((Column(name="x", dtype="number", data=np.random.default_rng(0).normal(size=n)),))
    rows = Dataset(
        table, np.sin(np.asarray(table.columns[0].data) * 9).astype(np.float32), np.arange(n).astype(np.str_)
    )
    case = replace(diabetes(), train=rows, valid=rows)

    done = fit("trees", case, rounds=10**6, seconds=3.0)

    assert 1 <= done.model[-1].max_iter < 10**5
    assert len(done.events) < 10**4


def test_a_value_that_was_never_seen_counts_as_missing() -> None:
    case = diabetes()
    done = fit("trees", case)
    frame = case.train.frame[:1]

    unseen = done.answers(frame.assign(sex="never seen"))

    np.testing.assert_array_equal(unseen, done.answers(frame.assign(sex=np.array([np.nan], dtype=object))))


def test_the_floor_is_the_shares_of_the_classes() -> None:
    done = fitted("constant", "tabular-classification")

    assert done.answers(done.case.X)[0] == pytest.approx([1 - done.case.train.y.mean(), done.case.train.y.mean()])


def test_the_floor_needs_nothing_but_numpy() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import plugin; print(*sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", code, str(BUNDLED / "plugins" / "constant")], capture_output=True, text=True, check=True
    )

    assert not {"pandas", "sklearn", "torch", "scipy"} & set(done.stdout.split())


def test_the_starter_keeps_valid_out_of_batch_norm_that_a_student_adds(tmp_path: Path) -> None:
    source = (BUNDLED / "plugins" / "my_cnn" / "plugin.py").read_text(encoding="utf-8")
    (tmp_path / "plugin.py").write_text(
        source.replace("nn.ReLU(),", "nn.BatchNorm2d(out), nn.ReLU(),"), encoding="utf-8"
    )
    case, models = images(), []
    for rows in (case.valid, case.train):
        run = Run(seed=0, device="cpu", n_threads=1, workdir=tmp_path, ends_at=math.inf, send=lambda numbers: None)
        plugin = load_plugin(tmp_path, "with_batch_norm", params=SHORT["my_cnn"])
        models.append(plugin.fit(task=case.task, train=case.train, valid=rows, run=run))

    statistics = [model.state_dict()["2.running_mean"].tolist() for model in models]

    assert statistics[0] == statistics[1]
    assert not models[0].training


def test_the_starter_has_the_hyper_parameters_that_the_pages_name() -> None:
    text = (BUNDLED / "plugins" / "my_cnn" / "plugin.py").read_text(encoding="utf-8")

    assert re.search(r"def fit\(task, train, valid, run, epochs=15, lr=0.002\)", text)
    assert len(text.splitlines()) <= 50


@pytest.mark.parametrize("name", MODELS)
def test_every_plugin_has_a_page_that_says_what_it_reaches(name: str) -> None:
    page = (BUNDLED / "plugins" / name / "README.md").read_text(encoding="utf-8")

    assert page.startswith(f"# `{name}`: ")
    assert "\n## Measured\n" in page
    assert len(page.splitlines()) <= 120
