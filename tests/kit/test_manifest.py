"""What a plugin is, and what is wrong with it, read from its source."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.errors import PluginError, Problem
from kit.plugin.check import install_command, require_static, static_checks
from kit.plugin.manifest import Manifest, examine, read_manifest


def read(folder: Path, source: str, **others: str) -> Manifest:
    for name, text in {"plugin": source, **others}.items():
        (folder / f"{name}.py").write_text(text)
    return read_manifest(folder, shown="plugins/x")


def problem(folder: Path, source: str, **others: str) -> Problem:
    with pytest.raises(PluginError) as caught:
        read(folder, source, **others)
    return caught.value.problem


def test_everything_comes_from_the_source(tmp_path: Path) -> None:
    source = '''"""Nearest mean.

More."""
# /// script
# dependencies = ["timm>=1"]
# ///
import numpy as np
COMPETITION = "digits"
TASKS = ["image-classification"]
raise SystemExit("never run")
def fit(train, valid=None, *, lr=0.1, epochs=15, rate=1 / 3):
    return 1
'''
    found = read(tmp_path, source)

    assert (found.title, found.competition, found.tasks) == ("Nearest mean.", "digits", ("image-classification",))
    assert found.params == {"lr": 0.1, "epochs": 15, "rate": "1 / 3"}
    assert [(i.module, i.line) for i in found.imports] == [("numpy", 7)]
    assert (found.requirements, found.has_predict) == (("timm>=1",), False)


def test_a_missing_colon_is_shown_with_a_caret_and_the_line_to_write(tmp_path: Path) -> None:
    found = problem(tmp_path, "x = 1\ndef fit(task, train)\n    return 1\n")

    assert (found.code, found.message) == ("E101", "plugins/x/plugin.py has a syntax error, line 2")
    assert found.excerpt == "2 | def fit(task, train)\n  |                     ^ a colon is missing here"
    assert found.fix == "def fit(task, train):"


def test_no_fit_names_what_was_found_and_what_it_may_have_meant(tmp_path: Path) -> None:
    found = problem(tmp_path, "def train(x):\n    return 1\ndef predct(model, X):\n    return X\n")

    assert (found.code, found.got) == ("E103", "train, predct")
    assert "train -> fit   (line 1)" in found.fix
    assert "predct -> predict   (line 3)" in found.fix


@pytest.mark.parametrize("name", ["predct", "predcit", "pred", "answer"])
def test_a_misspelt_predict_is_no_missing_one(tmp_path: Path, name: str) -> None:
    found = problem(tmp_path, f"def fit(train):\n    return 1\ndef {name}(model, X):\n    return X\n")

    assert (found.code, found.where) == ("E103", "plugins/x/plugin.py:3")


@pytest.mark.parametrize(
    "helper",
    [
        "def accuracy(model, X, y):\n    return (model.predict(X) == y).mean()\n",
        "def labels(model, X):\n    return model.predict(X)\ndef fit(train, valid):\n    return labels(1, valid.X)\n",
        "def plot(model, X):\n    print(model, X)\n",
        "def predictions(model, X, y):\n    return y\n",
    ],
)
def test_a_helper_that_is_no_predict_is_left_alone(tmp_path: Path, helper: str) -> None:
    path = tmp_path / "plugin.py"
    path.write_text("def fit(train):\n    return 1\n" + helper)

    assert examine(path, shown="plugins/x")[1] == []


def test_a_predict_that_only_the_main_block_calls_is_misspelt_all_the_same(tmp_path: Path) -> None:
    source = "def fit(train):\n    return 1\ndef predcit(model, X):\n    return X\n"

    assert problem(tmp_path, source + 'if __name__ == "__main__":\n    print(predcit(1, 2))\n').code == "E103"


@pytest.mark.parametrize(
    "source",
    [
        "async def fit(train):\n    return 1\n",
        "def fit(train):\n    yield 1\n",
        "from functools import partial\nfit = partial(print, 1)\n",
        "class Fit: ...\nfit = Fit()\n",
        "class fit: ...\n",
        "fit = 3\n",
    ],
)
def test_a_fit_that_is_no_plain_function_is_refused(tmp_path: Path, source: str) -> None:
    assert problem(tmp_path, source).code == "E103"


def test_an_unknown_argument_says_what_one_can_ask_for(tmp_path: Path) -> None:
    found = problem(tmp_path, "def fit(X, y):\n    return 1\n")

    assert (found.code, found.message) == ("E104", "fit() asks for X and y, which the kit does not know")
    assert found.where == "plugins/x/plugin.py:1  def fit(X, y):"
    assert found.fix == "def fit(train):        then   X, y = train"


def test_the_usual_other_names_of_arguments_are_renamed_not_removed(tmp_path: Path) -> None:
    source = "def fit(train):\n    return 1\ndef predict(clf, x):\n    return x\n"

    assert problem(tmp_path, source).fix == "rename   clf -> model\nrename   x -> X"


def test_a_class_written_as_an_estimator_is_told_what_to_put_outside(tmp_path: Path) -> None:
    found = problem(tmp_path, "class Mine:\n    def fit(self, X, y):\n        return self\n")

    assert (found.code, "Mine().fit(train.flat, train.y)" in found.fix) == ("E103", True)


@pytest.mark.parametrize("deep", ["a" + ".b" * 400, "-" * 400 + "1", "+".join("1" * 400), "f" + "()" * 400])
@pytest.mark.parametrize(
    "place", ["def fit(train, x={}):\n    return 1", "def fit(train):\n    return {}", "print({})"]
)
def test_a_source_that_would_exhaust_the_stack_is_told_to_be_simpler(tmp_path: Path, deep: str, place: str) -> None:
    assert problem(tmp_path, place.format(deep) + "\n").code == "E106"


def test_a_long_chain_of_elif_is_told_to_be_simpler(tmp_path: Path) -> None:
    source = "def fit(train):\n    if train: pass\n" + "    elif train: pass\n" * 900

    assert problem(tmp_path, source).code == "E106"


def test_a_keyword_only_parameter_without_a_default_is_no_hyper_parameter(tmp_path: Path) -> None:
    assert problem(tmp_path, "def fit(train, *, lr):\n    return 1\n").code == "E104"


@pytest.mark.parametrize("name", ["random", "numpy", "kit"])
def test_an_own_module_with_the_name_of_another_is_refused(tmp_path: Path, name: str) -> None:
    assert problem(tmp_path, "def fit(train):\n    return 1\n", **{name: ""}).code == "E105"


@pytest.mark.parametrize("data", [b"\xff\xfe\x00def", b"\x00\x01", b"x = 1\n" * 200_000], ids=["utf16", "nul", "huge"])
def test_what_is_no_program_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "plugin.py").write_bytes(data)

    with pytest.raises(PluginError, match="E106"):
        read_manifest(tmp_path)


def test_a_folder_without_plugin_py_is_told(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="E106"):
        read_manifest(tmp_path)


def test_fit_may_be_imported_by_name_from_a_sibling(tmp_path: Path) -> None:
    found = read(tmp_path, "from .net import learn as fit\n", net="def learn(train, lr=0.5):\n    return 1\n")

    assert found.params == {"lr": 0.5}


def test_imports_that_the_plugin_can_do_without_do_not_count(tmp_path: Path) -> None:
    source = """
