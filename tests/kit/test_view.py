"""What a sandbox of namespaces shows: nothing that is needed is hidden behind something that is mounted later."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kit.job import Job, Limits, TaskFacts
from kit.sandbox.view import Mount

if sys.platform != "linux":
    pytest.skip("namespaces are there on Linux only", allow_module_level=True)

LIMITS = Limits(time_limit_s=1, memory_limit_mib=64)


def mounts(folder: Path) -> tuple[Mount, ...]:
    from kit.sandbox.view import view

    facts = TaskFacts(
        kind="image-classification", classes=("a", "b"), n_outputs=2, metric="m", needs="labels", input_shape=(1, 2, 2)
    )
    job = Job(plugin=f"{folder}/p", name="p", train=f"{folder}/t", valid=f"{folder}/v", task=facts, limits=LIMITS)
    return view(job, LIMITS, folder / "job.json").mounts


def test_no_folder_to_write_in_is_mounted_over_what_is_there_already(tmp_path: Path) -> None:
    seen: list[Path] = []
    hidden = []
    for mount in mounts(tmp_path):
        if mount.kind in ("tmpfs", "proc", "dev"):
            hidden += [path for path in seen if path.is_relative_to(mount.target)]
        seen.append(Path(mount.target))

    assert hidden == []


def test_an_environment_below_tmp_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kit.sandbox import view

    packages = tmp_path / "venv" / "lib" / "python3" / "site-packages"
    packages.mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    view.programs.cache_clear()
    targets = [mount.target for mount in mounts(tmp_path)]
    view.programs.cache_clear()

    assert targets.index("/tmp") < targets.index(str(tmp_path / "venv" / "lib"))
    assert targets.index("/tmp") < targets.index(str(Path(*tmp_path.parts[:3])))
