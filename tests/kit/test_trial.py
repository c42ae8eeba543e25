"""``kit check``: the trial of a plugin on a few rows, and what it makes of mistakes that no score shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.cli import run
from kit.errors import Problem
from kit.executor.local import LocalExecutor
from kit.job import Check, Limits, Progress
from kit.prepare import Prepared
from kit.sandbox.process import ProcessSandbox
from kit.sandbox.rehearsal import extrapolated, roughly
from kit.trial import ORDER, Pace, blocks, checks, choose_rows
from kit.workspace import Workspace

HEAD = "import numpy as np\n\ndef fit(train, run):\n    {fit}\n\ndef predict(model, X):\n    {predict}\n"
TORCH = """
import torch
from torch import nn

def fit(train, epochs=2):
    net = nn.Sequential({layer}, nn.Flatten(), nn.Linear(64, 10))
    X, y = train.tensors()
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(epochs):
        opt.zero_grad()
        nn.functional.cross_entropy(net(X), y).backward()
        opt.step()
    return net

def predict(model, X):
    with torch.no_grad():
        return model(torch.tensor(X)).softmax(1)
"""
Made = dict[str, Check]


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    root = tmp_path_factory.mktemp("digits")
    (root / "kit.toml").write_text("")
    return Workspace.find(root, environ={}).prepared("digits")


@pytest.fixture
def check(digits: Prepared, tmp_path: Path) -> Callable[..., Made]:
    def made(source: str, time_limit_s: float = 60) -> Made:
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        (folder / "plugin.py").write_text(source)
        limits = Limits(time_limit_s=time_limit_s, memory_limit_mib=4096)
        executor = LocalExecutor(ProcessSandbox(tmp_path / "scratch"))
        found = checks(folder, name="plugins/mine", prepared=digits, executor=executor, limits=limits)
        return {check.name: check for check in found}

    return made


def written(fit: str = "return 3", predict: str = "return np.full(len(X), model)") -> str:
    return HEAD.format(fit=fit, predict=predict)


def failed(made: Made) -> dict[str, str]:
    return {name: check.problem.code for name, check in made.items() if not check.ok and check.problem}


def problem(made: Made, name: str) -> Problem:
    found = made[name].problem
    assert found is not None
    return found


def test_what_is_right_passes_every_check_in_their_order(check: Callable[..., Made]) -> None:
    made = check(written())

    assert [name for name in made if name in ORDER] == list(ORDER)
    assert {check.state for name, check in made.items() if name != "writes"} == {"ok"}


@pytest.mark.parametrize(
    ("layer", "name", "code"), [("nn.Dropout(0.5)", "same twice", "E205"), ("nn.BatchNorm2d(1)", "one by one", "E217")]
)
def test_a_forgotten_eval_is_found_and_its_line_named(
    check: Callable[..., Made], layer: str, name: str, code: str
) -> None:
    made = check(TORCH.format(layer=layer))

    assert failed(made) == {name: code}
    assert (problem(made, name).where, problem(made, name).fix) == (
        "plugins/mine/plugin.py:13",
        "net.eval()   before   return net",
    )


@pytest.mark.parametrize(
    ("source", "name", "code"),
    [
        (written(predict="return np.sort(X.sum(axis=(1, 2, 3)) % 10 // 1)"), "any order", "E217"),
        (written(fit="return lambda X: 3", predict="return np.full(len(X), model(X))"), "saves", "E218"),
        (written(fit="return np.random.default_rng().random()"), "predict", "E211"),
        (written("return np.random.default_rng().random(10)", "return [model] * len(X)"), "same seed", "E219"),
        (written(predict="return np.full(len(X), np.nan)"), "predict", "E204"),
        (written(fit="return 1 / 0"), "fit", "E202"),
        (written(predict="return [0] * 9"), "predict", "E203"),
        ("def fti(train):\n    return 1\n", "fit", "E103"),
    ],
)  # fmt: skip
def test_each_mistake_fails_the_check_that_is_for_it(
    check: Callable[..., Made], source: str, name: str, code: str
) -> None:
    assert failed(check(source))[name] == code


def test_a_fit_that_goes_on_learning_is_no_repeat(check: Callable[..., Made]) -> None:
    source = "SEEN = []\n\n" + written(
        fit="SEEN.append(1); return np.eye(10)[len(SEEN)]", predict="return model[None].repeat(len(X), 0)"
    )

    assert failed(check(source)) == {"same seed": "E219"}


def test_a_plugin_that_watches_the_clock_does_not_eat_the_minute(check: Callable[..., Made]) -> None:
    made = check(written(fit="while run.seconds_left > 1: pass\n    return 3"))

    assert (failed(made), made["same seed"].state) == ({}, "not checked")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["from kit import images", "from kit.images import epochs"])
def test_who_goes_by_the_epochs_of_the_kit_watches_the_clock(check: Callable[..., Made], how: str) -> None:
    call = how.rpartition(" ")[2].removesuffix("epochs") + ("" if how.endswith("epochs") else ".") + "epochs"
    loop = f"{how}\n    for _, batches in {call}(len(train), 32, 10**9, run): list(batches)\n    return 3"

    assert "watches run.seconds_left" in check(written(fit=loop), 2)["time"].detail


@pytest.mark.slow
def test_a_training_that_takes_too_long_is_told_before_it_is_submitted(check: Callable[..., Made]) -> None:
    made = check(
        written(fit="import time; time.sleep(0.005 * len(train)); return 3"),
        2,
    )

    assert failed(made) == {"time": "E206"}
    assert not blocks(made["time"])


def test_a_crash_belongs_to_the_check_that_was_made(check: Callable[..., Made]) -> None:
    source = written(predict="if len(X) == 1: __import__('os')._exit(3)\n    return np.full(len(X), 3)")

    assert failed(check(source)) == {"one by one": "E210"}


@given(
    y=st.lists(st.integers(0, 5), min_size=1, max_size=300).map(np.array),
    most=st.integers(2, 64),
)
def test_every_class_is_in_the_first_half_of_a_trial(y: np.ndarray, most: int) -> None:
    index, fewer = choose_rows(y, 6, most)

    assert len(set(index.tolist())) == len(index)
    assert fewer <= len(index)
    assert set(y[index[:fewer]]) == set(y)


@given(a=st.floats(0, 5), b=st.floats(1e-4, 1), n=st.integers(2, 1000), times=st.integers(1, 50))
def test_a_fixed_part_and_one_that_grows_are_told_apart(a: float, b: float, n: int, times: int) -> None:
    full = 2 * n * times

    assert extrapolated({n: a + b * n, 2 * n: a + 2 * b * n}, full) == pytest.approx(a + b * full, rel=1e-3)


def test_what_grows_as_the_square_is_reckoned_so() -> None:
    assert extrapolated({100: 1.0, 200: 4.0}, 400) == pytest.approx(16.0)
    assert extrapolated({200: 4.0}, 400) == pytest.approx(8.0)
    assert extrapolated({100: 2.0, 200: 1.0}, 400) == pytest.approx(2.0)


@pytest.fixture
def mine(workspace: Path) -> Callable[[str], list[str]]:
    def command(source: str) -> list[str]:
        (workspace / "plugins" / "mine").mkdir(parents=True, exist_ok=True)
        (workspace / "plugins" / "mine" / "plugin.py").write_text(source)
        return ["check", "plugins/mine", "-c", "digits"]

    return command


def test_ready_says_what_comes_next_and_leaves_a_stamp(
    mine: Callable[[str], list[str]], workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(mine(written()))

    assert (code, "Ready.  " in capsys.readouterr().out) == (0, True)
    assert len(list((workspace / ".kit" / "checks").glob("*.json"))) == 1


def test_what_is_to_be_mended_ends_with_3_and_leaves_none(
    mine: Callable[[str], list[str]], workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([*mine(written(predict="return np.random.rand(len(X), 10)")), "--json"])

    found = json.loads(capsys.readouterr().out)
    told = {check["name"]: check["problem"]["code"] for check in found["checks"] if check["problem"]}
    assert (code, found["ready"], told) == (3, False, {"same twice": "E205"})
    assert not list((workspace / ".kit").glob("checks/*.json"))


@pytest.mark.parametrize(
    ("seconds", "words"), [(9.7, "10 s"), (8.2, "8 s"), (0.34, "0.3 s"), (98.4, "98 s"), (700.0, "12 min")]
)
def test_seconds_are_written_as_a_person_would(seconds: float, words: str) -> None:
    assert roughly(seconds) == words


@pytest.mark.parametrize(("epochs", "is_hopeless"), [(5000, True), (200, False), (None, False)])
def test_a_trial_that_can_not_end_in_time_is_given_up_early(epochs: int | None, is_hopeless: bool) -> None:
    clock = iter(range(1000))
    pace = Pace(now=lambda: next(clock) / 10)
    found = [pace.is_hopeless(Progress(phase="training", epoch=epoch, epochs=epochs)) for epoch in range(1, 90)]

    assert (found[-1], any(found[:20])) == (is_hopeless, False)


@pytest.mark.slow
def test_a_trial_of_far_too_many_epochs_says_how_long_it_would_take(check: Callable[..., Made]) -> None:
    source = (
        "import time\ndef fit(train, run, epochs=5000):\n    for epoch in range(1, epochs + 1):\n"
        "        time.sleep(0.03)\n        run.log(epoch=epoch, loss=1)\n"
        "def predict(model, X):\n    return [1] * len(X)\n"
    )
    problem = check(source)["fit"].problem

    assert problem is not None
    assert problem.message.startswith("a trial on a few rows would take about ")
    assert "of 5000" in problem.why
