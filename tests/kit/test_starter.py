"""``kit new``: a copy of a plugin that works, with the name of its competition."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.cli import run
from kit.plugin.manifest import read_manifest
from kit.starter import with_competition
from kit.workspace import Workspace

Kit = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).resolve().parents[2]


def new(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert run(["new", *arguments, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    capsys.readouterr()
    assert run(["new", *arguments]) == code
    return capsys.readouterr().err


def test_the_starter_is_copied_with_its_comments(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new(capsys, "my_net", "-c", "mnist")

    lines = (workspace / "plugins" / "my_net" / "plugin.py").read_text().splitlines()
    shipped = (ROOT / "plugins" / "my_cnn" / "plugin.py").read_text().splitlines()
    assert [line for line in lines if line != 'COMPETITION = "mnist"'] == shipped


def test_the_competition_is_written_where_the_kit_reads_it(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new(capsys, "my_net", "-c", "mnist")

    assert read_manifest(workspace / "plugins" / "my_net").competition == "mnist"


def test_the_default_competition_is_that_of_the_settings(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(capsys, "my_net")["competition"] == "digits"


def test_a_table_starts_from_a_plugin_for_tables(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(capsys, "mine", "-c", "breast-cancer")["from"] in ("my_table", "trees")


def test_another_plugin_can_be_copied(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = new(capsys, "mine", "--from", "logistic")

    assert told["from"] == "logistic"
    assert "LogisticRegression" in (workspace / "plugins" / "mine" / "plugin.py").read_text()


def test_the_starter_is_ours_however_the_one_of_the_workspace_was_edited(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "plugins" / "my_cnn").mkdir(parents=True)
    (workspace / "plugins" / "my_cnn" / "plugin.py").write_text("def fit(train):\n    return 1\n")

    new(capsys, "fresh")

    assert "Conv2d" in (workspace / "plugins" / "fresh" / "plugin.py").read_text()


def test_a_plugin_of_several_files_is_copied_whole_without_caches(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = workspace / "plugins" / "two"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "plugin.py").write_text("from net import Net\n\n\ndef fit(train):\n    return Net()\n")
    (folder / "net.py").write_text("class Net: ...\n")
    (folder / "__pycache__" / "net.pyc").write_bytes(b"")

    told = new(capsys, "three", "--from", "two")

    assert [Path(file).name for file in told["written"]] == ["plugin.py", "net.py"]
    assert (workspace / "plugins" / "three" / "net.py").read_text() == "class Net: ...\n"


def test_a_plugin_with_a_link_is_not_copied(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = workspace / "plugins" / "two"
    folder.mkdir(parents=True)
    (folder / "plugin.py").write_text("def fit(train):\n    return 1\n")
    (folder / "data").symlink_to(workspace)

    assert "E109" in refused(capsys, "three", "--from", "two", code=3)
    assert not (workspace / "plugins" / "three").exists()


def test_a_single_file_becomes_a_folder(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "one.py").write_text("def fit(train):\n    return 1\n")

    new(capsys, "mine", "--from", "plugins/one.py")

    assert read_manifest(workspace / "plugins" / "mine").competition == "digits"


@pytest.mark.parametrize("there", ["plugins/mine/notes.txt", "plugins/mine.py"])
def test_what_is_there_is_never_overwritten(there: str, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = workspace / there
    path.parent.mkdir(parents=True)
    path.write_text("last night's work")

    assert "E008" in refused(capsys, "mine")
    assert path.read_text() == "last night's work"


@pytest.mark.parametrize("name", ["my net", "2nd", "plugins/mine", "mine.py", "class", "-x", "_mine", "", "../mine"])
def test_a_name_that_python_would_not_take_is_answered_with_one_it_would(
    name: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, "--", name)

    assert told.startswith("E002")
    assert "kit new " in told
    assert not (workspace / "plugins").exists()


@pytest.mark.parametrize("name", ["numpy", "random", "cnn"])
def test_a_name_that_would_hide_something_is_refused_with_a_free_one(
    name: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, name)

    assert told.startswith("E105")
    assert f"new my_{name}" in told


def test_the_name_of_the_starter_itself_may_be_used(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(capsys, "my_cnn")["plugin"] == "my_cnn"


def test_a_plugin_for_another_kind_is_refused_with_those_that_fit(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, "mine", "--from", "trees", code=3)

    assert told.startswith("E108")
    assert "logistic" in told


def test_others_are_those_that_fit(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    others = new(capsys, "mine")["others"]

    assert {"cnn", "logistic", "mlp"} <= set(others)
    assert "trees" not in others


def test_a_plugin_that_can_t_be_read_stops_no_other(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "broken.py").write_text("def fit(train)\n")

    assert "broken" not in new(capsys, "mine")["others"]


def test_copying_a_plugin_that_can_t_be_read_says_why(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "broken.py").write_text("def fit(train)\n")

    assert "E101" in refused(capsys, "mine", "--from", "broken", code=3)


def test_without_a_workspace_the_first_line_says_where_it_goes(kit: Kit, tmp_path: Path) -> None:
    done = kit("new", "my_net", "-c", "digits", cwd=tmp_path, XDG_DATA_HOME=str(tmp_path / "share"))

    assert done.returncode == 0
    assert "No kit.toml" in done.stderr.splitlines()[0]
    assert (tmp_path / "share" / "competition-kit" / "plugins" / "my_net" / "plugin.py").is_file()


def test_where_it_can_t_be_told_which_competition_is_meant_they_are_listed(kit: Kit, tmp_path: Path) -> None:
    done = kit("new", "my_net", cwd=tmp_path, XDG_DATA_HOME=str(tmp_path / "share"))

    assert done.returncode == 2
    assert "-c digits" in done.stderr


def test_the_screen_says_what_to_try_and_what_else_there_is(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["new", "mine"]) == 0

    out = capsys.readouterr().out
    assert str(Path("plugins/mine/plugin.py")) in out
    assert "kit run mine" in out
    assert "| cnn |" in out.partition("--from")[2]


@pytest.mark.parametrize("name", sorted(path.parent.name for path in ROOT.glob("plugins/*/plugin.py")))
def test_a_copy_of_each_shipped_plugin_is_formatted_and_linted_as_the_original(name: str, tmp_path: Path) -> None:
    pytest.importorskip("ruff")
    code = (ROOT / "plugins" / name / "plugin.py").read_text()
    (tmp_path / "plugin.py").write_text(with_competition(code, "digits"))

    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--check",
        "--config",
        str(ROOT / "pyproject.toml"),
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import a\n\n\ndef fit(): ...\n", 'import a\n\nCOMPETITION = "c"\n\n\ndef fit(): ...\n'),
        ("def fit(): ...\n", 'COMPETITION = "c"\n\n\ndef fit(): ...\n'),
        ('"""Doc."""\n\nX = 1\n', '"""Doc."""\n\nCOMPETITION = "c"\n\nX = 1\n'),
        ("COMPETITION = 'b'  # why\n", 'COMPETITION = "c"  # why\n'),
        ("COMPETITION = (\n    'b'\n)\nX = 1\n", 'COMPETITION = (\n    "c"\n)\nX = 1\n'),
        ("TASKS = []\n", 'COMPETITION = "c"\nTASKS = []\n'),
        ("# MIT\n\ndef fit(): ...\n", '# MIT\n\nCOMPETITION = "c"\n\ndef fit(): ...\n'),
        ("import a; x = [\n]\n", 'import a; x = [\n]\n\nCOMPETITION = "c"\n'),
        ("import a", 'import a\n\nCOMPETITION = "c"\n'),
        ("", 'COMPETITION = "c"\n'),
        ("é = 'é'; COMPETITION = 'b'\n", "é = 'é'; COMPETITION = \"c\"\n"),
    ],
)
def test_the_literal_stands_where_a_person_would_put_it(code: str, expected: str) -> None:
    assert with_competition(code, "c") == expected


statements = st.sampled_from(
    ["import os", "from os import path", '"""A."""', "x = 1", "TASKS = ['a']", "COMPETITION = 'old'", "# words", "",
     "def fit(train):\n    return 1", "if True:\n    import sys", "y = '''\nCOMPETITION = 1\n'''",
     "import os; z = (\n1)"]
)  # fmt: skip


@given(st.lists(statements), st.sampled_from(["digits", 'a"b', "ü\\n"]))
def test_whatever_the_code_the_literal_is_read_and_the_rest_is_as_it_was(parts: list[str], name: str) -> None:
    code = "\n".join([*parts, ""])

    written = with_competition(code, name)

    values = [s.value for s in ast.parse(written).body if isinstance(s, ast.Assign) and _targets(s) == ["COMPETITION"]]
    assert ast.literal_eval(values[0]) == name
    assert _without(written) == _without(code)


def _targets(statement: ast.Assign) -> list[str]:
    return [target.id for target in statement.targets if isinstance(target, ast.Name)]


def _without(code: str) -> list[str]:
    """What `code` does, but for its first literal ``COMPETITION``."""
    body = ast.parse(code).body
    found = [s for s in body if isinstance(s, ast.Assign) and _targets(s) == ["COMPETITION"]]
    return [ast.dump(statement) for statement in body if statement not in found[:1]]


def test_ends_of_lines_and_encoding_stay_as_they_were(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "old.py").write_bytes(
        "# coding: latin-1\r\nW = 'é'\r\ndef fit(train): return W\r\n".encode("latin-1")
    )

    new(capsys, "mine", "--from", "old")

    data = (workspace / "plugins" / "mine" / "plugin.py").read_bytes()
    assert b"W = '\xe9'\r\n" in data
    assert data.count(b"\n") == data.count(b"\r\n")


def test_the_examples_are_true() -> None:
    import doctest

    import kit.starter

    assert doctest.testmod(kit.starter).failed == 0


def test_a_second_one_of_two_at_once_is_told(workspace: Path) -> None:
    from kit.errors import UsageError
    from kit.starter import _copy
    from kit.workspace import Found

    (workspace / "plugins" / "mine").mkdir(parents=True)
    source = Found(name="cnn", path=ROOT / "plugins" / "cnn", level="bundled")

    with pytest.raises(UsageError, match="E008"):
        _copy(source, Workspace.find(workspace).root / "plugins" / "mine", "digits")
