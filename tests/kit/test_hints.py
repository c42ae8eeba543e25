"""Each hint is provoked with the library that is installed: a new version that says it otherwise is found out here."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

import numpy as np
import pytest

from kit.dataset import Column, Dataset, Table
from kit.errors import Problem
from kit.plugin.context import Run
from kit.worker.failures import Phase, describe
from kit.worker.hints import HINTS


class Mistake(NamedTuple):
    """Lines of a plugin that fail, and a part of what is to be said of them."""

    code: str
    said: str
    phase: Phase = "fit"


TORCH = [
    Mistake("nn.Linear(784, 10)(T)", "takes 784 numbers a row and was given 8"),
    Mistake("nn.Conv2d(3, 4, 3)(I)", "made for 3"),
    Mistake("nn.Conv2d(1, 4, 3)(I.squeeze(1))", "the channel is missing"),
    Mistake("nn.Conv2d(1, 4, 3)(I.permute(0, 2, 3, 1))", "not in the second place"),
    Mistake("nn.Conv2d(1, 4, 3)(T)", "train.X   in place of train.flat"),
    Mistake("nn.BatchNorm2d(4)(T)", "nn.BatchNorm1d"),
    Mistake("nn.Sequential(*[nn.MaxPool2d(2)] * 5)(I)", "too small for so many poolings"),
    Mistake("nn.Conv2d(1, 4, 9)(I)", "too small for so many poolings"),
    Mistake("F.cross_entropy(torch.rand(20, 1), y)", "there is a class 1"),
    Mistake("F.cross_entropy(torch.rand(20, 2), y.float())", "y.long()"),
    Mistake("F.cross_entropy(torch.rand(20, 2), y.reshape(-1, 1))", "y.flatten()"),
    Mistake("F.cross_entropy(torch.rand(20, 1, 8, 10), y)", "nn.Flatten()"),
    Mistake("F.cross_entropy(torch.rand(160, 2), y)", "gave 160 rows for 20 labels"),
    Mistake("F.binary_cross_entropy(T[:, 0] * 10 - 20, y.float())", "F.binary_cross_entropy_with_logits"),
    Mistake("F.binary_cross_entropy_with_logits(T[:, :1], y.float())", "net(X).squeeze(1)"),
    Mistake("F.binary_cross_entropy(T[:, :1], y.float())", "net(X).squeeze(1)"),
    Mistake("F.binary_cross_entropy_with_logits(T[:, 0], y)", "y.float()"),
    Mistake("nn.Linear(8, 2, device='meta')(T)", "on different devices"),
    Mistake("nn.Linear(8, 2)(T.double())", "X is float64"),
    Mistake("nn.Conv2d(1, 2, 3)(I.double())", "X is float64"),
    Mistake("nn.Linear(8, 2)(T.long())", "whole numbers, the network's"),
    Mistake("nn.Conv2d(1, 2, 3)(I.byte())", "whole numbers, the network's"),
    Mistake("T.long().mean()", "whole numbers, the network's"),
    Mistake("F.cross_entropy(torch.rand(20, 2), y.numpy())", "train.tensors()"),
    Mistake("nn.Linear(8, 2)(X)", "a torch network needs a tensor"),
    Mistake("nn.Conv2d(1, 2, 3)(I.numpy())", "a torch network needs a tensor"),
    Mistake("X.to('cpu')", "a method of tensors"),
    Mistake("X.unsqueeze(1)", "a method of tensors"),
    Mistake("T.astype('float32')", "a method of NumPy arrays"),
    Mistake("torch.tensor(df)", "DataFrame of pandas, torch"),
    Mistake("torch.from_numpy(df)", "DataFrame of pandas, torch"),
    Mistake("nn.Linear(8, 2)(df)", "DataFrame of pandas, torch"),
    Mistake("torch.tensor(df.astype(str).to_numpy(object))", "there is text among these"),
    Mistake("losses = [nn.Linear(8, 2)(T).sum()]\nnp.mean([np.asarray(loss) for loss in losses])", "loss.item()"),
    Mistake("nn.Linear(8, 2)(T).numpy()", "with torch.no_grad():"),
    Mistake("nn.Linear(8, 2)(T).sum().item().backward()", "loss.backward()   first"),
    Mistake("nn.Linear(8, 2)(T).argmax(1).float().mean().backward()", "arg-max gives whole numbers"),
    Mistake("with torch.no_grad():\n    loss = nn.Linear(8, 2)(T).sum()\nloss.backward()", "inside torch.no_grad()"),
    Mistake("nn.Linear(8, 2)(T).backward()", "this is a tensor of many"),
    Mistake("loss = (nn.Linear(8, 2)(T) ** 2).sum()\nloss.backward()\nloss.backward()", "total += loss.item()"),
    Mistake("w = torch.ones(3, requires_grad=True)\nw -= 0.1", "around the update"),
    Mistake("w = torch.ones(3, requires_grad=True).exp()\nw += 1\nw.sum().backward()", "a = a + 1"),
    Mistake("class A(nn.Module):\n  def __init__(self):\n    self.a = nn.ReLU()\nA()", "super().__init__()"),
    Mistake("class Net(nn.Module):\n    pass\nNet()(T)", "def forward(self, x):"),
    Mistake("torch.optim.SGD([], lr=0.1)", "nn.ModuleList"),
    Mistake("torch.optim.SGD(nn.Linear(8, 2), lr=0.1)", "net.parameters()"),
    Mistake("torch.optim.SGD(nn.Linear(8, 2).parameters, lr=0.1)", "net.parameters()"),
    Mistake("nn.BatchNorm1d(8)(T[:1])", "a batch of one row"),
    Mistake("nn.CrossEntropyLoss(T, y)", "has to be made first"),
    Mistake("nn.Linear(8, 2).load_state_dict(nn.Linear(8, 3).state_dict())", "build the same network first"),
    Mistake("torch.rand(4).softmax(1)", "no columns to choose from"),
    Mistake("np.ones(4).argmax(1)", "no columns to choose from"),
    Mistake("F.one_hot(y.float())", "y.long()"),
    Mistake("T[y.float()]", "y.long()"),
    Mistake("nn.Embedding(1, 2)(y)", "largest number + 1"),
    Mistake("I.view(-1, 784)", "another competition's images"),
    Mistake("T + torch.ones(7)", "8 and 7 numbers"),
    Mistake("nn.Linear(64, 2)(torch.rand(20, 1, 8, 8))", "nn.Flatten()   before it"),
]  # fmt: skip

TABLES = [
    Mistake("LogisticRegression().fit(np.where(X > 0.9, np.nan, X), y)", "SimpleImputer()"),
    Mistake("LogisticRegression().fit(np.where(X > 0.9, np.inf, X), y)", "divided by 0"),
    Mistake("Ridge().fit(X, np.where(y, np.nan, 1.0))", "Labels are missing"),
    Mistake("SimpleImputer().fit(names)", 'strategy="most_frequent"'),
    Mistake("LogisticRegression().fit(names, y)", "holds text ('x')"),
    Mistake("names.astype(float)", "holds text ('x')"),
    Mistake("OneHotEncoder().fit(names).transform(names.replace('x', 'z'))", "['z']"),
    Mistake("LabelEncoder().fit(['a', 'b']).transform(['c'])", "OrdinalEncoder"),
    Mistake("LogisticRegression().fit(X[:, 0], y)", ".reshape(-1, 1)"),
    Mistake("LogisticRegression().fit(df['a'], y)", "with two brackets"),
    Mistake("LogisticRegression().fit(X.reshape(20, 2, 2, 2), y)", "train.flat   in fit"),
    Mistake("LogisticRegression().fit(X, y).predict(X[:, :5])", "fit learned from 8 columns, predict gives 5"),
    Mistake("LogisticRegression().fit(df, y).predict(df[list('bacdefgh')])", "in another order"),
    Mistake("LogisticRegression().fit(df, y).predict(df.rename(columns={'a': 'z'}))", "get_dummies"),
    Mistake("make_column_transformer((StandardScaler(), ['a', 'b'])).fit(df).transform(df[['a']])", "without {'b'}"),
    Mistake("make_column_transformer((StandardScaler(), ['a', 'b'])).fit(X)", "train.frame"),
    Mistake("make_column_transformer((StandardScaler(), ['a', 'zz'])).fit(df)", "no column {'zz'}"),
    Mistake("StandardScaler().transform(X)", "it comes back as   model", "predict"),
    Mistake("StandardScaler().transform(X)", "fit_transform"),
    Mistake("LogisticRegression().fit(X, y[:10])", "20 rows on one side and 10"),
    Mistake("LogisticRegression().fit(X, y * 0)", "All labels are the same"),
    Mistake("LogisticRegression().fit(X, X[:, 0])", "numbers with a fraction"),
    Mistake("LogisticRegression().fit(X, np.eye(2)[y])", "one-hot"),
    Mistake("KNeighborsClassifier(50).fit(X, y).predict(X)", "a smaller n_neighbors"),
    Mistake("RidgeClassifier().fit(X, y).predict_proba(X)", "how sure it is"),
    Mistake("accuracy_score(y, X[:, 0])", "probabilities, the other classes"),
    Mistake("df[:, 0]", "X.iloc[:, 0]"),
    Mistake("df[0]", "X.iloc[:, 0]"),
    Mistake("df.reshape(-1)", "X.to_numpy().reshape"),
    Mistake("pd.Series([1.0, np.nan]).astype(int)", ".fillna"),
    Mistake("names.where(names == 'x').astype('category').fillna(0)", ".cat.add_categories([0])"),
    Mistake("if df['a'] > 0:\n    pass", "neither true nor false"),
    Mistake("names.mean()", "numeric_only=True"),
]

OTHERS = [
    Mistake("run.log('loss')", "numbers with names"),
    Mistake("train.x", "train.X"),
    Mistake("train.target", "train.y"),
    Mistake("train.head()", "train.frame"),
    Mistake("open('/lib/sklearn/datasets/data/digits.csv.gz')", "data come through train"),
    Mistake("open('data/train.csv')", "no files of data"),
    Mistake("np.load('X.npy')", "no files of data"),
    Mistake("open('net.pt')", "what another run saved"),
    Mistake("input()", "sits at the keyboard"),
    Mistake("import bdb\nraise bdb.BdbQuit", "a debugger has nobody to ask"),
    Mistake("torch.ones(1)", "import torch"),
    Mistake("F.relu(X)", "from torch.nn import functional as F"),
    Mistake("nn.Linear(8, 2)", "from torch import nn", "predict"),
    Mistake("plt.plot(y)", "import matplotlib.pyplot as plt"),
    Mistake("net(X)", "return net, scaler", "predict"),
    Mistake("model = LogisticRegression()\nnet, scaler = model", "fit returned one thing", "predict"),
    Mistake("model = (1, 2)\nmodel.predict(X)", "net, scaler = model", "predict"),
    Mistake("def build():\n    pass\nbuild().fit(X)", "has no return"),
    Mistake("X.reshape(-1, 784)", "another competition's images"),
    Mistake("X @ np.ones((7, 2))", "The rows have 8 numbers, the weights are for 7"),
    Mistake("X + np.ones((7, 2))", "(20,8) (7,2)"),
    Mistake("np.array([[1], [1, 2]])", "different lengths"),
    Mistake("np.vstack([X, X[:, :3]])", "different lengths"),
]
# What a test can't bring about: it would need a computer without what this one has, or processes of joblib.
NOT_PROVOKED = {r"Found no NVIDIA driver|not compiled with CUDA|No CUDA GPUs|[Nn]o CUDA-capable device"}
NOT_PROVOKED |= {"A task has failed to un-serialize"}

IMPORTS = """\
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.metrics import accuracy_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler
X = np.random.default_rng(0).random((20, 8)).astype("float32")
y = np.arange(20) % 2
df = pd.DataFrame(X, columns=list("abcdefgh"))
names = pd.DataFrame({"a": ["x", "y"] * 10})
"""
TENSORS = """\
import torch
from torch import nn
from torch.nn import functional as F
T, y = torch.tensor(X), torch.tensor(y)
I = torch.rand(4, 1, 8, 8)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Mistake], Problem]:
    """What is said of a mistake; each is made once."""
    folder = tmp_path_factory.mktemp("plugin")
    return cache(lambda mistake: provoke(mistake, folder))


