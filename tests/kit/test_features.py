"""Features: kept by the content of an image, computed by a process of the kit's own, given to who may have them."""

from __future__ import annotations

import json
import os
import pickle
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kit.backbones.cache import Cache, digests, key, trim
from kit.dataset import Dataset, write_part
from kit.errors import PluginError, SandboxError
from kit.executor.features import Features
from kit.executor.local import LocalExecutor
from kit.job import Job, Limits, TaskFacts, encode
from kit.run import Left, collect
from kit.sandbox.bubblewrap import BubblewrapSandbox, missing
from kit.sandbox.channel import ChannelClosedError
from kit.sandbox.pauses import Pauses
from kit.sandbox.predict import Questions
from kit.sandbox.process import ProcessSandbox
from kit.sandbox.template import TemplateSandbox
from kit.sandbox.template import missing as template_missing
from kit.weights import known
from kit.worker.features import Asked

RNG = np.random.default_rng(0)
MINE = "cifar_resnet20-mine"


def images(n: int, side: int = 32) -> np.ndarray:
    return RNG.integers(0, 256, (n, 3, side, side), dtype=np.uint8)


def write(folder: Path, X: np.ndarray, prefix: str) -> None:
    write_part(folder, X, ids=[f"{prefix}{i}" for i in range(len(X))], y=np.arange(len(X)) % 2)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIT_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_what_was_kept_is_found_by_the_content_of_the_image(tmp_path: Path) -> None:
    X, rows = images(5), RNG.normal(size=(5, 4)).astype(np.float32)
    Cache(tmp_path, 4).write(digests(X), rows)

    found, is_there = Cache(tmp_path, 4).read(digests(X[::-1].copy()))

    assert is_there.all()
    np.testing.assert_array_equal(found, rows[::-1])


def test_one_other_pixel_makes_another_image(tmp_path: Path) -> None:
    X = images(3)
    Cache(tmp_path, 4).write(digests(X), np.ones((3, 4), dtype=np.float32))
    X[1, 0, 0, 0] ^= 1

    assert Cache(tmp_path, 4).read(digests(X))[1].tolist() == [True, False, True]


def test_the_same_bytes_in_another_shape_are_another_image() -> None:
    X = images(1)

    assert digests(X).tolist() != digests(X.reshape(1, 3, 16, 64)).tolist()


def test_other_weights_another_size_or_another_device_are_another_folder() -> None:
    one = known()["cifar_resnet20"]
    keys = {key(one, "a" * 64), key(one, "b" * 64), key(replace(one, resize=40), "a" * 64), key(one, "a" * 64, "cuda")}

    assert len(keys) == 4


def test_of_all_that_was_kept_the_oldest_goes_first(tmp_path: Path) -> None:
    X = images(3)
    for of in range(3):
        Cache(tmp_path / f"net{of}", 4).write(digests(X[of : of + 1]), np.ones((1, 4), dtype=np.float32))
    files = {of: next((tmp_path / f"net{of}").glob("*.npy")) for of in range(3)}
    for of, age in enumerate((30, 10, 20)):
        os.utime(files[of], (1e9 - age, 1e9 - age))
    trim(tmp_path, 2 * files[0].stat().st_size)
    assert [Cache(tmp_path / f"net{of}", 4).read(digests(X))[1].any() for of in range(3)] == [False, True, True]
    trim(tmp_path, 0)
    assert not list(tmp_path.glob("*/*.npy"))


def test_a_file_that_was_cut_off_is_as_good_as_none(tmp_path: Path) -> None:
    X = images(4)
    Cache(tmp_path, 4).write(digests(X[:2]), np.ones((2, 4), dtype=np.float32))
    (file,) = tmp_path.glob("*.npy")
    file.write_bytes(file.read_bytes()[:-9])
    Cache(tmp_path, 4).write(digests(X[2:]), np.ones((2, 4), dtype=np.float32))

    assert Cache(tmp_path, 4).read(digests(X))[1].tolist() == [False, False, True, True]


