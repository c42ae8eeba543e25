from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from kit.errors import StorageError
from leaderboard.store import connection
from leaderboard.store.blobs import Blobs
from leaderboard.store.sqlite import SqliteStore
from leaderboard.store.sqlite_jobs import CLAIM, NEXT, REAP
from leaderboard.store.sqlite_people import SqlitePeople
from leaderboard.store.sqlite_scores import NEW, SELECTED
from leaderboard.store.sqlite_submissions import OF_TEAM, SUBMISSION
from leaderboard.testing import claimed, scored, take_in

SCHEMA_1 = Path(__file__).with_name("schema_1.sql")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "board.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(path, timeout_s=0.1)) as opened:
        yield opened


def plan(path: Path, sql: str) -> str:
    with closing(sqlite3.connect(path)) as c:
        return " ".join(row[3] for row in c.execute(f"explain query plan {sql}", [None] * sql.count("?")))


def test_the_next_job_is_found_by_its_index(store: SqliteStore, path: Path) -> None:
    take_in(store)
    assert "USING INDEX jobs_queued" in plan(path, NEXT)
    assert "USING COVERING INDEX submissions_by_turn" in plan(path, NEXT)
    assert "SCAN s" not in plan(path, NEXT)  # no walk through what is over


def test_a_look_at_one_team_or_at_new_scores_walks_through_no_others(store: SqliteStore, path: Path) -> None:
    take_in(store)
    assert "USING INDEX submissions_by_team (competition=? AND team_id=?)" in plan(path, f"{SUBMISSION} {OF_TEAM}")
    assert "SEARCH x USING INTEGER PRIMARY KEY (rowid>?)" in plan(path, NEW)
    assert "submissions_chosen" in plan(path, SELECTED)


def test_ended_leases_are_found_by_their_index(store: SqliteStore, path: Path) -> None:
    take_in(store)
    assert "jobs_running" in plan(path, REAP)
    assert "INTEGER PRIMARY KEY" in plan(path, CLAIM)


def test_the_file_is_in_write_ahead_mode_with_its_keys_enforced(store: SqliteStore) -> None:
    take_in(store)
    c = store.database._open()
    pragmas = [c.execute(f"pragma {name}").fetchone()[0] for name in ("journal_mode", "foreign_keys", "synchronous")]
    assert pragmas == ["wal", 1, 2]


def test_a_locked_database_is_e702_and_works_again_afterwards(store: SqliteStore, path: Path) -> None:
    store.next_number()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(StorageError, match="E702"):
            store.next_number()
    assert store.next_number() == 2


@pytest.mark.parametrize("damage", [b"not a database at all" * 100, b"\0" * 8192])
def test_a_damaged_file_is_e704(store: SqliteStore, path: Path, damage: bytes) -> None:
    path.write_bytes(damage)
    with pytest.raises(StorageError, match="E704"):
        store.submissions("digits")


def test_a_page_damaged_in_the_middle_is_e704(store: SqliteStore, path: Path) -> None:
    for n in range(50):
        take_in(store, f"{n}")
    store.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(StorageError, match="E704"):
        store.submissions("digits")


def test_a_newer_schema_is_e705(store: SqliteStore, path: Path) -> None:
    store.next_number()
    store.close()
    with closing(sqlite3.connect(path)) as c:
        c.execute("pragma user_version = 99")
    with pytest.raises(StorageError, match="E705"):
        store.next_number()


def test_another_programs_database_is_not_touched(store: SqliteStore, path: Path) -> None:
    with closing(sqlite3.connect(path)) as c:
        c.execute("create table theirs (x)")
    before = path.read_bytes()
    with pytest.raises(StorageError, match="E706"):
        store.next_number()
    assert path.read_bytes() == before


def test_a_folder_in_place_of_the_file_is_e706(store: SqliteStore, path: Path) -> None:
    path.mkdir()
    with pytest.raises(StorageError, match="E706"):
        store.next_number()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_e706(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="E706"):
        SqliteStore(tmp_path / "board.sqlite").next_number()
    tmp_path.chmod(0o700)