def provoke(mistake: Mistake, folder: Path) -> Problem:
    file = folder / f"mistake_{len(list(folder.iterdir()))}.py"  # linecache knows a file by its name
    tensors = TENSORS if mistake in TORCH else ""
    file.write_text(f"{IMPORTS}{tensors}def fit():\n{indent(mistake.code, '    ')}\nfit()\n")
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    run = Run(seed=0, device="cpu", n_threads=1, workdir=folder, ends_at=0.0, send=print)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(file.read_text(), str(file), "exec"), {"train": rows(), "run": run})
    except BaseException as error:  # noqa: BLE001
        return describe(error, mistake.phase, folder=folder, name="plugins/x", input_shape=(1, 8, 8))
    finally:
        monkeypatch.undo()
    raise AssertionError("nothing was raised")


def test_a_gpu_that_is_not_there_is_told(told: Callable[[Mistake], Problem]) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is one here")

    assert "no GPU in this run" in told(Mistake("import torch\ntorch.ones(1).cuda()", "")).why


def rows() -> Dataset:
    columns = tuple(Column(name=name, dtype="number", data=np.arange(20.0)) for name in ("age", "fare"))
    return Dataset(storage=Table(columns), y=np.arange(20) % 2, ids=np.arange(20).astype(str))


@pytest.mark.parametrize("mistake", [*TORCH, *TABLES, *OTHERS], ids=lambda mistake: mistake.code[-60:])
def test_the_cause_of_a_mistake_is_named(mistake: Mistake, told: Callable[[Mistake], Problem]) -> None:
    if mistake in TORCH:
        pytest.importorskip("torch")
    found = told(mistake)

    assert mistake.said in f"{found.why}\n{found.fix}", found
    assert "{" not in found.why.replace("{'", "")