def test_an_image_that_is_there_twice_gets_its_features_twice(tmp_path: Path) -> None:
    X = images(2)[[0, 1, 0]]
    Cache(tmp_path, 1).write(digests(X[:2]), np.array([[7.0], [8.0]], dtype=np.float32))

    assert Cache(tmp_path, 1).read(digests(X))[0].tolist() == [[7.0], [8.0], [7.0]]


def test_pauses_are_bounded() -> None:
    clock = [0.0]
    pauses = Pauses(10.0, now=lambda: clock[0])

    with pauses.paused():
        clock[0] = 4.0
        assert (pauses.is_on, pauses.seconds) == (True, 4.0)
    clock[0] = 5.0
    with pauses.paused():
        clock[0] = 99.0

    assert (pauses.is_on, pauses.seconds, pauses.left_s) == (False, 10.0, 0.0)


def test_a_pause_is_seen_whole_while_it_ends() -> None:
    clock, seen = [0.0], list[float]()
    ending = False

    def now() -> float:
        nonlocal ending
        if ending:  # as another thread might, between any two steps
            ending = False
            seen.append(pauses.seconds)
        return clock[0]

    pauses = Pauses(10.0, now=now)
    with pauses.paused():
        clock[0], ending = 4.0, True

    assert seen == [4.0]


def parts(tmp_path: Path) -> dict[str, str]:
    for name, n in (("train", 6), ("valid", 3)):
        write(tmp_path / name, images(n), name[0])
    return {name: str(tmp_path / name) for name in ("train", "valid")}


def rows(*ids: str) -> Dataset:
    return Dataset(images(len(ids)), np.zeros(len(ids), dtype=np.int64), np.array(ids))


def test_rows_are_found_by_their_ids(tmp_path: Path) -> None:
    asked = Asked(
        parts(tmp_path), lambda name, part: np.arange({"train": 6, "valid": 3}[part], dtype=np.float32)[:, None]
    )

    assert asked("resnet18", rows("t4", "t0", "t4")).tolist() == [[4.0], [0.0], [4.0]]
    assert asked("resnet18", rows("v2")).tolist() == [[2.0]]


@pytest.mark.parametrize("part", [rows("t1", "x9"), images(2), None, [1, 2]], ids=["unknown", "array", "none", "list"])
def test_other_rows_have_no_features(tmp_path: Path, part: object) -> None:
    with pytest.raises(PluginError, match="E223"):
        Asked(parts(tmp_path), lambda name, part: np.zeros((6, 1), dtype=np.float32))("resnet18", part)


def test_a_model_that_holds_its_task_can_be_saved(tmp_path: Path) -> None:
    asked = pickle.loads(pickle.dumps(Asked({}, lambda name, part: np.zeros((0, 1), dtype=np.float32))))

    with pytest.raises(RuntimeError, match="use the task that fit is given"):
        asked("resnet18", None)


def job(folder: Path, plugin: str = "", *, file: Path | None = None, time_limit_s: float = 60.0) -> Job:
    """A run with 40 + 8 photos, in `folder`."""
    for name, n in (("train", 40), ("valid", 8)):
        write(folder / name, images(n), name[0])
    (folder / "plugin").mkdir()
    (folder / "plugin" / "plugin.py").write_text(plugin)
    facts = TaskFacts(
        kind="image-classification",
        classes=("a", "b"),
        n_outputs=2,
        metric="accuracy",
        needs="labels",
        input_shape=(3, 32, 32),
    )
    return Job(
        plugin=str(folder / "plugin"),
        name="plugins/mine",
        train=str(folder / "train"),
        valid=str(folder / "valid"),
        task=facts,
        limits=Limits(time_limit_s=time_limit_s, memory_limit_mib=4096, weights=(MINE,)),
        weights={MINE: str(file)} if file else {},
    )


