"""What a person reads for every code there is: each is provoked through the command line, on real files.

``UPDATE_GOLDEN=1 pytest tests/golden`` writes the texts anew; read the diff.
"""

from __future__ import annotations

import os
import pickle
import re
import sqlite3
import subprocess
import sys
import traceback
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import kit
from kit.cli import run, screen
from kit.cli.explain import titles
from kit.errors import KitError, LeaseLostError, RefusedError, SandboxError, UsageError
from kit.job import Resources
from kit.plugin.manager import harness
from kit.sandbox.best import require_isolation
from kit.sandbox.bubblewrap import missing
from kit.sandbox.process import ProcessSandbox
from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.client.membership import Membership, write_membership
from leaderboard.store.base import Finished, NewSubmission
from leaderboard.testing import claimed, scored, take_in
from leaderboard.web.problems import TooManyError
from leaderboard.web.room import BusyError
from leaderboard.web.visitors import ForbiddenError
from leaderboard.web.words.refusals import no_code

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent
Scenario = Callable[[Path, pytest.MonkeyPatch], list[str]]
SCENARIOS: dict[str, Scenario] = {}
# Raised for other code, never for a reader of the terminal: in a notebook (E011), by the board that answers it by
# waiting for the other worker (E707), by what serves a class (E803), and by its server (the others).
NOT_SHOWN = {"E011", "E707", "E803", "E406", "E407", "E408", "E409", "E709"}

COMPETITION = """\
title = "A tiny one"
kind = "{kind}"
[data]
source = "{source}"
[split]
method = "{method}"
salt = "tiny"
test = {test}
public = {public}
[metric]
name = "{metric}"
[submission]
columns = ["label"]
[limits]
time_limit_s = {time_limit_s}
memory_limit_mib = {memory_limit_mib}
"""


TORCH = """\
import torch
from torch import nn

def fit(train):
    torch.manual_seed(0)
    net = nn.Sequential({layer}, nn.Flatten(), nn.Linear(64, 10))
    return net

def predict(model, X):
    with torch.no_grad():
        return model(torch.tensor(X))
"""


def provokes(code: str) -> Callable[[Scenario], Scenario]:
    def note(scenario: Scenario) -> Scenario:
        SCENARIOS[code] = scenario
        return scenario

    return note


def competition(here: Path, name: str, **changes: object) -> str:
    values = {
        "kind": "image-classification", "source": "sklearn:digits", "method": "contiguous", "test": 0.4, "public": 0.4,
        "metric": "accuracy", "time_limit_s": 60, "memory_limit_mib": 4096,
    }  # fmt: skip
    path = here / "competitions" / name / "competition.toml"
    path.parent.mkdir(parents=True)
    path.write_text(COMPETITION.format(**values | changes))
    return name


def sheet(here: Path, *, metric: str, solution: str, columns: str) -> str:
    """A competition of files."""
    name = competition(here, "sheet", source='files"\npath = "', metric=metric, method="official", test=0.5)
    folder = here / "competitions" / name
    text = (folder / "competition.toml").read_text().replace("test = 0.5\n", "").replace('"label"', f'"{columns}"')
    (folder / "competition.toml").write_text(text.replace('path = ""', 'path = "."'))
    (folder / "solution.csv").write_text(solution)
    ids = [line.split(",")[0] for line in solution.splitlines()[1:]]
    (folder / "sample_submission.csv").write_text("\n".join([f"id,{columns}", *(f"{row_id}," for row_id in ids), ""]))
    return name


METRIC_FILE = "def score(solution, submission, row_id_column_name: str) -> float:\n"


def judged(here: Path, code: str) -> list[str]:
    """Send a right file to a competition with this ``metric.py``."""
    name = competition(here, "judged", metric="metric.py")
    file = here / "competitions" / name / "competition.toml"
    file.write_text(file.read_text().replace('"metric.py"', '"metric.py"\ngreater_is_better = true'))
    (file.parent / "metric.py").write_text(code)
    return [*table(here, lambda lines: None)[:2], "-c", name]


def plugin(here: Path, text: str) -> list[str]:
    folder = here / "plugins" / "mine"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plugin.py").write_text(text)
    return ["submit", "plugins/mine", "-c", "digits"]