FULL = """
import resource, sys
from pathlib import Path
from kit.errors import StorageError
from leaderboard.store.sqlite import SqliteStore
from leaderboard.testing import take_in
store = SqliteStore(Path(sys.argv[1]))
take_in(store, "first")
size = Path(sys.argv[1] + "-wal").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20000, resource.RLIM_INFINITY))
try:
    for n in range(100):
        take_in(store, str(n))
except StorageError as error:
    print(error.code)
n = len(store.submissions("digits"))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(take_in(store, "after").id == n + 1, len(store.submissions("digits")) == n + 1)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_is_e703_and_the_same_connection_writes_when_there_is_room(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, timeout=60)
    assert (done.stdout.split(), done.stderr) == (["E703", "True", "True"], "")


@pytest.mark.parametrize(
    ("name", "mount"), [("nfs4", "/home/me"), ("ext4", "/home"), ("tmpfs", "/home/me/a b"), ("nfs4", "/home/mé")]
)
def test_the_file_system_of_a_path_is_that_of_its_nearest_mount(name: str, mount: str) -> None:
    shown = mount.replace(" ", r"\040")
    mountinfo = f"1 0 0:1 / / rw - overlay o rw\n2 1 0:2 / {shown} rw,relatime shared:1 - {name} server:/x rw\n"
    assert connection.file_system_of(Path(f"{mount}/.kit/board.sqlite"), mountinfo) == name


def test_a_network_file_system_is_e708(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "file_system_of", lambda path, mountinfo: "nfs4")
    if sys.platform != "linux":
        pytest.skip("mounts are known on Linux")
    with pytest.raises(StorageError, match="E708"):
        SqliteStore(path).next_number()
    assert not path.exists()


def test_the_released_schema_has_not_changed() -> None:
    assert connection.migrations()[0] == (1, SCHEMA_1.read_text(encoding="utf-8"))


def test_a_migration_keeps_what_there_was_and_a_copy(
    store: SqliteStore, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = take_in(store)
    store.finish(claimed(store), scored(store, 0.5, 0.6))
    store.close()
    newest = connection.migrations()[-1][0]
    folder = shutil.copytree(connection.MIGRATIONS, tmp_path / "migrations")
    (folder / f"{newest + 1:04}_more.sql").write_text("create table more (x integer) strict;")
    monkeypatch.setattr(connection, "MIGRATIONS", folder)
    assert store.submission(submission.id).state == "scored"
    with closing(sqlite3.connect(tmp_path / f"board.sqlite.v{newest}")) as copy:
        assert copy.execute("pragma user_version").fetchone() == (newest,)
        assert copy.execute("select count(*) from scores").fetchone() == (2,)


def test_a_board_of_the_first_schema_is_brought_up_to_date(path: Path) -> None:
    with closing(sqlite3.connect(path)) as old:
        old.executescript(SCHEMA_1.read_text(encoding="utf-8"))
        old.execute("insert into teams (competition, name, created_at) values ('digits', 'you / mlp', 1.0)")
        old.execute("pragma user_version = 1")
        old.execute(f"pragma application_id = {connection.APPLICATION_ID}")
        old.commit()
    with closing(SqliteStore(path)) as store:
        assert take_in(store).is_late is False
        assert not SqlitePeople(store.database).is_class()


def test_a_failing_migration_changes_nothing(
    store: SqliteStore, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(store)
    store.close()
    newest = connection.migrations()[-1][0]
    folder = shutil.copytree(connection.MIGRATIONS, tmp_path / "migrations")
    (folder / f"{newest + 1:04}_more.sql").write_text(
        "create table more (x integer) strict;\ninsert into nowhere values (1);"
    )
    with monkeypatch.context() as patched:
        patched.setattr(connection, "MIGRATIONS", folder)
        with pytest.raises(sqlite3.OperationalError):
            store.submissions("digits")
    assert len(store.submissions("digits")) == 1


def test_a_blob_is_read_as_it_was_kept(store: SqliteStore, tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "objects", store)
    assert blobs.get(blobs.put(b"x" * 1000, "text/plain")) == b"x" * 1000


@pytest.mark.parametrize("change", [b"y" * 1000, b"x" * 999])
def test_a_changed_blob_is_e704(store: SqliteStore, tmp_path: Path, change: bytes) -> None:
    blobs = Blobs(tmp_path / "objects", store)
    digest = blobs.put(b"x" * 1000, "text/plain")
    (tmp_path / "objects" / digest).write_bytes(change)
    with pytest.raises(StorageError, match="E704"):
        blobs.get(digest)


def test_a_missing_blob_is_e704(store: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="E704"):
        Blobs(tmp_path / "objects", store).get("0" * 64)


def test_threads_keep_the_same_bytes_at_once(tmp_path: Path) -> None:
    def keep(_number: int) -> str:
        with closing(SqliteStore(tmp_path / "board.sqlite", durable=False)) as store:
            return Blobs(tmp_path / "objects", store).put(b"x" * 10**6, "text/plain")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(keep, range(40)))) == 1
    assert len(list((tmp_path / "objects").iterdir())) == 1


@pytest.mark.slow
def test_many_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    for number in range(20):
        path = tmp_path / f"{number}.sqlite"

        def first(_: int, path: Path = path) -> int:
            with closing(SqliteStore(path, durable=False)) as store:
                return store.next_number()

        with ThreadPoolExecutor(12) as pool:
            assert sorted(pool.map(first, range(12))) == list(range(1, 13))