def ask(features: Features, name: object = MINE, part: object = "train", pauses: Pauses | None = None) -> np.ndarray:
    return features(json.dumps({"weights": name, "part": part}).encode(), pauses or Pauses(), lambda: False)


@pytest.mark.parametrize(
    "request_",
    [
        b"", b"\xff", b"[" * 900, b"{}", b'{"weights": 1, "part": "train"}', b'{"weights": "a", "part": ["train"]}',
        b'{"weights": "resnet18", "part": "train"}', b'{"weights": "../../etc/passwd", "part": "train"}',
        b'{"weights": "cifar_resnet20-mine", "part": "test"}',
        b'{"weights": "cifar_resnet20-mine", "part": "../train"}',
        b'{"weights": "cifar_resnet20-mine", "part": ""}',
    ],
)  # fmt: skip
def test_a_run_can_only_name_its_own_weights_and_parts(tmp_path: Path, cache: Path, request_: bytes) -> None:
    (tmp_path / "mine.pth").write_bytes(b"never opened")
    features = Features(job(tmp_path, file=tmp_path / "mine.pth"))

    with pytest.raises(PluginError, match=r"E22[23]"):
        features(request_, Pauses(), lambda: False)
    assert not (cache / "features").exists()


def test_a_table_has_no_features(tmp_path: Path, cache: Path) -> None:
    made = job(tmp_path, file=tmp_path / "mine.pth")
    (tmp_path / "train" / "X.npy").unlink()

    with pytest.raises(PluginError, match="E223"):
        ask(Features(made))


def test_what_is_kept_is_given_without_a_pause(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "mine.pth").write_bytes(b"never opened")
    made, pauses = job(tmp_path, file=tmp_path / "mine.pth"), Pauses()
    fill(cache, made)

    assert ask(Features(made), pauses=pauses).shape == (40, 64)
    assert pauses.seconds == 0


def fill(cache: Path, made: Job) -> None:
    """Keep something for all photos of a job."""
    from kit.source.weights import kept
    from kit.weights import weights

    file, wanted = kept(Path(made.weights[MINE])), weights(MINE)
    assert file is not None
    assert wanted is not None
    for part in (made.train, made.valid):
        X = np.load(Path(part) / "X.npy")
        kept_rows = np.arange(len(X) * 64, dtype=np.float32).reshape(-1, 64)
        Cache(cache / "features" / key(wanted, file.sha256), 64).write(digests(X), kept_rows)


PLUGIN = f"""
import numpy as np

def fit(task, train, valid, run):
    before = run.seconds_left
    F, V = task.features("{MINE}", train), task.features("{MINE}", valid)
    F[:] = F  # one's own
    print(task.weights, F.shape, V.shape, F.dtype, before - run.seconds_left < 3)
    return F.mean(0)

def predict(model, X):
    return np.zeros(len(X), dtype=int)
"""


def ran(folder: Path, made: Job, executor: LocalExecutor, *, kill_after: Callable[[], bool] | None = None) -> Left:
    (folder / "job.json").write_text(encode(made))
    questions = Questions(test=None, order_key="", n_train=40, n_valid=8, n_outputs=2)
    (folder / "serve.json").write_text(encode(questions))
    running = executor.start(folder)
    while running.poll() is None:
        if kill_after is not None and kill_after():
            running.kill()
        time.sleep(0.02)
    return collect(folder)


SANDBOXES = [
    ProcessSandbox,
    pytest.param(BubblewrapSandbox, marks=pytest.mark.skipif(bool(missing()), reason=missing())),
    pytest.param(TemplateSandbox, marks=pytest.mark.skipif(bool(template_missing()), reason=template_missing())),
]


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_a_plugin_gets_features_in_every_sandbox(tmp_path: Path, cache: Path, sandbox: type) -> None:
    (tmp_path / "mine.pth").write_bytes(b"never opened")
    made = job(tmp_path, PLUGIN, file=tmp_path / "mine.pth")
    fill(cache, made)

    left = ran(tmp_path, made, LocalExecutor(sandbox()))

    assert left.outcome.status == "done", (left.outcome, left.log)
    assert left.log.decode().strip() == f"('{MINE}',) (40, 64) (8, 64) float32 True"