def test_every_hint_is_provoked(told: Callable[[Mistake], Problem]) -> None:
    pytest.importorskip("torch")
    found = [told(mistake) for mistake in (*TORCH, *TABLES, *OTHERS)]

    for hint in HINTS:
        words = hint.why.partition("{")[0]
        is_taken = any(re.search(hint.pattern, one.excerpt) and one.why.startswith(words) for one in found)
        assert is_taken != (hint.pattern in NOT_PROVOKED), hint


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('train.frame["Age"]', '"age"'),
        ('df = train.frame\n    df[["fair", "age"]]', '"fare"'),
        ('train.frame[["Age"]]', '"age"'),
        ('df = train.frame\n    df.drop(columns=["price"])', "It has: age, fare"),
    ],
)
def test_a_column_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path, code: str, said: str) -> None:
    source = f"import pandas\ndef fit(train):\n    {code}\nfit(train)\n"
    (tmp_path / "plugin.py").write_text(source)
    with pytest.raises(KeyError) as caught:
        exec(compile(source, str(tmp_path / "plugin.py"), "exec"), {"train": rows()})

    found = describe(caught.value, "fit", folder=tmp_path, name="plugins/x")

    assert said in f"{found.why}\n{found.fix}"


def test_our_own_words_are_kind() -> None:
    assert not [hint for hint in HINTS if re.search("invalid|your fault|stupid|obvious|simply", hint.why + hint.fix)]
