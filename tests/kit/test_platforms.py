"""Windows has no `resource`, `fcntl` or `pwd`: everything but what Linux alone has is imported without them."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest

import kit
import leaderboard

# Linux has these alone, and who imports them asks before.
_LINUX = ("sandbox.subreaper", "sandbox.kernel", "sandbox.landlock", "sandbox.seccomp", "sandbox.walls")
EXEMPT = tuple(f"kit.{name}" for name in (*_LINUX, "sandbox.namespaces", "worker.template"))
MODULES = [
    module.name
    for package in (kit, leaderboard)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.startswith(EXEMPT)
]


@pytest.mark.slow  # imports everything, with torch and scikit-learn
def test_every_module_but_that_of_linux_alone_is_imported_without_posix_modules() -> None:
    # The libraries take their own care of the platform: they are imported first.
    code = f"""
import importlib, sys
import click, filelock, numpy, pandas, pluggy, psutil, pydantic, pytest, rich.console, sklearn.metrics
for name in ("resource", "fcntl", "pwd"):
    sys.modules[name] = None
for name in {MODULES!r}:
    importlib.import_module(name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)

    assert done.returncode == 0, done.stderr[-2000:]


def test_the_list_of_modules_is_not_empty() -> None:
    assert {"kit.workspace", "kit.sandbox.process", "kit.cli.new", "leaderboard.board", "kit.executor.local"} <= set(
        MODULES
    )
