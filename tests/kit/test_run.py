"""What a run left is read with care."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.errors import SandboxError
from kit.job import Outcome, encode
from kit.run import collect


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "outcome.json").write_text(encode(Outcome(status="done")))
    return folder


def test_what_is_not_there_is_none(out: Path) -> None:
    left = collect(out.parent)

    assert (left.outcome.status, left.answers, left.model, left.events) == ("done", None, b"", [])


def test_events_that_are_none_are_left_out(out: Path) -> None:
    (out / "events.jsonl").write_text('{"loss": 1.0}\nnonsense\n{"loss": NaN}\n')

    assert [list(event) for event in collect(out.parent).events] == [["loss"], ["loss"]]


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
@pytest.mark.parametrize("kind", ["link", "pipe", "hard link"])
def test_links_and_pipes_are_not_followed(out: Path, kind: str) -> None:
    target, file = out.parent / "secret", out / "model.bin"
    target.write_text("secret")
    {
        "link": lambda: file.symlink_to(target),
        "pipe": lambda: os.mkfifo(file),
        "hard link": lambda: file.hardlink_to(target),
    }[kind]()

    with pytest.raises(SandboxError, match="E801"):
        collect(out.parent)


@pytest.mark.parametrize("name", ["answers.npy", "outcome.json"])
def test_damage_is_told(out: Path, name: str) -> None:
    (out / name).write_bytes(b"{}damaged")

    with pytest.raises(SandboxError, match="E801"):
        collect(out.parent)
