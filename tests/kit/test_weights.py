"""Pretrained weights: what is known of them, where they are found, and how they come."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from kit.cli import run
from kit.errors import DataError, PluginError
from kit.job import Limits
from kit.plugin.context import Task
from kit.plugin.pretrained import Pretrained
from kit.source.weights import download, find, on_this_computer
from kit.weights import Weights, known, preferred, weights

DATA_HOME = os.environ.get("KIT_DATA_HOME")
CONTENT = b"weights, as far as their sha256 is concerned"


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders ``data``, ``cache`` and ``torch`` of this test's own."""
    for variable in ("KIT_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("KIT_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Weights:
    """resnet18 as if these bytes were it, published by the first eight digits of their sha256."""
    made = replace(
        known()["resnet18"],
        sha256=hashlib.sha256(CONTENT).hexdigest()[:8],
        size_mib=round(len(CONTENT) / 2**20, 3),
        urls=("http://127.0.0.1:9/resnet18.pth",),
    )
    table: Mapping[str, Weights] = {**known(), "resnet18": made}
    monkeypatch.setattr("kit.weights.known", lambda: table)
    return made


def put(folder: Path, name: str, content: bytes = CONTENT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def test_a_file_is_found_in_the_cache_and_where_torchvision_keeps_its_own(homes: Path, published: Weights) -> None:
    theirs = put(homes / "torch" / "hub" / "checkpoints", published.file)
    assert on_this_computer(["resnet18"]) == {"resnet18": str(theirs)}

    ours = put(homes / "cache" / "weights", published.file)
    assert on_this_computer(["resnet18"]) == {"resnet18": str(ours)}


def test_a_file_with_other_bytes_is_not_the_published_one(homes: Path, published: Weights) -> None:
    put(homes / "cache" / "weights", published.file, b"other bytes")

    assert find("resnet18") is None


def test_a_file_that_was_right_and_then_changed_is_read_again(homes: Path, published: Weights) -> None:
    file = put(homes / "cache" / "weights", published.file)
    assert find("resnet18") is not None
    file.write_bytes(CONTENT.swapcase())

    assert find("resnet18") is None


def test_a_file_is_read_once_and_then_believed(homes: Path, published: Weights) -> None:
    file = put(homes / "cache" / "weights", published.file)
    find("resnet18")
    state = file.stat()
    file.write_bytes(CONTENT.swapcase())
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))

    assert find("resnet18") is not None


def test_damaged_notes_of_what_was_read_are_as_good_as_none(homes: Path, published: Weights) -> None:
    put(homes / "cache" / "weights", published.file)
    put(homes / "cache" / "weights", "seen.json", b"[1, 2")

    assert find("resnet18") is not None


def test_weights_of_ones_own_are_built_like_those_that_their_name_begins_with(homes: Path) -> None:
    file = put(homes, "mine.pth")

    found = find("resnet18-mine", {"resnet18-mine": str(file)})

    assert found is not None
    assert found.sha256 == hashlib.sha256(CONTENT).hexdigest()
    mine = weights("resnet18-mine")
    assert mine is not None
    assert (mine.architecture, mine.n_features) == ("resnet18", 512)


def test_a_name_like_none_that_is_known_is_nothing(homes: Path) -> None:
    assert weights("resnet1") is None
    assert on_this_computer(["vgg16", "../../etc/passwd"], {"vgg16": "vgg.pth"}) == {}


def test_the_most_accurate_come_first() -> None:
    names = ["cifar_resnet20", "resnet18", "resnet50", "resnet18-mine"]

    assert preferred(names) == ("resnet50", "resnet18-mine", "resnet18", "cifar_resnet20")


@pytest.mark.parametrize("name", known())
def test_what_is_known_is_complete(name: str) -> None:
    one = known()[name]

    assert len(one.mean) == len(one.std) == 3
    assert one.input_size <= one.resize
    assert len(one.sha256) == 64 or (one.sha256 in one.file and one.urls)
    assert all(url.endswith(one.file) for url in one.urls)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in known() if known()[name].urls])
