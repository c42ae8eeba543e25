"""``--set``: read by the default in ``fit``, and every mistake at once."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from kit.errors import UsageError
from kit.job import Json
from kit.plugin.settings import chosen, read_parameters

SOURCE = """
STEPS = 10

def fit(train, run, epochs=15, lr=2e-3, deep=False, act="relu", seed_of=None, third=1 / 3, steps=STEPS, sizes=(64, 32)):
    return 1
"""


def settings(tmp_path: Path, *given: str, source: str = SOURCE) -> dict[str, Json]:
    path = tmp_path / "mine.py"
    path.write_text(source)
    return chosen(given, read_parameters(path, shown="mine.py"))


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("epochs=20", 20),
        ("epochs=1e3", 1000),
        ("lr=1e-3", 0.001),
        ("lr=1", 1.0),
        ("lr=-inf", -math.inf),
        (f"lr={10**400}", math.inf),
        (f"seed_of={10**400}", math.inf),
        ("lr = 0.1", 0.1),
        ("deep=true", True),
        ("deep=False", False),
        ("act=tanh", "tanh"),
        ("act=3", "3"),
        ("seed_of=none", None),
        ("seed_of=7", 7),
        ("seed_of=word", "word"),
        ("third=0.5", 0.5),
        ("steps=20", 20),
    ],
)
def test_a_value_is_of_the_sort_of_its_default(given: str, value: Json, tmp_path: Path) -> None:
    (found,) = settings(tmp_path, given).values()

    assert (found, type(found)) == (value, type(value))


def test_of_two_values_for_one_name_the_last_counts(tmp_path: Path) -> None:
    assert settings(tmp_path, "epochs=3", "epochs=4") == {"epochs": 4}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("epocs=20", "did you mean   epochs"),
        ("epochs=0.5", "takes a whole number"),
        (f"epochs={10**400}", "takes a whole number"),
        (f"epochs={2**63}", "takes a whole number"),
        ("lr=nan", "takes a number"),
        ("epochs=", "takes a whole number"),
        ("lr=fast", "takes a number"),
        ("lr=true", "takes a number"),
        ("deep=2", "takes true or false"),
        ("sizes=3", "can't be typed"),
        ("epochs", "a name and a value"),
        ("=3", "a name and a value"),
        ("seed=3", "--seed N"),
        ("train=3", "hands to fit"),
    ],
)
def test_what_can_not_be_set_is_told_with_a_way_out(given: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="E009") as caught:
        settings(tmp_path, given)

    problem = caught.value.problem
    assert words in f"{problem.message} {problem.why} {problem.fix}"


def test_an_unknown_setting_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        settings(tmp_path, "zzz=1")

    assert "epochs=15   lr=0.002" in caught.value.problem.why


def test_a_plugin_without_settings_is_told_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        settings(tmp_path, "lr=1", source="def fit(train):\n    return 1\n")

    assert "def fit(train, lr=" in caught.value.problem.fix


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        settings(tmp_path, "epocs=3", "lr=fast", "deep=true")

    assert len(caught.value.parts) == 2


def test_a_fit_from_elsewhere_takes_values_by_their_look(tmp_path: Path) -> None:
    source = "from somewhere import fit\n"

    assert settings(tmp_path, "lr=0.1", "name=x", source=source) == {"lr": 0.1, "name": "x"}


def test_defaults_are_kept_as_plain_values(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    values = read_parameters(path, shown="mine.py").values

    assert (values["epochs"], values["seed_of"], values["third"], values["sizes"]) == (15, None, "1 / 3", "(64, 32)")
