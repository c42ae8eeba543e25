"""Whether a graphics card is granted: asked of the nodes in /dev and of what torch says of itself; what a run gets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kit.competition.model import CompetitionLimits
from kit.graphics import card, granted, torch_uses_cards
from kit.job import Job, Limits, TaskFacts
from kit.sandbox.child import settings


def nodes(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).touch()
    return folder


@pytest.fixture(autouse=True)
def _nothing_said_by_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_a_computer_without_the_driver_has_no_card(tmp_path: Path) -> None:
    assert card(nodes(tmp_path, "nvidia0", "null")) is None


def test_the_first_card_is_the_one_with_the_smallest_number(tmp_path: Path) -> None:
    assert card(nodes(tmp_path, "nvidiactl", "nvidia-uvm", "nvidia10", "nvidia3")) == "3"


@pytest.mark.parametrize("said", ["", "-1"])
def test_a_host_can_say_that_cards_are_not_to_be_used(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", said)

    assert card(nodes(tmp_path, "nvidiactl", "nvidia0")) is None


def test_a_competition_that_says_nothing_runs_on_the_processor() -> None:
    assert CompetitionLimits().of_run().devices == "cpu"


def test_a_competition_that_allows_cards_runs_on_the_processor_where_there_is_none(tmp_path: Path) -> None:
    assert granted("cuda", tmp_path) == "cpu"


def test_a_card_is_granted_where_there_is_one_that_torch_can_use(tmp_path: Path) -> None:
    dev = nodes(tmp_path, "nvidiactl", "nvidia1")

    assert granted("cuda", dev) == ("1" if torch_uses_cards() else "cpu")
    assert granted("cpu", dev) == "cpu"


def test_nothing_heavy_is_imported_to_find_out() -> None:
    code = "import sys; from kit.graphics import granted; granted('cuda'); print('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def variables(*, memory_limit_mib: int = 64, devices: str = "cpu") -> dict[str, str]:
    """What the process of a plugin is given."""
    limits = Limits(time_limit_s=1, memory_limit_mib=memory_limit_mib, devices=devices)
    task = TaskFacts(
        kind="image-classification", classes=(), n_outputs=1, metric="rmse", needs="values", input_shape=(1,)
    )
    job = Job(plugin="", name="", train="", valid="", task=task, limits=limits)
    return settings(job, limits, home="/", temporary="/")


@pytest.mark.parametrize(("devices", "seen"), [("cpu", ""), ("0", "0"), ("3", "0"), ("1,3", "0,1")])
def test_a_run_sees_its_cards_counted_from_zero(devices: str, seen: str) -> None:
    assert variables(devices=devices)["CUDA_VISIBLE_DEVICES"] == seen


@pytest.mark.parametrize(("memory_limit_mib", "kept_mib"), [(64, 8), (4096, 256)])
def test_freed_memory_that_is_kept_leaves_a_plugin_room(memory_limit_mib: int, kept_mib: int) -> None:
    given = variables(memory_limit_mib=memory_limit_mib)

    assert int(given["MALLOC_TRIM_THRESHOLD_"]) == kept_mib << 20