def table(here: Path, change: Callable[[list[str]], object]) -> list[str]:
    """Send a right file for digits after `change` did something to its lines."""
    lines = ["id,label", *(f"{row_id},3" for row_id in Workspace.find(here).prepared("digits").form().row_ids)]
    changed = change(lines)
    content = changed if isinstance(changed, (bytes, str)) else "\n".join([*lines, ""])
    (here / "preds.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return ["submit", "preds.csv", "-c", "digits"]


def distribution(folder: Path, name: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a distribution with an entry point: as an installer leaves it, without one."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[kit]\n{name} = {name}\n")
    (folder / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(folder)
    harness.cache_clear()


METRIC = """\
from kit import hookimpl

@hookimpl
def register_metrics():
    return {{"{name}": "{module}:METRIC"}}
"""


@provokes("E001")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return ["submit", "plugins/my_cn"]


@provokes("E002")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return ["submit", "preds.csv", "--jsn"]


@provokes("E003")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    (here / "kit.toml").write_text('zone = "Mars/Olympus"\n[executor]\nworkers = "two"\n[sandbox]\nnmae = "process"\n')
    return ["competitions"]


@provokes("E004")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    competition(here, "wine", kind="tabular", test="0.4\nvalidd = 0.1", time_limit_s=-1)
    return ["info", "wine"]


@provokes("E005")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    (here / "kit.toml").write_text('title = "A class"\n')
    (here / "preds.csv").write_text("id,label\n")
    return ["submit", "preds.csv"]


@provokes("E006")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    plugin(here, "def fit(train):\n    return 1\n")
    return ["submit", "plugins"]


@provokes("E007")
def _(here: Path, patch: pytest.MonkeyPatch) -> list[str]:
    for name in ("ours", "theirs"):
        distribution(here / "site" / name, name, METRIC.format(name="f1", module=name), patch)
    return ["info", "digits"]


@provokes("E008")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return ["init", "."]


@provokes("E009")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    plugin(here, "def fit(train, epochs=15, lr=0.002):\n    return 1\n")
    return ["run", "plugins/mine", "-c", "digits", "--set", "epocs=20", "--set", "lr=fast"]


@provokes("E010")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    for name in ("digits", "iris"):
        form = Workspace.find(here).prepared(name).form()
        rows = [f"{row_id},{form.classes[0]}" for row_id in form.row_ids]
        (here / f"{name}.csv").write_text("\n".join([f"id,{form.columns[0]}", *rows, ""]))
        assert run(["submit", f"{name}.csv", "-c", name]) == 0
    return ["compare", "s1", "s2"]


@provokes("E012")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    name = sheet(here, metric="rmse", solution="id,price,Usage\n1,2,Public\n2,3,Private\n", columns="price")
    plugin(here, "def fit(train):\n    return 1\n\ndef predict(model, X):\n    return X\n")
    return ["run", "plugins/mine", "-c", name]


@provokes("E015")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    plugin(here, "def fit(train, hidden=64, lr=0.002):\n    return 1\n")
    return ["sweep", "plugins/mine", "-c", "digits", "--set", "hidden=8,,64", "--set", "lr=0.1,"]


@provokes("E016")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    plugin(here, "def fit(train, epochs=15, depth=3):\n    return 1\n")
    return ["lr", "plugins/mine", "-c", "digits"]


@provokes("E101")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(here, "def fit(task, train)\n    return 1\n")


@provokes("E102")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(here, "import not_there\n\ndef fit(train):\n    return 1\n")


@provokes("E103")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(here, "def train(task, train):\n    return 1\n\ndef predct(model, X):\n    return 1\n")


@provokes("E104")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(here, "def fit(X, y):\n    return 1\n")


@provokes("E105")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    command = plugin(here, "import random\n\ndef fit(train):\n    return 1\n")
    (here / "plugins" / "mine" / "random.py").write_text("")
    return command


@provokes("E106")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    command = plugin(here, "")
    (here / "plugins" / "mine" / "plugin.py").write_bytes(b"\xff\xfed\0e\0f\0")
    return command


@provokes("E107")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(here, "rows = open('train.csv')\n\ndef fit(train):\n    return rows\n")


@provokes("E108")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(here, 'TASKS = ["tabular-classification"]\n\ndef fit(train):\n    return 1\n')


@provokes("E109")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    command = plugin(here, "def fit(train):\n    return 1\n")
    (here / "plugins" / "mine" / "data").symlink_to(here)
    return command


# Advice is given on the source, so no network has to learn here, and torch is not imported.
ADVISED = "import numpy as np\n\n{}\n\ndef fit(train, valid):\n    {}\n\ndef predict(model, X):\n    {}\n"
TRAINING = (
    "def train_net(net, opt, X, y):\n    import torch\n    for epoch in range(9):\n        {}\n        opt.step()\n"
)


def advised(here: Path, before: str = "", fit: str = "return 1", predict: str = "return np.zeros(len(X))") -> list[str]:
    plugin(here, ADVISED.format(before, fit, predict))
    return ["check", "plugins/mine", "-c", "digits"]


@provokes("E121")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return advised(here, TRAINING.format("torch.nn.functional.cross_entropy(net(X), y).backward()"))


@provokes("E122")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    before = "from sklearn.dummy import DummyClassifier"
    return advised(here, before, "return DummyClassifier().fit(valid.flat, valid.y)")


@provokes("E123")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return advised(here, predict="X = (X - X.mean()) / X.std()\n    return np.zeros(len(X))")


@provokes("E124")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    loss = "opt.zero_grad()\n        torch.nn.functional.cross_entropy(net(X).softmax(1), y).backward()"
    return advised(here, TRAINING.format(loss))


@provokes("E125")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return advised(
        here, "def build(n):\n    from torch import nn\n    return nn.Sequential(nn.Linear(n, 9), nn.Dropout(0.5))"
    )


@provokes("E126")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    train = (
        "def train_net(net, X, y):\n    import torch\n    opt = torch.optim.Adam(net.parameters())\n"
        "    for epoch in range(9):\n        loss = torch.nn.functional.cross_entropy(net(X), y)\n"
        "        opt.zero_grad()\n        opt.step()\n"
    )
    return advised(here, train)


@provokes("E201")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(here, "def fit(train):\n    pass\n")


@provokes("E202")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(here, "def fit(train):\n    return 1\n\ndef predict(model, X):\n    return X @ model.weights\n")


@provokes("E203")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(
        here, "import numpy as np\n\ndef fit(train):\n    return 1\n\ndef predict(model, X):\n    return np.zeros(7)\n"
    )


@provokes("E204")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    code = "import numpy as np\n\ndef fit(train, run, lr=0.1):\n"
    code += "    for epoch, loss in enumerate([2.3, 871.2, np.nan], 1):\n"
    code += "        run.log(epoch=epoch, loss=loss)\n    return 1\n\ndef predict(model, X):\n"
    return plugin(here, code + "    return np.full((len(X), 10), np.nan)\n")


@provokes("E205")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    plugin(here, TORCH.format(layer="nn.Dropout(0.5)"))
    return ["check", "plugins/mine", "-c", "digits"]


@provokes("E206")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    plugin(here, "import time\n\ndef fit(train):\n    time.sleep(60)\n")
    return ["submit", "plugins/mine", "-c", competition(here, "quick", time_limit_s=2)]


@provokes("E207")
def _(here: Path, patch: pytest.MonkeyPatch) -> list[str]:
    if missing():
        pytest.skip(f"the process sandbox does not block the network, and there is no other: {missing()}")
    patch.setenv("KIT_SANDBOX_NAME", "bubblewrap")
    code = "from urllib.request import urlopen\n\ndef fit(train):\n    return urlopen('http://example.com').read()\n"
    return plugin(here, code)


@provokes("E208")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    code = (
        "import time\nimport numpy as np\n\ndef fit(train):\n    X = np.ones(10**8)\n    time.sleep(30)\n    return X\n"
    )
    plugin(here, code)
    return ["submit", "plugins/mine", "-c", competition(here, "small", memory_limit_mib=400)]


@provokes("E209")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(
        here, "import os, signal\n\ndef fit(train):\n    os.kill(os.getpid(), signal.SIGSEGV)\n    return 1\n"
    )


@provokes("E210")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(here, "import sys\n\ndef fit(train):\n    sys.exit()\n")


@provokes("E211")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    code = "import numpy as np\n\ndef fit(train):\n    return 1\n\ndef predict(model, X):\n"
    return plugin(here, code + "    return np.full(len(X), 10)\n")


@provokes("E212")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(here, "def fit(train):\n    return {}\n")


@provokes("E213")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(here, "def fit(train):\n    return 1\n\ndef predict(model, X):\n    print(X.shape)\n")


@provokes("E214")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(
        here, "def fit(train):\n    files = []\n    for _ in range(5000):\n        files.append(open('/dev/null'))\n"
    )


@provokes("E215")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    plugin(here, 'def fit(train):\n    return 1\n\ndef predict(model, X):\n    return X["mean radius"] - 14\n')
    changes = {"kind": "tabular-classification", "source": "sklearn:breast_cancer", "metric": "log_loss"}
    return ["submit", "plugins/mine", "-c", competition(here, "cells", **changes)]


@provokes("E216")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    code = "import os, stat, time\n\ndef fit(train):\n    for fd in range(3, 1024):\n        try:\n"
    code += "            os.write(fd, b'hello, this is no frame at all')\n        except OSError:\n            pass\n"
    return plugin(here, code + "    time.sleep(5)\n    return 1\n")


@provokes("E217")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(here, TORCH.format(layer="nn.BatchNorm2d(1)"))


@provokes("E218")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    code = "import numpy as np\n\ndef fit(train):\n    y = train.y[0]\n    return lambda X: np.full(len(X), y)\n"
    plugin(here, f"{code}\ndef predict(model, X):\n    return model(X)\n")
    return ["check", "plugins/mine", "-c", "digits"]


@provokes("E219")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    code = "import numpy as np\n\ndef fit(train):\n    return np.random.default_rng().random((1025, 10))\n"
    plugin(here, f"{code}\ndef predict(model, X):\n    return model[X.reshape(len(X), -1).sum(1).astype(int)]\n")
    return ["check", "plugins/mine", "-c", "digits"]


@provokes("E220")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    text = "import numpy as np\n\ndef fit(task):\n    return np.array([0, 0, 1, 0.5])\n\n"
    plugin(here, f"{text}def predict(model, X):\n    return np.sign(X @ model)\n")
    return ["submit", "plugins/mine", "-c", "cartpole"]


@provokes("E221")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    plugin(here, "def fit(train):\n    return 1\n\ndef predict(model, X):\n    return [150.0] * len(X)\n")
    changes = {"kind": "tabular-regression", "source": "sklearn:diabetes", "metric": "spearman"}
    return ["submit", "plugins/mine", "-c", competition(here, "sick", **changes)]


@provokes("E017")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    plugin(here, "def fit(train):\n    return 1\n\ndef predict(model, X):\n    return [model] * len(X)\n")
    assert run(["run", "plugins/mine", "-c", "iris"]) == 0
    return ["replay", "r1"]


@provokes("E222")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return plugin(here, 'def fit(task, train, arch="resnet18"):\n    return task.pretrained(arch)\n')


def with_weights(here: Path, name: str) -> str:
    """A competition that allows these weights."""
    made = competition(here, "photos")
    file = here / "competitions" / made / "competition.toml"
    file.write_text(file.read_text() + f'weights = ["{name}"]\n')
    return made


@provokes("E223")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    (here / "kit.toml").write_text('[weights]\nresnet18-mine = "mine.pth"\n')
    (here / "mine.pth").write_bytes(b"never opened")
    plugin(here, 'def fit(task, train):\n    return task.features("resnet18-mine", train.X)\n')
    return ["submit", "plugins/mine", "-c", with_weights(here, "resnet18-mine")]


@provokes("E301")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    def change(lines: list[str]) -> None:
        lines[0] = ",id,label"
        lines[1:] = [f"{i},{line}" for i, line in enumerate(lines[1:])]
        lines[5] = lines[4]
        lines[9] = lines[9][:-1] + "3.5"

    return table(here, change)


@provokes("E302")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return table(here, lambda lines: lines.append("abc,3"))


@provokes("E303")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return table(here, lambda lines: lines.append(lines[4]))


@provokes("E304")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    other = Workspace.find(here).prepared(competition(here, "early", method="stratified", test=0.2))
    return table(here, lambda _: "\n".join(["id,label", *(f"{i},3" for i in other.form().row_ids), ""]))


@provokes("E305")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return table(here, lambda lines: lines.__delitem__(7))


@provokes("E306")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return table(here, lambda lines: lines.__setitem__(7, lines[7][:-1]))


@provokes("E307")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    name = "breast-cancer"
    ids = Workspace.find(here).prepared(name).form().row_ids
    (here / "preds.csv").write_text("\n".join(["id,benign", *(f"{i},0.5" for i in ids[1:]), f"{ids[0]},high", ""]))
    return ["submit", "preds.csv", "-c", name]


@provokes("E308")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return table(here, lambda lines: lines.__setitem__(7, lines[7][:-1] + "three"))


@provokes("E309")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return table(here, lambda lines: lines.__setitem__(0, "id,Label"))


@provokes("E310")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return table(here, lambda lines: "\n".join(lines).encode("utf-16"))


@provokes("E311")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    with (here / "preds.csv").open("wb") as file:
        file.truncate(70 << 20)
    return ["submit", "preds.csv", "-c", "digits"]


@provokes("E312")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    (here / "preds.csv").write_bytes(pickle.dumps(np.zeros(10)))
    return ["submit", "preds.csv", "-c", "digits"]


@provokes("E313")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    name = competition(here, "sick", kind="tabular-regression", source="sklearn:diabetes", metric="rmsle")
    ids = Workspace.find(here).prepared(name).form().row_ids
    cells = ["-4.1", "-0.5", "many", *["150"] * (len(ids) - 3)]
    rows = (f"{row_id},{cell}" for row_id, cell in zip(ids, cells, strict=True))
    (here / "preds.csv").write_text("\n".join(["id,label", *rows, ""]))
    return ["submit", "preds.csv", "-c", name]


@provokes("E314")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return [*table(here, lambda lines: None)[:2], "-c", "cartpole"]


@provokes("E315")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    name = sheet(here, metric="dice", solution="id,rle,Usage\n1,1 3,Public\n2,,Private\n", columns="rle")
    (here / "preds.csv").write_text("id,rle\n2,4 2\n1,1 3 2 5\n")
    return ["submit", "preds.csv", "-c", name]


@provokes("E316")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    with zipfile.ZipFile(here / "preds.zip", "w") as archive:
        archive.writestr("anna.csv", "id,label\n")
        archive.writestr("ben.csv", "id,label\n")
    return ["submit", "preds.zip", "-c", "digits"]


@provokes("E317")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    np.save(here / "preds.npy", np.zeros(719))
    return ["submit", "preds.npy", "-c", "digits"]


@provokes("E318")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    says = "    raise ParticipantVisibleError('every answer is the same digit')\n"
    return judged(here, "class ParticipantVisibleError(Exception): pass\n\n" + METRIC_FILE + says)


@provokes("E013")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    (here / "roster.csv").write_text("name,email\nAda,ada@x.edu\n,b@x.edu\nCharles,ada@x.edu\nGrace,grace at x\n")
    return ["roster", "add", "roster.csv"]


@provokes("E014")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    of_a_class(here)
    assert run(["reveal", "digits", "--yes"]) == 0
    rule = ["--rule", "60@90% 100@98%"]
    return ["export", "grades", "-c", "digits", "--practice", *rule, "--format", "moodle-worksheet"]


@provokes("E401")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    command = of_a_class(here)
    assert run(["close", "digits", "--at", "2026-01-02T00:00:00+00:00"]) == 0
    return command


@provokes("E403")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    command = of_a_class(here)
    assert run(["extend", "Ada", "-c", "digits", "--tries", "1"]) == 0
    board = Board.of(Workspace.find(here))
    take_in(board.store, "before", team=board.classroom.team("Ada").handle)
    board.store.finish(claimed(board.store), scored(board.store, 0.5, 0.5))
    board.close()
    return command


@provokes("E404")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    command = of_a_class(here)
    assert run(["extend", "Ada", "-c", "digits", "--tries", "1"]) == 0
    board = Board.of(Workspace.find(here))
    for text in ("a", "b", "c"):
        take_in(board.store, text, team=board.classroom.team("Ada").handle)
        board.store.finish(claimed(board.store), Finished(state="failed", reason_code="E202"))
    board.close()
    return command


@provokes("E405")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    assert run(of_a_class(here)) == 0
    return ["select", "s1", "s7", "s8"]


@provokes("E402")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return ["leaderboard", "digits", "--private"]


@provokes("E501")
def _(here: Path, patch: pytest.MonkeyPatch) -> list[str]:
    return _mnist_through(here, "http://127.0.0.1:9", patch)


@provokes("E502")
def _(here: Path, patch: pytest.MonkeyPatch) -> list[str]:
    file = here / "mirror" / "torchvision" / "MNIST" / "raw" / "train-images-idx3-ubyte.gz"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"<html>please log in</html>")
    patch.setenv("KIT_DATA_HOME", str(here / "mirror"))
    return ["data", "mnist"]


@provokes("E503")
def _(here: Path, patch: pytest.MonkeyPatch) -> list[str]:
    return _mnist_through(here, _refusing_proxy(), patch)


@provokes("E506")
def _(here: Path, patch: pytest.MonkeyPatch) -> list[str]:
    for variable in ("KIT_DATA_HOME", "TORCH_HOME", "XDG_CACHE_HOME"):  # where they could be
        patch.delenv(variable, raising=False)
    plugin(here, 'def fit(task, train):\n    return task.backbone("resnet18")\n')
    return ["submit", "plugins/mine", "-c", with_weights(here, "resnet18")]


@provokes("E504")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return ["info", competition(here, "digit", source="sklearn:digit")]


@provokes("E505")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    name = competition(here, "pets", kind="tabular-classification", source='csv"\npath = "pets.csv"\ntarget = "kind')
    table = "id,weight,breed,kind\n1,31.5,collie,dog\n2,4,,cat\n2,NA,,cat\n4,3,Siamese,cat\n5,5,,\n"
    (here / "competitions" / name / "pets.csv").write_text(table)
    return ["info", name]


@provokes("E601")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    kind, source = "tabular-classification", "sklearn:breast_cancer"
    return ["info", competition(here, "rare", kind=kind, source=source, metric="roc_auc", test=0.01, public=0.2)]


@provokes("E602")
def _(here: Path, patch: pytest.MonkeyPatch) -> list[str]:
    code = METRIC.format(name="broken", module="their_metric") + (
        "from dataclasses import replace\nfrom kit.metrics.accuracy import accuracy\n"
        "METRIC = replace(accuracy(), name='broken', combine=lambda sums, total: sums[..., 0] * float('nan'))\n"
    )
    distribution(here / "site", "their_metric", code, patch)
    command = table(here, lambda _: None)
    return [*command[:-1], competition(here, "nan", metric="broken")]


@provokes("E603")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return ["info", competition(here, "tiny", test=0.0001)]


@provokes("E604")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return judged(here, "def score(y_true, y_pred):\n    return 1.0\n")


@provokes("E605")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    code = METRIC_FILE + "    return float((solution['lable'] == submission['label']).mean())\n"
    return judged(here, code)


@provokes("E606")
def _(here: Path, patch: pytest.MonkeyPatch) -> list[str]:
    patch.setattr("kit.metric_file.TIME_LIMIT_S", 1.0)
    return judged(here, "while True:\n    pass\n")


@provokes("E019")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return ["leave"]


@provokes("E701")
def _(here: Path, patch: pytest.MonkeyPatch) -> list[str]:
    patch.setenv("XDG_CONFIG_HOME", str(here / "config"))
    write_membership(
        Membership(
            url="http://127.0.0.1:9", token="t", name="Anna", team="calm-lynx", team_name="calm-lynx", class_title="A"
        )
    )
    return ["leaderboard"]


@provokes("E702")
def _(here: Path, patch: pytest.MonkeyPatch) -> list[str]:
    command = _sent_once(here)
    holder = sqlite3.connect(here / ".kit" / "board.sqlite", isolation_level=None)
    holder.execute("begin immediate")
    patch.setattr(sys, "holder", holder, raising=False)  # lives until the test ends
    return command


@provokes("E703")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    return ["explain"]


@provokes("E704")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    command = _sent_once(here)
    for file in (here / ".kit").glob("board.sqlite*"):
        file.write_bytes(b"this was a database" * 500)
    return command


@provokes("E705")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    command = _sent_once(here)
    with sqlite3.connect(here / ".kit" / "board.sqlite") as connection:
        connection.execute("pragma user_version = 99")
    connection.close()
    return command


@provokes("E706")
def _(here: Path, _patch: pytest.MonkeyPatch) -> list[str]:
    (here / ".kit" / "board.sqlite").mkdir(parents=True)
    return ["leaderboard", "digits"]


@provokes("E708")
def _(here: Path, patch: pytest.MonkeyPatch) -> list[str]:
    patch.setattr("leaderboard.store.connection.file_system_of", lambda *_: "nfs4")  # nobody mounts one for a test
    return table(here, lambda _: None)


@provokes("E802")
def _(here: Path, patch: pytest.MonkeyPatch) -> list[str]:
    patch.setenv("KIT_SANDBOX_NAME", "bubblewrap")
    patch.setenv("PATH", str(here))  # where no bwrap is
    return plugin(here, "def fit(train):\n    return 1\n")


@provokes("E801")
def _(here: Path, patch: pytest.MonkeyPatch) -> list[str]:
    patch.setenv("KIT_SANDBOX_NAME", "process")
    (here / "tmp").mkdir()
    patch.setattr("tempfile.tempdir", str(here / "tmp"))
    ProcessSandbox()._base.write_text("a file where a folder should be")
    return plugin(here, "def fit(train):\n    return 1\n")


def _sent_once(here: Path) -> list[str]:
    command = table(here, lambda _: None)
    assert run(command) == 0
    table(here, lambda lines: lines.__setitem__(1, lines[1][:-1] + "4"))
    return command


def of_a_class(here: Path) -> list[str]:
    """A class of Ada; what she types to hand in the sample submission."""
    (here / "roster.csv").write_text("name,email\nAda,ada@x.edu\n")
    for command in (["roster", "add", "roster.csv"], ["data", "digits", "--csv"]):
        assert run(command) == 0
    return ["submit", "data/digits/sample_submission.csv", "-c", "digits", "--team", "Ada"]


def _mnist_through(here: Path, proxy: str, patch: pytest.MonkeyPatch) -> list[str]:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        patch.setenv(name, proxy)
    patch.setattr("urllib.request._opener", None)  # it would remember the proxy of another test
    patch.delenv("no_proxy", raising=False)
    patch.delenv("NO_PROXY", raising=False)
    patch.delenv("KIT_DATA_HOME", raising=False)
    patch.setenv("KIT_CACHE_HOME", str(here / "cache"))
    return ["data", "mnist"]


def _refusing_proxy() -> str:
    """A server that answers every request with 503."""
    import http.server
    import threading

    class Refuse(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            self.send_error(503)

        do_GET = do_CONNECT  # noqa: N815 - the name that the server calls

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Refuse)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def here(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr("kit.cli.invocation.program", lambda *_: "kit")
    monkeypatch.setenv("COLUMNS", "110")
    yield workspace
    harness.cache_clear()


def written(code: str, command: list[str], text: str, exit_code: int, here: Path) -> str:
    """What the golden file holds: the command, what was told from the error on, the exit code."""
    told = text[re.search(r"^E\d{3}  ", text, re.MULTILINE).start() :] if "\nE" in f"\n{text}" else text  # type: ignore[union-attr]
    for folder in (str(here.resolve()), str(here)):
        told = told.replace(f"{folder}/", "").replace(folder, ".")
    told = re.sub(r"\d[\d,]* MiB", "# MiB", told)
    told = re.sub(r"alone, \d+ of \d+", "alone, # of #", told)  # as many as there is time for
    told = re.sub(
        r"[A-Z][a-z]{2} [\d-]{10} [\d:]{5} (?:[A-Z]{2,5}|UTC[+-]\d{4}) \((?:in )?[^)]*?( ago)?\)", r"WHEN (#\1)", told
    )
    told = re.sub(r"kit-\d+", "kit-#", told)  # who runs the tests
    told = told.replace("uv pip install", "pip install")  # whichever there is
    told = re.sub(r"/\S*(?=/(gone|python\S*|cache)\b)", "…", told)
    return f"$ kit {' '.join(command)}\n{told.rstrip()}\nexit {exit_code}\n"


@pytest.mark.parametrize("code", sorted(SCENARIOS))
def test_the_code_reads_as_it_should(
    code: str, here: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    command = SCENARIOS[code](here, monkeypatch)
    capfd.readouterr()
    if code == "E703":
        exit_code, text = _on_a_full_disk(command)
    else:
        exit_code = run(command)
        said = capfd.readouterr()
        text = said.out if command[0] == "check" else said.err  # what a check finds is its result
    told = written(code, command, text, exit_code, here)

    assert code in told
    assert "Traceback" not in told
    compare(code, told)


def _on_a_full_disk(command: list[str]) -> tuple[int, str]:
    if not Path("/dev/full").exists():
        pytest.skip("Linux has a disk that is always full")
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("UV_RUN_RECURSION_DEPTH", None)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "kit", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
    return done.returncode, done.stderr


def test_what_a_metric_is_called_with_in_a_notebook_reads_as_it_should() -> None:
    with pytest.raises(UsageError) as caught:
        kit.metric("log_loss")(["cat", "dog"], [-1.2, 3.0])

    compare("E011", "\n".join(["E011", *traceback.format_exception_only(caught.value)]))


def test_a_lost_lease_reads_as_it_should(here: Path) -> None:
    board = Board.of(Workspace.find(here))
    new = NewSubmission(
        competition="digits",
        team="you",
        kind="csv",
        name="preds.csv",
        blob_sha256=board.blobs.put(b"", "text/csv"),
        resources=Resources(),
        time_limit_s=1.0,
    )
    board.store.add(new)
    lease = board.store.claim("first", Resources())
    assert lease is not None
    board.store.put_back("first")
    board.store.claim("second", Resources())

    with pytest.raises(LeaseLostError) as caught:
        board._intake.release(lease, "asleep")

    board.close()
    compare("E707", shown(caught.value))


@pytest.mark.parametrize(
    "error",
    [
        RefusedError(no_code("This computer has no sandbox (E803).")),
        ForbiddenError("the token is not known here, or was taken back"),
        TooManyError("submissions", 4.2),
        BusyError("The disk of the server is nearly full: its host has to make room.", after_s=60),
    ],
    ids=lambda error: error.code,
)
def test_what_a_class_server_answers_reads_as_it_should(error: KitError) -> None:
    compare(error.code, shown(error))


def test_a_wrong_word_code_reads_as_it_should(here: Path) -> None:
    board = Board.of(Workspace.find(here))
    board.classroom.word_code()

    with pytest.raises(RefusedError) as caught:
        board.classroom.join("calm-lynx-1", 1, label="test")

    board.close()
    compare("E407", shown(caught.value))


def test_a_sandbox_that_may_not_serve_others_reads_as_it_should(here: Path) -> None:
    with pytest.raises(SandboxError) as caught:
        require_isolation(ProcessSandbox(), allow_unsafe=False)

    compare("E803", shown(caught.value))


def shown(error: KitError) -> str:
    text = f"{screen.error_text(error)}\nexit {error.exit_code}\n"
    return text.replace("\x1b[1m", "").replace("\x1b[0m", "")


def compare(code: str, told: str) -> None:
    file = GOLDEN / f"{code}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(told, encoding="utf-8")
    expected = file.read_text(encoding="utf-8")

    assert told == expected


def test_every_code_has_a_lesson_and_a_golden_text_and_nothing_else_has() -> None:
    raised = {
        code
        for package in ("kit", "leaderboard")
        for file in (ROOT / package).rglob("*.py")
        for code in re.findall(r"\"(E\d{3})\"", file.read_text(encoding="utf-8"))
    }

    assert set(titles()) == raised == {file.stem for file in GOLDEN.glob("E*.txt")} == {*SCENARIOS, *NOT_SHOWN}


def test_a_lesson_names_only_codes_and_commands_that_exist() -> None:
    text = "".join(file.read_text() for file in (ROOT / "kit" / "lessons").glob("*.md"))

    assert set(re.findall(r"\bE\d{3}\b", text)) <= set(titles())
    typed = set(re.findall(r"^ +kit ([a-z]+)", text, re.MULTILINE))
    assert typed <= harness().catalogue("register_commands").keys()
