"""What a run tells beside its answers."""

from __future__ import annotations

import subprocess
import sys
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest

from kit.clues import WARNINGS, line_of, notes, rises, whole_traceback, with_clues
from kit.errors import Problem
from kit.job import TRACEBACK_MARK

NOT_FINITE = Problem(code="E204", message="", where="plugins/x", why="?", fix="?")
LOG = f"epoch 1\nepoch 2\n\n{TRACEBACK_MARK}\nTraceback\n  in a library\n".encode()

# What a beginner writes, and the part of the note that it should give.
SLIPS = {
    "Using a target size": "torch.nn.functional.mse_loss(torch.rand(4, 1), torch.rand(4))",
    "Implicit dimension choice": "torch.nn.functional.softmax(torch.rand(4, 2))",
    "before `optimizer.step()`": (
        "o = torch.optim.SGD([torch.ones(1, requires_grad=True)], 0.1)\n"
        "torch.optim.lr_scheduler.StepLR(o, 1).step()\no.step()"
    ),
    "ConvergenceWarning": "LogisticRegression(max_iter=1).fit(X, y)",
    "A column-vector y": "KNeighborsClassifier().fit(X, y.reshape(-1, 1)).predict(X)",
    "does not have valid feature names": "LogisticRegression().fit(pd.DataFrame(X, columns=['a', 'b']), y).predict(X)",
    "Found unknown categories": "OneHotEncoder(handle_unknown='warn').fit([['a'], ['b']]).transform([['c']])",
    "ChainedAssignmentError": "df = pd.DataFrame(X, columns=['a', 'b'])\ndf['a'][0] = 1",
}  # fmt: skip
OLDER_PANDAS = {"SettingWithCopyWarning"}
IMPORTS = """
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import OneHotEncoder
X = np.random.default_rng(0).random((20, 2))
y = np.arange(20) % 2
"""


def losses(*values: float, **first: float) -> list[dict[str, float]]:
    return [dict(first), *({"epoch": i, "loss": loss} for i, loss in enumerate(values, start=1))]


@pytest.mark.parametrize(
    ("events", "why", "fix"),
    [
        (losses(2.3, 871.2, nan, nan, lr=0.5), "NaN from epoch 3 on (2.3, 871.2, nan)", "learning rate: lr=0.05"),
        (losses(2.3, inf, nan), "infinite from epoch 2 on (2.3, inf)", "a smaller learning rate"),
        (losses(nan), "NaN from the start. Probably X has missing values", "fill missing values"),
        (losses(2.3, 0.3), "a number to the end (0.3), so probably predict", "std"),
        ([{"loss": 2.0}, {"loss": nan}], "from line 2 on", "smaller"),
        ([], "?", "?"),
    ],
)
def test_answers_that_are_no_numbers_are_explained_by_the_loss(
    events: list[dict[str, float]], why: str, fix: str
) -> None:
    found = with_clues(NOT_FINITE, events=events)

    assert why in found.why
    assert fix in found.fix


def test_what_was_printed_ends_where_the_traceback_begins() -> None:
    assert with_clues(NOT_FINITE, log=LOG).printed == "epoch 1\nepoch 2"
    assert whole_traceback(LOG) == "Traceback\n  in a library"
    assert whole_traceback(b"epoch 1") == ""


def test_a_problem_that_names_the_plugin_only_gets_the_line_of_predict(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text("def fit(train):\n    return 1\n\n\ndef predict(X):\n    return X\n")

    assert with_clues(NOT_FINITE, folder=tmp_path, name="plugins/x").where == "plugins/x/plugin.py:5"
    assert line_of("fit", tmp_path, "x.py") == "x.py:1"


def test_a_default_predict_has_no_line(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text("def fit(train):\n    return 1\n")

    assert line_of("predict", tmp_path, "plugins/x") == "plugins/x/plugin.py"


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (np.full(64, 1), "all 64 answers on your validation rows are the same class: cat"),
        (np.tile([0.6, 0.4], (64, 1)), "the same class: dog"),
        (np.arange(64) % 2, ""),
        (np.full(4, 1), ""),
        (np.full(64, 0.25), "all 64 answers on your validation rows are the same"),
    ],
)
def test_answers_that_are_all_alike_are_noted(answers: np.ndarray, said: str) -> None:
    assert "".join(notes(answers=answers, classes=("dog", "cat"))).endswith(said)
    assert bool(notes(answers=answers, classes=("dog", "cat"))) == bool(said)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (losses(2.3, 9.0, lr=0.1), "rose from 2.3 to 9. Probably the learning rate is too high: lr=0.01"),
        (losses(2.302, 2.302, 2.302), "stayed at 2.302. Probably the optimizer has other weights"),
        (losses(2.3, 9.0, nan), "The loss was NaN from epoch 3 on"),
        (losses(2.3, 1.0, 1.2), ""),
        (losses(0.9, 1.2, 0.7, 1.1, 0.8, 1.3, 0.7, 1.0, 0.8, 1.5, lr=0.1), ""),
        (losses(0.0, 0.0, 0.0), ""),
        (losses(2.3), ""),
    ],
)
def test_a_loss_that_does_not_fall_is_noted(events: list[dict[str, float]], said: str) -> None:
    assert said in "".join(notes(events=events))
    assert bool(notes(events=events)) == bool(said)


@pytest.mark.parametrize(
    ("curve", "is_rising"),
    [((10.0, 40.0, 90.0), True), ((2.3, 9.0), True), ((1.0, 1.4, 0.8, 1.2, 1.1), False), ((2.0,), False)],
)
def test_a_loss_rises_only_by_more_than_it_jumps_about(curve: tuple[float, ...], is_rising: bool) -> None:
    assert rises(curve) == is_rising


@pytest.fixture(scope="module")
def warned() -> dict[str, str]:
    """What each slip makes the installed libraries print, from one process."""
    code = f"{IMPORTS}import warnings\ntry:\n    import torch\nexcept ImportError:\n    torch = None\n"
    for words, slip in SLIPS.items():
        code += f"print({'>>> ' + words!r}, flush=True)\nexec(compile({slip!r}, {words!r}, 'exec'))\n"
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout
    return dict(part.partition("\n")[::2] for part in done.stdout.split(">>> ")[1:])


@pytest.mark.parametrize("words", SLIPS)
def test_a_warning_of_a_library_becomes_a_note(words: str, warned: dict[str, str]) -> None:
    if "torch" in SLIPS[words]:
        pytest.importorskip("torch")
    found = notes(log=warned[words].encode())

    assert len(found) == 1, warned[words]


def test_every_warning_is_provoked() -> None:
    known = {warning.words for warning in WARNINGS}

    assert {words for words in known if not any(words.startswith(slip) for slip in SLIPS)} == OLDER_PANDAS
    assert not [warning for warning in WARNINGS if "invalid" in warning.note]
