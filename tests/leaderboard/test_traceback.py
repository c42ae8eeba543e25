"""The entrant's own lines are shown; the whole traceback is in the log, and behind --traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.cli import run

CODE = 'import json\n\ndef fit(train):\n    print("here")\n    return json.loads("{")\n'


@pytest.fixture
def mine(workspace: Path) -> str:
    (workspace / "plugins").mkdir()
    (workspace / "plugins" / "mine.py").write_text(CODE)
    return "plugins/mine.py"


@pytest.mark.parametrize("command", ["submit", "run"])
def test_lines_of_libraries_are_left_out(command: str, mine: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run([command, mine]) == 3
    told = capfd.readouterr().err

    assert "plugins/mine.py:5" in told
    assert "decoder.py" not in told
    assert "Traceback" not in told
    assert "Printed  here" in told


@pytest.mark.parametrize("command", ["submit", "run"])
def test_traceback_shows_them(command: str, mine: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--traceback", command, mine]) == 3
    told = capfd.readouterr().err

    assert "decoder.py" in told
    assert 'plugin.py", line 5, in fit\n    return json.loads' in told
    assert "Printed  here\n" in told


def test_a_check_shows_it_too_above_what_it_found(mine: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["check", mine]) == 3
    assert "Traceback" not in capfd.readouterr().err

    assert run(["--traceback", "check", mine]) == 3
    told = capfd.readouterr()
    assert "decoder.py" in told.err
    assert 'plugin.py", line 5, in fit\n    return json.loads' in told.err
    assert "decoder.py" not in told.out


def test_what_a_run_should_be_known_for_is_noted(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (workspace / "mine.py").write_text(
        "def fit(train):\n    return 3\n\ndef predict(model, X):\n    return [3] * len(X)\n"
    )

    assert run(["submit", "mine.py"]) == 0
    assert "the same class: 3" in capfd.readouterr().err
    assert run(["run", "mine.py"]) == 0
    assert "the same class: 3" in capfd.readouterr().out
