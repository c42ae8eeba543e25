"""Which sandbox is taken, and which are refused for the code of strangers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.errors import SandboxError
from kit.sandbox import bubblewrap, template
from kit.sandbox.best import best, require_isolation
from kit.sandbox.bubblewrap import BubblewrapSandbox
from kit.sandbox.process import ProcessSandbox


def test_a_board_that_serves_others_refuses_a_sandbox_that_leaves_something_open() -> None:
    with pytest.raises(SandboxError) as caught:
        require_isolation(ProcessSandbox(), allow_unsafe=False)

    assert caught.value.problem.code == "E803"
    assert "a plugin can connect" in caught.value.problem.why


def test_a_host_who_says_so_may_use_it_all_the_same() -> None:
    require_isolation(ProcessSandbox(), allow_unsafe=True)


@pytest.mark.skipif(bool(bubblewrap.missing()), reason=bubblewrap.missing())
def test_a_sandbox_that_blocks_everything_may_serve_others(tmp_path: Path) -> None:
    require_isolation(BubblewrapSandbox(tmp_path), allow_unsafe=False)


@pytest.mark.skipif(bool(bubblewrap.missing()), reason=bubblewrap.missing())
def test_bubblewrap_comes_first() -> None:
    assert best() == "bubblewrap"


@pytest.mark.skipif(bool(template.missing()), reason=template.missing())
def test_without_bubblewrap_the_template_is_the_best(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))

    assert best() == "template"
