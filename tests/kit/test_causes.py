"""The line and the reason of answers that change, found in the source alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.errors import Problem
from kit.job import Check
from kit.plugin.causes import with_cause

NET = """
from torch import nn

def fit(train):
    net = nn.Sequential(nn.Linear(64, 10), {layer})
    for epoch in range(3):
        net.train()
    {last}
    return net, 3

def predict(model, X):
    return model[0](X)
"""
PLAIN = "import numpy as np\ndef fit(train, run):\n    return 3\ndef predict(model, X):\n    {body}\n"


def cause(tmp_path: Path, source: str, code: str, name: str = "one by one") -> Problem:
    (tmp_path / "plugin.py").write_text(source)
    check = Check(name=name, state="failed", problem=Problem(code=code, message="…"))
    found = with_cause(check, tmp_path, "plugins/mine").problem
    assert found is not None
    return found


@pytest.mark.parametrize(("layer", "code"), [("nn.Dropout(0.5)", "E205"), ("nn.BatchNorm1d(10)", "E217")])
def test_a_forgotten_eval_belongs_before_the_return_of_fit(tmp_path: Path, layer: str, code: str) -> None:
    found = cause(tmp_path, NET.format(layer=layer, last="pass"), code)

    assert (found.where, found.fix) == ("plugins/mine/plugin.py:9", "net.eval()   before   return net, 3")
    assert "A guess" not in found.why


@pytest.mark.parametrize("code", ["E205", "E217"])
def test_where_eval_is_called_the_mode_is_a_guess(tmp_path: Path, code: str) -> None:
    layer = "nn.Dropout(0.5), nn.BatchNorm1d(10)"

    assert "A guess" in cause(tmp_path, NET.format(layer=layer, last="net.eval(); net.train()"), code).why


def test_functional_dropout_is_on_in_eval_mode_too(tmp_path: Path) -> None:
    source = NET.format(layer="nn.ReLU()", last="net.eval()").replace("model[0](X)", "F.dropout(model[0](X), 0.5)")

    found = cause(tmp_path, source, "E205")

    assert (found.where, "training=self.training" in found.fix) == ("plugins/mine/plugin.py:12", True)


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("return X[:, 0] + np.random.rand(len(X))", "E205", "draws random numbers"),
        ("return np.sort(X[:, 0])", "E217", "another order"),
        ("return ((X - X.mean(axis=0)) / X.std(axis=0)).max(1)", "E217", "over the batch"),
        ("return StandardScaler().fit_transform(X)[:, 0]", "E217", "fitted on the rows to be answered"),
        ("return X[:, 0].max(1)", "E217", "A guess"),
        ("return model(X).softmax(0)", "E217", ".softmax(0) goes over the rows"),
        ("return F.softmax(model(X), dim=0)", "E217", "F.softmax(model(X), dim=0) goes over the rows"),
        ("return X / X.std(0)", "E217", "A guess: .std(0) is taken over the batch"),
        ("return X[:, 0]", "E205", "A guess"),
    ],
)
def test_what_predict_says_is_the_cause(tmp_path: Path, body: str, code: str, said: str) -> None:
    found = cause(tmp_path, PLAIN.format(body=body), code, "any order")

    assert said in found.why
    assert found.where.startswith("plugins/mine/plugin.py:")


def test_a_softmax_over_the_rows_is_mended_by_the_other_axis(tmp_path: Path) -> None:
    net = NET.format(layer="nn.BatchNorm1d(10)", last="net.eval()")
    found = cause(tmp_path, net.replace("model[0](X)", "model[0](X).softmax(0)"), "E217")

    assert (found.where, found.fix) == ("plugins/mine/plugin.py:12", ".softmax(1)")


def test_a_guess_is_called_one_once(tmp_path: Path) -> None:
    found = cause(tmp_path, NET.format(layer="nn.BatchNorm1d(10)", last="net.eval()"), "E217")

    assert found.why.count("A guess") == 1


def test_a_function_that_predict_calls_is_looked_at(tmp_path: Path) -> None:
    source = PLAIN.format(body="return answer(X)") + "\n\ndef answer(X):\n    return X[np.random.permutation(len(X))]\n"

    assert cause(tmp_path, source, "E217", "any order").where == "plugins/mine/plugin.py:9"


def test_a_lambda_in_fit_is_why_a_model_can_not_be_saved(tmp_path: Path) -> None:
    found = cause(tmp_path, PLAIN.format(body="return model(X)").replace("return 3", "return lambda X: 3"), "E218")

    assert (found.where, found.why) == (
        "plugins/mine/plugin.py:3",
        "A lambda has no name under which it could be found again.",
    )


def test_a_generator_without_a_seed_is_why_a_repeat_is_none(tmp_path: Path) -> None:
    source = PLAIN.format(body="return X[:, 0]").replace("return 3", "return np.random.default_rng().random()")

    found = cause(tmp_path, source, "E219")

    assert (found.where, found.fix) == ("plugins/mine/plugin.py:3", "np.random.default_rng(run.seed)")


def test_other_checks_stay_as_they_are(tmp_path: Path) -> None:
    check = Check(name="fit", state="failed", problem=Problem(code="E202", message="…"))

    assert with_cause(check, tmp_path, "plugins/mine") is check
