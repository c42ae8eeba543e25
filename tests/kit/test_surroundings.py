"""The student's evening in places that are not as one would wish: each command is a process of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

KIT = [sys.executable, "-P", "-m", "kit"]
PLUGIN = "def fit(train):\n    return 1\n\n\ndef predict(model, X):\n    return X.reshape(len(X), -1).argmax(1) % 10\n"
EVENING: tuple[list[str], ...] = (
    ["info", "digits"],
    ["new", "copy_of_mine", "--from", "mine"],
    ["check", "mine"],
    ["run", "mine"],
    ["runs"],
    ["submit", "mine"],
    ["leaderboard", "digits"],
    [],
)
SGR = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
Done = subprocess.CompletedProcess[str]


def furnish(folder: Path, prepared_digits: Path) -> Path:
    """Make `folder` a workspace with a plugin that takes no time."""
    (folder / "plugins").mkdir(parents=True)
    (folder / "plugins" / "mine.py").write_text(PLUGIN)
    (folder / "kit.toml").write_text('title = "A class"\ncompetition = "digits"\n')
    shutil.copytree(prepared_digits, folder / ".kit" / "prepared" / "digits")
    return folder


def typed(folder: Path, arguments: list[str], environment: Mapping[str, str | None]) -> Done:
    """Run one command; a variable that is None is not set."""
    merged = {key: value for key, value in (os.environ | environment).items() if value is not None}
    return subprocess.run(
        [*KIT, *arguments], cwd=folder, env=merged, capture_output=True, encoding="utf-8", errors="strict", timeout=100
    )


def evening(folder: Path, **environment: str | None) -> str:
    """Everything that a student types, and all that was printed."""
    printed = ""
    for arguments in EVENING:
        done = typed(folder, arguments, environment)
        assert done.returncode == 0, f"kit {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        printed += done.stdout + done.stderr
    return printed


def nowhere() -> str:
    """A folder in which nobody can write anything, not even root."""
    if not Path("/proc/self").exists():
        pytest.skip("Linux has folders that nobody can write to")
    return "/proc/nobody"


@pytest.mark.slow
def test_with_a_data_home_that_can_t_be_written_and_nowhere_for_a_cache(tmp_path: Path, prepared_digits: Path) -> None:
    here = furnish(tmp_path / "class", prepared_digits)

    evening(here, KIT_DATA_HOME=nowhere(), KIT_CACHE_HOME=nowhere())


def test_with_a_home_directory_that_does_not_exist(tmp_path: Path, prepared_digits: Path) -> None:
    here = furnish(tmp_path / "class", prepared_digits)
    gone = tmp_path / "gone"

    evening(here, HOME=str(gone), XDG_DATA_HOME=None, XDG_CACHE_HOME=None, KIT_CACHE_HOME=None)

    assert not gone.exists()


@pytest.mark.slow
def test_with_no_home_directory_named_at_all(tmp_path: Path, prepared_digits: Path) -> None:
    here = furnish(tmp_path / "class", prepared_digits)

    evening(here, HOME=None, XDG_DATA_HOME=None)


@pytest.mark.parametrize("arguments", EVENING, ids=lambda arguments: arguments[0] if arguments else "kit")
def test_without_a_workspace_and_with_a_home_that_can_t_be_written_it_is_told(
    arguments: list[str], tmp_path: Path
) -> None:
    environment = {"HOME": nowhere(), "XDG_DATA_HOME": None, "KIT_CACHE_HOME": None}
    competition = ["-c", "digits"] if arguments[:1] and arguments[0] in ("new", "check", "run", "submit") else []
    named = ["constant" if word == "mine" else word for word in arguments]

    done = typed(tmp_path, [*named, *competition], environment)

    assert "Traceback" not in done.stderr
    assert "mistake in the kit" not in done.stderr
    assert done.returncode in (0, 8)


@pytest.mark.slow
def test_in_a_path_with_spaces_and_letters_of_other_alphabets(tmp_path: Path, prepared_digits: Path) -> None:
    here = furnish(tmp_path / "Übung 1 (ж, 日本)" / "it's mine", prepared_digits)

    evening(here)

    assert (here / ".kit" / "board.sqlite").exists()


def test_what_is_printed_for_such_a_path_can_be_typed(tmp_path: Path) -> None:
    folder = "Übung 1 (ж)"
    done = typed(tmp_path, ["init", folder], {"COLUMNS": "200", "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"})
    told = next(line for line in done.stdout.splitlines() if line.startswith("Next"))
    line = re.split(r"\s{2,}", told.removeprefix("Next").strip())[0]

    checked = line.replace("submit", "plugins #")  # to send the starter takes seconds
    again = subprocess.run(checked, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=100)

    assert again.returncode == 0, again.stderr
    assert "this workspace" in again.stdout


@pytest.mark.slow
def test_in_an_ascii_locale_everything_is_said_in_ascii_and_a_path_in_other_letters_works(
    tmp_path: Path, prepared_digits: Path
) -> None:
    here = furnish(tmp_path / "Übung", prepared_digits)

    assert evening(here, LC_ALL="C", LANG="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0").isascii()


def test_a_reader_who_leaves_early_is_no_error(tmp_path: Path, prepared_digits: Path) -> None:
    here = furnish(tmp_path / "class", prepared_digits)

    for arguments in EVENING:
        shell = f"{' '.join([*KIT, *arguments])} | head -1"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", shell], cwd=here, capture_output=True, text=True, timeout=100
        )
        assert "Traceback" not in done.stderr
        assert "Broken" not in done.stderr


def in_terminal(folder: Path, arguments: list[str], columns: int, **environment: str) -> tuple[int, str]:
    """Run one command in a terminal of this width: its exit code, and all that was written to the screen."""
    pty, fcntl, termios = (pytest.importorskip(name) for name in ("pty", "fcntl", "termios"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(
        theirs, termios.TIOCSWINSZ, (24).to_bytes(2, sys.byteorder) + columns.to_bytes(2, sys.byteorder) + bytes(4)
    )
    merged = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [*KIT, *arguments],
        cwd=folder,
        env=merged | {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"} | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # Linux says so when the last writer has left
            break
        if not data:
            break
        written += data
    os.close(ours)
    return process.wait(timeout=100), written.decode()


def rows(written: str) -> list[str]:
    """What stood on the lines of the screen."""
    return [row for line in CONTROL.sub("", written).splitlines() for row in line.split("\r")]


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory, prepared_digits: Path) -> list[tuple[list[str], int, str]]:
    """The evening in a terminal of 60 columns."""
    here = furnish(tmp_path_factory.mktemp("narrow") / "class", prepared_digits)
    return [(arguments, *in_terminal(here, arguments, 60)) for arguments in EVENING]


def test_in_a_terminal_of_60_columns_no_line_is_longer(narrow: list[tuple[list[str], int, str]]) -> None:
    for arguments, code, written in narrow:
        assert code == 0, written
        long = [row for row in rows(written) if len(row) > 60 and str(Path(sys.executable).parent) not in row]
        assert long == [], arguments


@pytest.mark.slow
def test_no_color_is_honoured_in_a_terminal(tmp_path: Path, prepared_digits: Path) -> None:
    here = furnish(tmp_path / "class", prepared_digits)

    for arguments in (["check", "mine"], ["run", "mine"], ["submit", "nothing"]):
        _, written = in_terminal(here, arguments, 100, NO_COLOR="1")
        assert SGR.findall(written) in ([], ["\x1b[0m"]), arguments


@pytest.mark.slow
def test_a_dumb_terminal_gets_plain_lines(tmp_path: Path, prepared_digits: Path) -> None:
    here = furnish(tmp_path / "class", prepared_digits)

    for arguments in (["run", "mine"], ["leaderboard", "digits"]):
        _, written = in_terminal(here, arguments, 100, TERM="dumb")
        assert "\x1b" not in written, arguments
