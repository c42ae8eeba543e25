"""A plugin in the process that runs it: imported from its folder and called through pluggy."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.errors import PluginError
from kit.plugin.context import Task
from kit.plugin.load import Model, load_plugin

TASK = Task(kind="image-classification", classes=("a", "b", "c"), n_outputs=3, metric="accuracy", input_shape=(1, 2, 2))


@pytest.fixture(autouse=True)
def _forget_plugins() -> Iterator[None]:
    modules, finders = set(sys.modules), list(sys.meta_path)
    # Those of plugins that other tests of this process have loaded: a worker loads one.
    sys.meta_path[:] = [finder for finder in finders if type(finder).__module__ != "kit.plugin.load"]
    yield
    for name in set(sys.modules) - modules:
        if name.startswith("plugin_") or name.partition(".")[0] in ("net", "parts", "plugin"):
            del sys.modules[name]
    sys.meta_path[:] = finders


def load(folder: Path, source: str, params: dict[str, Any] | None = None, **others: str) -> Model:
    for name, text in {"plugin": source, **others}.items():
        file = folder / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return load_plugin(folder, "plugins/x", params=params)


def fit(model: Model) -> Any:
    return model.fit(task=TASK, train="T", valid="V", run="R")


def predict(model: Model, fitted: Any, X: Any) -> Any:
    return model.predict(model=fitted, X=X, task=TASK, run="R")


def test_a_function_gets_the_arguments_it_names_in_any_order(tmp_path: Path) -> None:
    assert fit(load(tmp_path, "def fit(run, train):\n    return run + train\n")) == "RT"


def test_keyword_only_and_positional_only_arguments_are_passed(tmp_path: Path) -> None:
    assert fit(load(tmp_path, "def fit(train, /, *, run, lr=2):\n    return train, run, lr\n")) == ("T", "R", 2)


def test_an_argument_of_the_kit_is_passed_though_it_has_a_default(tmp_path: Path) -> None:
    assert fit(load(tmp_path, "def fit(train, valid=None):\n    return valid\n")) == "V"


def test_hyper_parameters_have_their_defaults_unless_they_are_set(tmp_path: Path) -> None:
    source = "def fit(train, lr=0.1, *, epochs=3):\n    return lr, epochs\n"

    assert fit(load(tmp_path, source, {"epochs": 5})) == (0.1, 5)


def test_an_unknown_hyper_parameter_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(PluginError) as caught:
        load(tmp_path, "def fit(train, epochs=3):\n    return 1\n", {"epoch": 5})

    assert caught.value.code == "E104"
    assert "epochs" in caught.value.problem.fix


@pytest.mark.parametrize("mark", ["hookimpl", "hookimpl(wrapper=True)", "hookimpl(specname='predict', trylast=True)"])
def test_hookimpl_is_accepted(tmp_path: Path, mark: str) -> None:
    source = f"from kit import hookimpl\n@{mark}\ndef fit(train, *, lr=1):\n    return train\n"

    assert fit(load(tmp_path, source)) == "T"


def test_a_fit_imported_by_name_from_a_sibling_is_accepted(tmp_path: Path) -> None:
    assert fit(load(tmp_path, "from .net import fit\n", net="def fit(train):\n    return train\n")) == "T"


def test_siblings_are_the_same_module_both_ways_and_nothing_is_on_the_path(tmp_path: Path) -> None:
    before = list(sys.path)
    source = "from .net import Net as A\nfrom net import Net as B\ndef fit(train):\n    return A is B, A.__module__\n"

    assert fit(load(tmp_path, source, net="class Net: ...\n")) == (True, "plugin_x.net")
    assert sys.path == before


def test_files_beside_the_source_are_found_as_resources(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "weights.csv").write_text("1,2,3")
    source = (
        "from importlib import resources\ndef fit(train):\n"
        "    return resources.files(__package__).joinpath('tables/weights.csv').read_text()\n"
    )

    assert fit(load(tmp_path, source)) == "1,2,3"


@pytest.mark.parametrize("init", ["", "from . import block\n"])
def test_modules_of_a_sub_package_are_the_same_both_ways(tmp_path: Path, init: str) -> None:
    source = (
        "from parts.block import A\nfrom .parts.block import A as B\nimport parts.block\n"
        "def fit(train):\n    return A is B is parts.block.A, A.__module__\n"
    )
    others = {"parts/__init__": init, "parts/block": "from net import x\nclass A: ...\n", "net": "x = 1\n"}

    assert fit(load(tmp_path, source, None, **others)) == (True, "plugin_x.parts.block")


@pytest.mark.parametrize("name", ["plugin_net", "plugin_x"])
def test_a_sibling_may_be_named_after_the_plugin(tmp_path: Path, name: str) -> None:
    source = f"from {name} import x\nfrom .{name} import x as y\ndef fit(train):\n    return x + y\n"

    assert fit(load(tmp_path, source, None, **{name: "x = 1\n"})) == 2


def test_a_sibling_may_import_from_the_plugin(tmp_path: Path) -> None:
    source = "x = 1\nfrom net import y\ndef fit(train):\n    return y\n"

    assert fit(load(tmp_path, source, net="from plugin import x\ny = x + 1\n")) == 2


@pytest.mark.parametrize(
    "source",
    [
        "async def fit(train):\n    return 1\n",
        "def fit(train):\n    yield 1\n",
        "from functools import partial\nfit = partial(print)\n",
        "class Fit:\n    def __call__(self, train):\n        return 1\nfit = Fit()\n",
        "def hide(f):\n    return lambda *a, **k: f(*a, **k)\n@hide\ndef fit(train):\n    return 1\n",
        "x = 1\n",
    ],
)
def test_what_is_no_plain_function_is_refused_in_our_words(tmp_path: Path, source: str) -> None:
    with pytest.raises(PluginError, match="E103"):
        load(tmp_path, source)


def test_none_is_never_a_model_and_never_an_answer(tmp_path: Path) -> None:
    model = load(tmp_path, "def fit():\n    pass\ndef predict(model):\n    pass\n")

    with pytest.raises(PluginError, match="E201"):
        fit(model)
    # The model has a predict of its own; the default must not answer for a plugin that forgot its return.
    with pytest.raises(PluginError, match="E213"):
        predict(model, Estimator(), np.zeros((2, 1)))


class Estimator:
    """As one of scikit-learn that saw only the classes 0 and 2."""

    classes_ = np.array([0, 2])

    def predict(self, X: Any) -> Any:
        return X.shape

    def predict_proba(self, X: Any) -> Any:
        return np.full((len(X), 2), 0.5)


class Labeler:
    def predict(self, X: Any) -> Any:
        return X.shape


def test_without_a_predict_the_model_answers_on_flat_rows(tmp_path: Path) -> None:
    model = load(tmp_path, "def fit():\n    return 1\n")

    assert predict(model, Labeler(), np.zeros((5, 1, 2, 2))) == (5, 4)


def test_the_default_gives_a_column_to_a_class_that_was_never_seen(tmp_path: Path) -> None:
    model = load(tmp_path, "def fit():\n    return 1\n")

    assert predict(model, Estimator(), np.zeros((1, 4))).tolist() == [[0.5, 0, 0.5]]


def test_a_torch_module_without_a_predict_is_told_what_to_write(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    model = load(tmp_path, "def fit():\n    return 1\n")

    with pytest.raises(PluginError) as caught:
        predict(model, torch.nn.Linear(1, 1), np.zeros((1, 1)))

    assert caught.value.code == "E212"
    assert "torch.as_tensor(X)" in caught.value.problem.fix


def test_a_class_survives_pickling_into_a_process_that_loads_the_folder_first(tmp_path: Path) -> None:
    model = load(tmp_path, "from net import Net\ndef fit():\n    return Net()\n", net="class Net:\n    x = 41\n")
    (tmp_path / "model").write_bytes(pickle.dumps(fit(model)))
    program = (
        "import pickle, sys; from pathlib import Path; from kit.plugin.load import load_plugin\n"
        "folder = Path(sys.argv[1]); load_plugin(folder, 'plugins/x')\n"
        "print(pickle.loads((folder / 'model').read_bytes()).x)"
    )

    done = subprocess.run([sys.executable, "-P", "-c", program, tmp_path], capture_output=True, text=True, check=True)

    assert done.stdout == "41\n"


@pytest.mark.parametrize(
    ("trained", "name"),
    [
        ("    net = build()\n    opt = Adam(net.parameters())\n    net.eval()\n", "net"),
        ("    clf = make_pipeline(Scaler(), Tree()); clf.fit(train.flat, train.y)\n", "clf"),
        ("    weights = [0]\n", "model"),
    ],
)
def test_a_forgotten_return_names_what_was_trained(tmp_path: Path, trained: str, name: str) -> None:
    stubs = "class Any_:\n    def __getattr__(self, name): return lambda *_: self\n"
    stubs += "    def __call__(self, *_): return self\n"
    names = "build = Adam = make_pipeline = Scaler = Tree = Any_()\n"
    model = load(tmp_path, f"{stubs}{names}def fit(train):\n{trained}")

    with pytest.raises(PluginError) as raised:
        model.fit(task=None, train=_Rows(), valid=None, run=None)

    assert raised.value.problem.fix == f"add   return {name}   as the last line"


class _Rows:
    flat = y = ()