def test_what_torchvision_publishes_is_what_it_says_itself(name: str) -> None:
    models = pytest.importorskip("torchvision.models")
    one = known()[name]

    theirs = models.get_model_weights(one.architecture)["IMAGENET1K_V1"]
    transforms = theirs.transforms()

    assert theirs.url in one.urls
    assert theirs.meta["_file_size"] == one.size_mib
    assert (transforms.crop_size, transforms.resize_size) == ([one.input_size], [one.resize])
    assert (tuple(transforms.mean), tuple(transforms.std)) == (one.mean, one.std)


@pytest.mark.skipif(not DATA_HOME, reason="KIT_DATA_HOME is not set")
@pytest.mark.parametrize("name", [name for name in known() if not known()[name].urls])
def test_the_weights_of_the_data_home_are_those_that_are_known(name: str) -> None:
    found = find(name)

    assert found is not None
    assert found.sha256 == known()[name].sha256


def test_where_no_server_answers_it_is_said_what_to_put_where(homes: Path, published: Weights) -> None:
    with pytest.raises(DataError) as caught:
        download(published, on_progress=print)

    assert caught.value.code == "E501"
    assert f"sha256 {published.sha256}…" in caught.value.parts[0].message
    assert str(homes / "cache" / "weights") in caught.value.problem.fix


def test_fetch_says_what_file_to_put_where_for_weights_without_an_address(
    homes: Path, bare_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fetch", "weights", "mobilenet_v2"]) == 6

    said = capsys.readouterr().err
    assert known()["mobilenet_v2"].sha256 in said
    assert str(homes / "cache" / "weights") in said


def test_fetch_lists_what_is_here_and_what_is_not(
    homes: Path, bare_workspace: Path, published: Weights, capsys: pytest.CaptureFixture[str]
) -> None:
    put(homes / "cache" / "weights", published.file)

    assert run(["fetch", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}

    assert rows["resnet18"]["is_here"]
    assert not rows["resnet50"]["is_here"]
    assert rows["resnet50"]["can_be_fetched"]


def test_fetch_lists_weights_of_ones_own(homes: Path, bare_workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bare_workspace / "kit.toml").write_text('[weights]\nresnet18-mine = "mine.pth"\n')
    put(bare_workspace, "mine.pth")

    assert run(["fetch"]) == 0
    assert "resnet18-mine" in capsys.readouterr().out


def test_fetch_names_the_weights_that_may_have_been_meant(
    bare_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fetch", "weights", "resnet81"]) == 2
    assert "kit fetch weights resnet18" in capsys.readouterr().err


def test_a_plugin_is_told_which_weights_are_allowed() -> None:
    task = task_with(allowed=("resnet18", "mobilenet_v2"))

    with pytest.raises(PluginError, match="E222") as caught:
        task.pretrained("resnet50")

    assert "resnet18, mobilenet_v2" in caught.value.problem.expected


def test_a_plugin_is_told_how_allowed_weights_come_to_this_computer() -> None:
    task = task_with(allowed=("resnet18",))

    assert task.weights == ()
    with pytest.raises(PluginError, match="E506") as caught:
        task.backbone("resnet18")
    assert "kit fetch weights resnet18" in caught.value.problem.fix


def test_weights_that_are_allowed_but_unknown_are_not_there() -> None:
    with pytest.raises(PluginError, match="E222"):
        task_with(allowed=("alexnet",)).pretrained("alexnet")


def test_without_a_word_of_the_competition_no_weights_are_allowed() -> None:
    assert Limits(time_limit_s=1, memory_limit_mib=1).weights == ()


def task_with(allowed: tuple[str, ...]) -> Task:
    return Task(
        kind="image-classification",
        classes=("a", "b"),
        n_outputs=2,
        metric="accuracy",
        input_shape=(3, 32, 32),
        allowed=Pretrained(allowed=allowed),
    )