def test_a_plugin_asks_from_its_own_thread_only(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "mine.pth").write_bytes(b"never opened")
    source = f"""
from concurrent.futures import ThreadPoolExecutor
def fit(task, train):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(task.features, "{MINE}", train).result()
"""
    left = ran(tmp_path, job(tmp_path, source, file=tmp_path / "mine.pth"), LocalExecutor(ProcessSandbox()))

    assert left.outcome.problem is not None
    assert "not for a thread or a process" in left.outcome.problem.excerpt


@pytest.mark.slow
def test_weights_that_are_no_network_are_the_hosts_to_mend(tmp_path: Path, cache: Path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "mine.pth").write_bytes(b"no network")

    with pytest.raises(SandboxError, match="E801"):
        ask(Features(job(tmp_path, file=tmp_path / "mine.pth")))


@pytest.fixture
def network(tmp_path: Path) -> Path:
    torch = pytest.importorskip("torch")
    from kit.backbones.network import bare

    torch.manual_seed(0)
    file = tmp_path / "mine.pth"
    torch.save(bare("cifar_resnet20").state_dict(), file)
    return file


@pytest.mark.slow
def test_features_are_what_the_backbone_gives(tmp_path: Path, cache: Path, network: Path) -> None:
    from kit.plugin.pretrained import Pretrained

    made, told = job(tmp_path, file=network), list[tuple[int, int]]()
    pauses = Pauses()

    found = ask(Features(made, on_done=lambda done, of: told.append((done, of))), pauses=pauses)

    backbone = Pretrained(allowed=(MINE,), files=made.weights).backbone(MINE)
    X = np.load(tmp_path / "train" / "X.npy")
    np.testing.assert_array_equal(found, backbone.features(X))
    np.testing.assert_array_equal(found, backbone.features(X / np.float32(255), size=7))
    np.testing.assert_allclose(found, backbone(X / np.float32(255)).detach(), atol=0.05 * found.max())
    assert (told[0], told[-1]) == ((0, 40), (40, 40))
    assert pauses.seconds > 0


@pytest.mark.slow
def test_where_a_run_has_filled_the_graphics_card_its_features_are_computed_without_it(
    tmp_path: Path, cache: Path, network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from kit.backbones.__main__ import Order, compute
    from kit.backbones.network import Backbone

    def to(self: Backbone, device: str) -> Backbone:
        if device == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(Backbone, "to", to)
    X, folder = images(3), tmp_path / "kept"
    np.save(tmp_path / "X.npy", X)

    compute(
        Order(
            weights=MINE,
            file=str(network),
            images=str(tmp_path / "X.npy"),
            rows=(0, 1, 2),
            folder=str(folder),
            threads=1,
            device="0",
        )
    )

    assert Cache(folder, 64).read(digests(X))[1].all()


@pytest.mark.slow
def test_only_photos_that_changed_are_computed_again(tmp_path: Path, cache: Path, network: Path) -> None:
    made = job(tmp_path, file=network)
    before = ask(Features(made))
    X = np.load(tmp_path / "train" / "X.npy")
    X[3] = 255 - X[3]
    write(tmp_path / "train", X, "t")
    told = list[tuple[int, int]]()

    after = ask(Features(made, on_done=lambda done, of: told.append((done, of))))

    assert told[-1] == (1, 1)
    assert np.flatnonzero((after != before).any(axis=1)).tolist() == [3]


@pytest.mark.slow
def test_the_clock_of_a_run_stands_still_while_features_are_computed(
    tmp_path: Path, cache: Path, network: Path
) -> None:
    made = job(tmp_path, PLUGIN, file=network, time_limit_s=2.5)  # importing torch alone takes longer

    left = ran(tmp_path, made, LocalExecutor(ProcessSandbox()))

    assert left.outcome.status == "done", (left.outcome, left.log)
    assert 1 < left.outcome.usage.features_s < left.outcome.usage.wall_s


class Awaited(Features):
    """Features that are not ready for as long as anybody waits, or for 20 seconds."""

    def __call__(self, request: bytes, pauses: Pauses, is_over: Callable[[], bool]) -> np.ndarray:
        with pauses.paused():
            while not is_over() and pauses.seconds < 20:
                time.sleep(0.02)
        raise ChannelClosedError("nobody waits")


@pytest.mark.slow
@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_what_a_plugin_computes_while_it_waits_for_features_counts(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, sandbox: type
) -> None:
    monkeypatch.setattr("kit.executor.features.Features", Awaited)
    (tmp_path / "mine.pth").write_bytes(b"never opened")
    source = f"""
import threading

def train_on():
    while True:
        sum(range(1000))

def fit(task, train):
    threading.Thread(target=train_on, daemon=True).start()
    return task.features("{MINE}", train)
"""
    made = job(tmp_path, source, file=tmp_path / "mine.pth", time_limit_s=2.5)

    left = ran(tmp_path, made, LocalExecutor(sandbox()))

    assert (left.outcome.status, left.outcome.limit) == ("limit", "time_limit_s"), (left.outcome, left.log)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["cancelled", "the plugin dies"])
