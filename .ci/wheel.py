"""Proves the wheel: what is in it, and what it does in an empty environment without extras.

Usage: wheel.py WHEEL VENV FOLDER    (the wheel is installed in VENV; FOLDER is made, outside any checkout)
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

TOPS = {"kit", "leaderboard"}


def check_files(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.split()
    expected = {name for name in tracked if name.startswith(("kit/", "leaderboard/"))}
    expected |= {f"kit/_bundled/{name}" for name in tracked if name.startswith(("plugins/", "competitions/"))}
    found = {name for name in names if ".dist-info/" not in name}
    assert found == expected, f"missing: {sorted(expected - found)}   too many: {sorted(found - expected)}"
    print(f"{len(found)} files, exactly those of the commit")


def run(venv: Path, folder: Path, *arguments: str, expected: int = 0) -> str:
    environment = {"PATH": f"{venv / 'bin'}:/usr/bin:/bin", "HOME": str(folder), "COLUMNS": "120"}
    if "KIT_DATA_HOME" in os.environ:
        environment["KIT_DATA_HOME"] = os.environ["KIT_DATA_HOME"]
    done = subprocess.run(
        [venv / "bin" / "kit", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    print(f"$ kit {' '.join(arguments)}\n{done.stdout}{done.stderr}")
    assert done.returncode == expected, f"exit {done.returncode}, expected {expected}"
    return done.stdout + done.stderr


def check_bare_run(venv: Path, folder: Path) -> None:
    folder.mkdir()
    run(venv, folder, "--help")
    run(venv, folder, "init", "my-class")
    home = folder / "my-class"
    run(venv, home, "data", "digits", "--csv")
    sample = (home / "data" / "digits" / "sample_submission.csv").read_bytes()
    (home / "preds.csv").write_bytes(sample)
    run(venv, home, "submit", "preds.csv", "-c", "digits")
    run(venv, home, "leaderboard", "digits")
    for reference in ("cnn", "plugins/my_cnn"):
        told = run(venv, home, "submit", reference, "-c", "digits", expected=3)
        assert "E102" in told, told
        assert "competition-kit[torch]" in told, told
    assert "kit submit cnn" in run(venv, home, "submit", "plugins/cnn", "-c", "digits", expected=2)


if __name__ == "__main__":
    check_files(Path(sys.argv[1]))
    check_bare_run(Path(sys.argv[2]), Path(sys.argv[3]))
