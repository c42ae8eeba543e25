"""An exception of a plugin is shown with the entrant's own lines."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import numpy as np
import pytest

from kit.errors import PluginError, Problem
from kit.worker.answers import one_per_row
from kit.worker.failures import Phase, describe


def described(folder: Path, source: str, phase: Phase = "fit") -> Problem:
    file = folder / "plugin.py"
    file.write_text(source)
    try:
        exec(compile(source, str(file), "exec"), {"json": json})
    except BaseException as error:  # noqa: BLE001
        return describe(error, phase, folder=folder, name="plugins/x")
    raise AssertionError


def test_frames_of_libraries_are_left_out(tmp_path: Path) -> None:
    found = described(tmp_path, "def fit():\n    return json.loads('{')\nfit()\n")

    assert (found.code, found.where) == ("E202", "plugins/x/plugin.py:2  in fit")
    assert found.excerpt.splitlines()[:3] == [
        "plugins/x/plugin.py:3  in module",
        "3 | fit()",
        "2 | return json.loads('{')",
    ]
    assert "JSONDecodeError" in found.excerpt
    assert "json/decoder.py" not in found.excerpt


def test_a_deep_recursion_is_cut(tmp_path: Path) -> None:
    assert len(described(tmp_path, "def f():\n    f()\nf()\n").excerpt.splitlines()) < 15


def test_a_missing_package_while_running_gets_the_command(tmp_path: Path) -> None:
    found = described(tmp_path, "x = 1\nimport nothing_a\n", "import")

    assert (found.code, found.where) == ("E102", "plugins/x/plugin.py:2")


def test_a_well_known_mistake_gets_its_reason(tmp_path: Path) -> None:
    found = described(tmp_path, "raise TypeError('conv2d() - got (numpy.ndarray, int)')", "predict")

    assert found.fix == "X = torch.as_tensor(X)"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "def fit():\n    opt = 1\n    op.step()\nfit()\n",
            "NameError: name 'op' is not defined. Did you mean: 'opt'?",
        ),
        ("json.Loads('1')\n", "AttributeError: module 'json' has no attribute 'Loads'. Did you mean: 'loads'?"),
        ("zzzzq\n", "NameError: name 'zzzzq' is not defined"),
    ],
)
def test_a_name_that_is_not_there_brings_the_one_that_python_suggests(tmp_path: Path, source: str, said: str) -> None:
    assert described(tmp_path, source).excerpt.splitlines()[-1] == said


def test_a_full_disk_is_a_limit(tmp_path: Path) -> None:
    assert described(tmp_path, f"raise OSError({errno.EFBIG}, 'File too large')").code == "E214"


@pytest.mark.parametrize("reason", ["ValueError", "SystemExit"])
def test_an_exception_that_cannot_be_printed_is_told_by_its_type(tmp_path: Path, reason: str) -> None:
    source = f"class Bad(Exception):\n    def __str__(self):\n        raise {reason}\nraise Bad\n"

    assert described(tmp_path, source).excerpt.endswith("\nBad")


@pytest.mark.parametrize(
    "answers",
    [[1, 2, 3], (1.0, 2.0, 3.0), np.ones((3, 10), dtype=np.float16), [np.int64(1)] * 3, np.array([1, 2, 3], object)],
)
def test_what_holds_numbers_becomes_an_array(tmp_path: Path, answers: object) -> None:
    found = one_per_row(answers, 3, 10, where="", folder=tmp_path)

    assert len(found) == 3
    assert found.dtype.kind in "if"


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([1, 2], "E203"),
        ([[1], [2, 3], [4]], "E203"),
        (3, "E203"),
        (np.zeros((3, 2, 2)), "E203"),
        (np.zeros((3, 0)), "E203"),
        ({"a": 1}, "E211"),
        ((i for i in range(3)), "E211"),
        (["a", "b", "c"], "E211"),
        ([None, 1, 2], "E211"),
        (np.ones(3, dtype=complex), "E211"),
    ],
)
def test_what_does_not_gets_a_code(tmp_path: Path, answers: object, code: str) -> None:
    with pytest.raises(PluginError, match=code):
        one_per_row(answers, 3, 10, where="", folder=tmp_path)


def test_what_is_no_array_is_named_by_its_type(tmp_path: Path) -> None:
    with pytest.raises(PluginError) as caught:
        one_per_row({0, 1, 2}, 3, 10, where="", folder=tmp_path)

    assert caught.value.problem.got == "set"


def test_a_file_of_the_plugin_is_looked_for_beside_it(tmp_path: Path) -> None:
    (tmp_path / "weights.txt").write_text("1")

    found = described(tmp_path, "open('weights.txt')")

    assert found.fix == 'Path(__file__).parent / "weights.txt"'


def test_a_dataloader_that_drops_its_last_batch_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text("DataLoader(X, drop_last=True)")

    with pytest.raises(PluginError) as caught:
        one_per_row([0] * 100, 107, 10, where="", folder=tmp_path)

    assert caught.value.problem.fix == "drop_last=False"
    assert caught.value.problem.excerpt == "1 | DataLoader(X, drop_last=True)"


@pytest.mark.parametrize(
    ("shown", "where"), [("plugins/x/plugin.py:9", "plugins/x/plugin.py:2"), ("plugins/x.py:9", "plugins/x.py:2")]
)
def test_the_dataloader_is_shown_where_it_is(tmp_path: Path, shown: str, where: str) -> None:
    (tmp_path / "plugin.py").write_text("\nDataLoader(X, drop_last=True)")

    with pytest.raises(PluginError) as caught:
        one_per_row([0] * 100, 107, 10, where=shown, folder=tmp_path)

    assert caught.value.problem.where == where


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((10,), "the arg-max went over the rows"),
        ((), "arg-max or mean went over everything"),
        ((1,), "collect the answers in a list"),
        ((10, 107), "answers.T"),
        ((107, 8, 8), "nn.Flatten()"),
    ],
)
def test_the_shape_of_the_answers_tells_what_happened(tmp_path: Path, shape: tuple[int, ...], said: str) -> None:
    with pytest.raises(PluginError) as caught:
        one_per_row(np.zeros(shape), 107, 10, where="", folder=tmp_path)

    assert said in f"{caught.value.problem.why} {caught.value.problem.fix}"


def test_a_tensor_that_still_has_a_gradient_is_taken(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")

    found = one_per_row(torch.ones(3, 10, requires_grad=True), 3, 10, where="", folder=tmp_path)

    assert found.shape == (3, 10)