def test_who_is_gone_is_not_computed_for(tmp_path: Path, cache: Path, network: Path, ending: str) -> None:
    dying = "    import os, threading\n    threading.Timer(0.5, os._exit, (7,)).start()\n" * (ending != "cancelled")
    source = f'def fit(task, train):\n{dying}    return task.features("{MINE}", train)\n'
    made, begun = job(tmp_path, source, file=network), time.monotonic()
    X = np.concatenate([images(4000), images(4000, 32)])
    write(tmp_path / "train", X, "t")
    is_late = lambda: ending == "cancelled" and time.monotonic() - begun > 1.5  # noqa: E731

    left = ran(tmp_path, made, LocalExecutor(ProcessSandbox()), kill_after=is_late)

    assert left.outcome.status == ("killed" if ending == "cancelled" else "failed")
    assert not children_that_compute()


def children_that_compute() -> list[str]:
    import psutil

    children = psutil.Process().children(recursive=True)
    return [" ".join(child.cmdline()) for child in children if "kit.backbones" in child.cmdline()]


@pytest.mark.slow
def test_a_pause_that_is_too_long_ends_and_says_so(tmp_path: Path, cache: Path, network: Path) -> None:
    with pytest.raises(PluginError, match="E206"):
        ask(Features(job(tmp_path, file=network)), pauses=Pauses(0.3))
    assert not children_that_compute()


@pytest.mark.slow
def test_two_that_compute_the_same_do_not_disturb_each_other(tmp_path: Path, cache: Path, network: Path) -> None:
    made, found = job(tmp_path, file=network), list[np.ndarray]()
    threads = [threading.Thread(target=lambda: found.append(ask(Features(made)))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    np.testing.assert_array_equal(found[0], found[1])


def test_a_run_that_is_over_gets_nothing(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "mine.pth").write_bytes(b"no network")
    request = json.dumps({"weights": MINE, "part": "train"}).encode()

    with pytest.raises(ChannelClosedError):
        Features(job(tmp_path, file=tmp_path / "mine.pth"))(request, Pauses(), lambda: True)


@pytest.mark.skipif(os.name != "posix", reason="permissions are of POSIX")
@pytest.mark.skipif(os.name == "posix" and os.getuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cant_be_written_is_said(tmp_path: Path, cache: Path) -> None:
    from kit.errors import StorageError

    (tmp_path / "mine.pth").write_bytes(b"no network")
    cache.mkdir()
    cache.chmod(0o500)

    with pytest.raises(StorageError, match="E706"):
        ask(Features(job(tmp_path, file=tmp_path / "mine.pth")))
