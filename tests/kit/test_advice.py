"""Advice on a plugin's source: it finds what it knows, and is silent about what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.plugin.advice import advice

ROOT = Path(__file__).resolve().parents[2]

NET = """\
import torch
from torch import nn
from torch.nn import functional as F

def fit(task, train, valid, run, epochs=3):
    X, y = train.tensors()
    X_valid, y_valid = valid.tensors()
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), LAYER nn.Linear(32, 10))
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(epochs):
        for rows in torch.randperm(len(X)).split(32):
            loss = LOSS
            ZERO
            loss.backward()
            opt.step()
        with torch.no_grad():
            loss = F.cross_entropy(net(X_valid), y_valid)
        run.log(epoch=epoch, loss=loss)
    EVAL
    return net

def predict(model, X):
    with torch.no_grad():
        return model(torch.tensor(X)).softmax(1)
"""


def net(**changes: str) -> str:
    text, right = NET, {"LAYER": "", "LOSS": "F.cross_entropy(net(X[rows]), y[rows])", "ZERO": "opt.zero_grad()"}
    for word, code in (right | {"EVAL": "net.eval()"} | changes).items():
        text = text.replace(word, code)
    return text


def table(fit: str, predict: str = "return model.predict(X)", before: str = "") -> str:
    body = "\n".join(f"    {line}" for line in fit.splitlines())
    answer = "\n".join(f"    {line}" for line in predict.splitlines())
    return f"import numpy as np\n{before}\ndef fit(train, valid):\n{body}\n\ndef predict(model, X):\n{answer}\n"


HELPER = "def scaled(df):\n    return StandardScaler().fit_transform(df)\n"
CAREFUL = "def scaled(df, scaler=None):\n    if scaler is None:\n        scaler = StandardScaler().fit(df)\n"
EARLY = (
    "def scaled(df, s=None):\n    if s is not None:\n        return s.transform(df)\n    return S().fit_transform(df)\n"
)

NO_BACKWARD = net(ZERO="opt.zero_grad()").replace("            loss.backward()\n", "")
NO_STEP = net().replace("            opt.step()\n", "")

WRONG = {
    "a step without backward": ("E126", "opt.step()", NO_BACKWARD),
    "backward without a step": ("E126", "loss.backward()", NO_STEP),
    "no zero_grad": ("E121", "loss.backward()", net(ZERO="pass")),
    "softmax in the loss": ("E124", "loss =", net(LOSS="F.cross_entropy(net(X[rows]).softmax(1), y[rows])")),
    "softmax through a name": (
        "E124",
        "loss =",
        net(LOSS="0\n            p = F.softmax(net(X[rows]), dim=1)\n            loss = F.cross_entropy(p, y[rows])"),
    ),
    "softmax and a criterion": ("E124", "loss =", net(LOSS="nn.CrossEntropyLoss()(torch.softmax(net(X), 1), y)")),
    "a softmax layer": ("E124", "Sequential", net(LAYER="").replace("10))", "10), nn.Softmax(dim=1))")),
    "a forward with softmax": (
        "E124",
        "return F.softmax",
        net() + "\nclass Net(nn.Module):\n    def forward(self, x):\n        return F.softmax(self.a(x), dim=1)\n",
    ),
    "dropout without eval": ("E125", "Dropout", net(LAYER="nn.Dropout(0.5),", EVAL="pass")),
    "batch-norm without eval": ("E125", "BatchNorm", net(LAYER="nn.BatchNorm1d(32),", EVAL="net.train(True)")),
    "a step on valid": ("E122", "backward", net(LOSS="F.cross_entropy(net(X_valid), y_valid)")),
    "a layer that is a network": (
        "E124",
        "self.net = ",
        net() + "\nclass Net(nn.Module):\n    def __init__(self):\n"
        "        self.net = nn.Sequential(nn.Flatten(), nn.Linear(64, 10), nn.Softmax(dim=1))\n\n"
        "    def forward(self, x):\n        return self.net(x)\n",
    ),
    "valid fitted": ("E122", ".fit(", table("return LogisticRegression().fit(valid.flat, valid.y)")),
    "valid by another name": (
        "E122",
        ".fit(",
        table("X, y = valid\nX = X.reshape(len(X), -1)\nreturn SVC().fit(X, y)"),
    ),
    "valid by keyword": ("E122", ".fit(", table("return SVC().fit(X=valid.flat, y=valid.y)")),
    "both put together": (
        "E122",
        "train.y",
        table(
            "X = np.concatenate([train.flat, valid.flat])\n"
            "y = np.concatenate([train.y, valid.y])\nreturn SVC().fit(X, y)"
        ),
    ),
    "scaled in predict": (
        "E123",
        "fit_transform",
        table("return 1", "X = StandardScaler().fit_transform(X)\nreturn X"),
    ),
    "scaled in a helper": ("E123", "fit_transform", table("return 1", "return scaled(X)", HELPER)),
    "scaled by its own mean": ("E123", "X.mean()", table("return 1", "return (X - X.mean()) / X.std()")),
    "scaled by its own columns": ("E123", "np.mean(X", table("return 1", "return X - np.mean(X, axis=0)")),
    "scaled by its own maximum": ("E123", "X.max()", table("return 1", "X = np.asarray(X)\nreturn X / X.max()")),
    "scaled on all rows": (
        "E123",
        "StandardScaler().fit(",
        table("X = np.vstack((train.flat, valid.flat))\nscaler = StandardScaler().fit(X)\nreturn scaler"),
    ),
    "scaled anew on valid": (
        "E123",
        "fit_transform(valid",
        table("s = StandardScaler()\nX = s.fit_transform(train.flat)\nV = s.fit_transform(valid.flat)\nreturn s"),
    ),
    "trained in predict": ("E123", ".fit(", table("return train", "return SVC().fit(model.flat, model.y).predict(X)")),
}

RIGHT = {
    "a step by hand": NO_STEP.replace("opt = torch.optim.SGD(net.parameters(), lr=0.1)", "opt = None").replace(
        "loss.backward()", "loss.backward()\n            [p.data.sub_(0.1 * p.grad) for p in net.parameters()]"
    ),
    "another function steps": NO_STEP.replace("loss.backward()", "loss.backward()\n            move(opt)"),
    "a step of an environment": table("import torch\nfor _ in range(9):\n    env.step(1)\nreturn 1"),
    "a network": net(),
    "dropout with eval": net(LAYER="nn.Dropout(0.5),"),
    "train(False)": net(LAYER="nn.BatchNorm1d(32),", EVAL="net.train(False)"),
    "gradients cleared by hand": net(ZERO="for p in net.parameters(): p.grad = None"),
    "gradients cleared in place": net(ZERO="[p.grad.zero_() for p in net.parameters() if p.grad is not None]"),
    "softmax around a trained net": net().replace("return net\n", "return nn.Sequential(net, nn.Softmax(1))\n"),
    "a gradient of its own": net(ZERO="g = torch.autograd.grad(loss, net.parameters())"),
    "log_softmax and nll": net(LOSS="F.nll_loss(F.log_softmax(net(X[rows]), 1), y[rows])"),
    "scaled by train": table(
        "s = StandardScaler()\nX = s.fit_transform(train.flat)\nm = SVC().fit(X, train.y)\n"
        "print(m.score(s.transform(valid.flat), valid.y))\nreturn s, m",
        "s, m = model\nreturn m.predict(s.transform(X))",
    ),
    "scaled like valid": table(
        "mean, std = train.X.mean(), train.X.std()\nX, V = (train.X - mean) / std, (valid.X - mean) / std\n"
        "return SVC().fit(X, train.y), mean, std"
    ),
    "each image by itself": table("return 1", "X = X - X.mean(axis=(1, 2, 3), keepdims=True)\nreturn X"),
    "softmax by hand": table("return 1", "z = X @ model\nz = np.exp(z - z.max())\nreturn z / z.sum()"),
    "a careful helper": table("return 1", "return scaled(X, model)", CAREFUL),
    "a helper that returns early": table("return 1", "return scaled(X, model)", EARLY),
    "early stopping of trees": table("return XGB().fit(train.X, train.y, eval_set=[(valid.X, valid.y)])"),
    "two parts in one loop": table(
        "parts = [p.flat for p in (train, valid)]\nX, V = parts\nm = SVC().fit(X, train.y)\nreturn m"
    ),
    "calibrated on valid": table(
        "m = SVC().fit(train.flat, train.y)\nreturn CalibratedClassifierCV(m, cv='prefit').fit(valid.flat, valid.y)"
    ),
    "categories of all rows": table("return OneHotEncoder().fit(pd.concat([train.frame, valid.frame]))"),
    "valid learned after train": table(
        "for X, y in train.batches(8):\n    m.fit(X, y)\nfor X, y in valid.batches(8):\n    m.score(X, y)\nreturn m"
    ),
    "a network without torch": (
        "class Net:\n    def backward(self): pass\n\ndef fit(train):\n    for i in range(3):\n"
        "        Net().backward()\n    return 1\n"
    ),
    "gradients cleared through data": net(ZERO="for p in net.parameters(): p.grad.data.zero_()"),
    "new weights after each step": (
        "import torch\n\ndef fit(train):\n    W = torch.zeros(64, 10, requires_grad=True)\n    for _ in range(9):\n"
        "        loss(W).backward()\n        W = (W - 0.1 * W.grad).detach().requires_grad_()\n    return W\n"
    ),
    "a library that trains": (
        "import torch\nfrom skorch import NeuralNetClassifier\n\ndef fit(train):\n"
        "    net = torch.nn.Sequential(torch.nn.Dropout(0.5))\n"
        "    return NeuralNetClassifier(net).fit(train.X, train.y)\n"
    ),
    "a trainer of its own": table("m = Trainer()\nm.fit(train.batches(8), valid.batches(8), epochs=2)\nreturn m"),
    "the classes of all rows": table(
        "classes = np.unique(np.concatenate([train.y, valid.y]))\nreturn SVC().fit(train.flat, train.y)"
    ),
    "the largest label of all rows": table(
        "n = np.concatenate([train.y, valid.y]).max() + 1\nreturn SVC().fit(train.flat, train.y)"
    ),
    "image by image": table("return 1", "out = []\nfor x in X:\n    out.append((x - x.mean()) / x.std())\nreturn out"),
    "image by image, counted": table(
        "return 1", "for i in range(len(X)):\n    x = X[i]\n    X[i] = x - x.mean()\nreturn X"
    ),
    "probabilities beside logits": (
        net(LOSS="F.cross_entropy(net.logits(X[rows]), y[rows])")
        + "\nclass Net(nn.Module):\n    def logits(self, x):\n        return self.a(x)\n\n"
        "    def forward(self, x):\n        return F.softmax(self.logits(x), dim=1)\n"
    ),
    "a network without its last layer": net(LOSS="F.cross_entropy(net[:-1](X[rows]), y[rows])").replace(
        "10))", "10), nn.Softmax(dim=1))"
    ),
    "a gate inside a network": (
        net() + "\nclass Net(nn.Module):\n    def __init__(self):\n"
        "        self.gate = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Softmax(dim=1))\n\n"
        "    def forward(self, x):\n        return self.out(self.gate(x) * x)\n"
    ),
    "a temperature learned on valid": net(
        EVAL="temperature = torch.ones(1, requires_grad=True)\n"
        "    F.cross_entropy(net(X_valid).detach() / temperature, y_valid).backward()"
    ),
    "a cross-entropy of its own": (
        "def cross_entropy(p, y):\n    return -np.log(p[y])\n\ndef fit(train):\n"
        "    print(cross_entropy(softmax(train.flat), train.y))\n    return 1\n"
    ),
    "what can't be read": "def fit(train)\n",
}


def advised(source: str, folder: Path) -> list[tuple[str, str]]:
    file = folder / "mine.py"
    file.write_text(source)
    return [
        (found.problem.code, found.problem.excerpt)
        for found in advice(file)
        if found.problem is not None and found.state == "ok"
    ]


@pytest.mark.parametrize("name", WRONG)
def test_what_looks_like_a_mistake_is_found_in_its_line(name: str, tmp_path: Path) -> None:
    code, part, source = WRONG[name]
    [(_, excerpt)] = [one for one in advised(source, tmp_path) if one[0] == code]

    assert part in excerpt
    assert {c for c, _ in advised(source, tmp_path)} <= {code, "E123"}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_gets_no_advice(name: str, tmp_path: Path) -> None:
    assert advised(RIGHT[name], tmp_path) == []


@pytest.mark.parametrize("path", sorted((ROOT / "plugins").iterdir()), ids=lambda path: path.name)
def test_shipped_plugins_get_no_advice(path: Path) -> None:
    assert list(advice(path)) == []


def test_advice_names_file_and_line_as_the_entrant_does(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text(net(ZERO="pass"))
    [found] = advice(tmp_path, shown="plugins/mine")

    assert found.problem is not None
    assert found.problem.where == "plugins/mine/plugin.py:14"
    assert found.ok