try:
    import nothing_a
except ImportError:
    nothing_a = None
if __name__ == "__main__":
    import nothing_b
def plot():
    import nothing_c
def fit(train):
    import nothing_d
    from net import Net
    return 1
"""
    assert [i.module for i in read(tmp_path, source, net="import nothing_e").imports] == ["nothing_d", "nothing_e"]


def test_only_modules_that_the_plugin_imports_count(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "__init__.py").write_text("from .block import Block")
    (tmp_path / "parts" / "block.py").write_text("import nothing_a\nfrom ..net import Net")
    others = {"net": "import nothing_b\nfrom plugin import x", "test_plugin": "import nothing_c"}

    found = read(tmp_path, "from parts import Block\nx = 1\ndef fit(train):\n    return 1\n", **others)

    assert [i.module for i in found.imports] == ["nothing_a", "nothing_b"]


def test_a_method_named_fit_or_predict_is_not_the_plugins(tmp_path: Path) -> None:
    source = "class Net:\n    def fit(self, X, y): ...\n    def predict(self, X): ...\n"

    assert not read(tmp_path, f"{source}def fit(train):\n    return Net()\n").has_predict
    assert problem(tmp_path, source).message == "plugins/x/plugin.py has no fit()"


def test_what_is_not_taken_in_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    (tmp_path / "env" / "bad.py").write_text("def (")

    assert read(tmp_path, "def fit(train):\n    return 1\n").n_lines == 2


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
def test_a_link_and_a_pipe_are_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "link.py").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.py")

    found = problem(tmp_path, "def fit(train):\n    return 1\n")

    assert (found.code, found.message) == ("E109", "plugins/x/link.py is a link or no regular file")


def test_a_program_that_is_too_deep_for_python_is_told(tmp_path: Path) -> None:
    assert problem(tmp_path, f"x = {'-' * 100_000}1\n").code == "E106"


@pytest.mark.parametrize("name", ["__main__", "__init__"])
def test_a_module_that_python_names_is_no_shadow(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, "def fit(train):\n    return 1\n", **{name: ""}).imports == ()


def test_a_package_that_is_imported_and_listed_is_told_once(tmp_path: Path) -> None:
    block = '# /// script\n# dependencies = ["nothing-b", "nothing_a"]\n# ///\n'
    (tmp_path / "plugin.py").write_text(f"{block}import nothing_a\ndef fit(train):\n    return 1\n")

    assert len([check for check in static_checks(tmp_path) if not check.ok]) == 2


def test_every_finding_comes_at_once(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text("import nothing_a, nothing_b\ndef fit(X):\n    return 1\n")

    with pytest.raises(PluginError) as caught:
        require_static(tmp_path)

    assert [part.code for part in caught.value.parts] == ["E104", "E102", "E102"]


def test_a_missing_package_comes_with_the_command_that_installs_it(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text("import nothing_a\ndef fit(train):\n    return 1\n")

    bad = [check for check in static_checks(tmp_path, shown="plugins/x") if not check.ok]

    assert [check.name for check in bad] == ["packages"]
    assert bad[0].problem is not None
    assert "pip install nothing_a" in bad[0].problem.fix
    assert "(line 1: import nothing_a)" in bad[0].problem.message


def test_a_block_of_dependencies_is_compared_with_what_is_installed(tmp_path: Path) -> None:
    block = '# /// script\n# dependencies = ["numpy>=999", "nothing-a", "numpy; python_version < \'3\'"]\n# ///\n'
    (tmp_path / "plugin.py").write_text(f"{block}def fit(train):\n    return 1\n")

    bad = [check.problem for check in static_checks(tmp_path) if check.problem]

    assert [found.code for found in bad] == ["E102", "E102"]
    assert "numpy>=999" in bad[0].fix


@pytest.mark.parametrize("line", ['dependencies = ["numpy"', "dependencies = 3.5", "dependencies = ['two words']"])
def test_a_block_of_dependencies_that_cannot_be_read_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / "plugin.py").write_text(f"# /// script\n# {line}\n# ///\ndef fit(train):\n    return 1\n")

    bad = [check.problem for check in static_checks(tmp_path, shown="plugins/x") if check.problem]

    assert [(found.code, found.where) for found in bad] == [("E102", "plugins/x/plugin.py")]


def test_a_long_line_is_shown_around_its_mistake(tmp_path: Path) -> None:
    found = problem(tmp_path, f"x = [{'1, ' * 500} 2 3]\n")

    assert len(max(found.excerpt.splitlines(), key=len)) < 220
    assert "2 3" in found.excerpt


def test_another_kind_of_competition_is_told(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text('TASKS = ["agent"]\ndef fit(train):\n    return 1\n')

    with pytest.raises(PluginError, match="E108"):
        require_static(tmp_path, kind="image-classification")


def test_torch_is_installed_by_the_extra_or_by_uv_sync() -> None:
    assert install_command("torch") in (
        "uv sync",
        'pip install "competition-kit[torch]"',
        'uv pip install "competition-kit[torch]"',
    )
