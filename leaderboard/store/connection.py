"""Opening a database of ours: pragmas, migrations, and what can go wrong with a file, in words.

Every write is ``BEGIN IMMEDIATE … COMMIT``: a deferred transaction that has read and then writes is told "busy" at
once, whatever the timeout.
"""

from __future__ import annotations

import os
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from kit.disk import disk_problem, full_disk
from kit.errors import Problem, StorageError

APPLICATION_ID = 0x6B697462  # "kitb": another program's database is never taken for ours
MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_S = 5.0
# Their locks, or their shared memory, are not what write-ahead logging needs (sqlite.org/wal.html, "Use of WAL").
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "glusterfs", "fuse.sshfs", "fuse.rclone"}
)
_SHARED_MEMORY = {sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMLOCK}
_FULL = {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_TRUNCATE}


def connect(path: Path, *, durable: bool, timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """A connection to the database at `path`, made and migrated where needed.

    Parameters
    ----------
    path
        The file. Its folder is made, readable by the owner only.
    durable
        Whether a commit survives a power cut (555 commits a second) or just a kill -9 (14,000).
    timeout_s
        How long to wait for another writer.

    Raises
    ------
    StorageError
        E702 to E706, E708.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _refuse_network(path)
        connection = sqlite3.connect(path, timeout=timeout_s, isolation_level=None)
        try:
            _prepare(connection, path, durable=durable, timeout_s=timeout_s)
        except BaseException:
            connection.close()
            raise
    return connection


def connect_empty() -> sqlite3.Connection:
    """A database in memory that nobody has written to: what a store without a file looks like to a reader."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _apply(connection, migrations())
    connection.row_factory = sqlite3.Row
    return connection


def migrations() -> list[tuple[int, str]]:
    """(number, SQL) of every migration, ascending."""
    return sorted((int(path.name[:4]), path.read_text(encoding="utf-8")) for path in MIGRATIONS.glob("*.sql"))


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system say into a `StorageError`; a mistake in our SQL stays what it is."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        problem = _database_problem(error, path)
        if problem is None:
            raise
        raise StorageError(problem) from error
    except OSError as error:
        raise StorageError(disk_problem(error, path)) from error


def _database_problem(error: sqlite3.DatabaseError, path: Path) -> Problem | None:
    extended = getattr(error, "sqlite_errorcode", None)
    if extended is None:
        return None
    code = extended & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Problem(
            code="E702",
            message=f"{path} is locked by another program",
            where=str(path),
            why=f"It stayed locked for {BUSY_TIMEOUT_S:.0f} seconds; a submission takes a hundredth of one.",
            fix="close programs that have it open (a database browser?), then repeat the command",
        )
    if code == sqlite3.SQLITE_FULL or extended in _FULL:
        return full_disk(path)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return Problem(
            code="E704",
            message=f"{path} is damaged: {error}",
            where=str(path),
            fix=f"move it away and put a copy back; those made before an upgrade are   {path.name}.v*",
        )
    if extended in _SHARED_MEMORY:
        return _unfit(path, "does not let processes share memory")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR):
        return disk_problem(OSError(0, str(error)), path)
    return None


def _unfit(path: Path, why: str) -> Problem:
    return Problem(
        code="E708",
        message=f"{path.parent} is on a file system that {why}",
        where=str(path),
        why="Two programs that write there at once could damage the board.",
        fix="keep the workspace on a disk of this computer",
    )


def _refuse_network(path: Path) -> None:
    if sys.platform == "linux":
        with suppress(OSError):
            name = file_system_of(path.resolve(), Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
            if name in NETWORK_FILE_SYSTEMS:
                raise StorageError(_unfit(path, f"is shared over a network ({name})"))


def file_system_of(path: Path, mountinfo: str) -> str:
    """Type of the file system that holds `path`, by the text of ``/proc/self/mountinfo``; "" where it is not said."""
    best, found = -1, ""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        mount = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), before.split(" ")[4])  # \040 is a space
        if path.is_relative_to(mount) and len(mount) >= best:
            best, found = len(mount), after.split(" ")[0]
    return found


def _prepare(connection: sqlite3.Connection, path: Path, *, durable: bool, timeout_s: float) -> None:
    connection.row_factory = sqlite3.Row
    for pragma in ("foreign_keys = on", "trusted_schema = off", "journal_size_limit = 67108864"):
        connection.execute(f"pragma {pragma}")
    connection.execute(f"pragma synchronous = {'full' if durable else 'normal'}")
    connection.execute("begin")  # one snapshot for all that is asked: another process may be making the file just now
    version = _version(connection, path)
    connection.execute("commit")
    newest = migrations()[-1][0]
    if version > newest:
        raise StorageError(_newer(path, version, newest))
    if version < newest:
        _write_ahead(connection, path, timeout_s)
        _migrate(connection, path)


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Number of the last migration applied; 0 for a new file. Asked within a transaction."""
    application: int = connection.execute("pragma application_id").fetchone()[0]
    version: int = connection.execute("pragma user_version").fetchone()[0]
    n_tables: int = connection.execute("select count(*) from sqlite_schema").fetchone()[0]
    if application == APPLICATION_ID:
        return version
    if version or n_tables:
        raise StorageError(
            Problem(
                code="E706",
                message=f"{path} is a database of another program",
                where=str(path),
                fix="move it away, or choose another workspace with   kit -C DIR",
            )
        )
    return 0


def _newer(path: Path, version: int, newest: int) -> Problem:
    return Problem(
        code="E705",
        message=f"{path} was written by a newer kit",
        where=str(path),
        expected=f"a board of version {newest} or older",
        got=f"version {version}",
        fix="upgrade the kit:   pip install --upgrade competition-kit",
    )


def _write_ahead(connection: sqlite3.Connection, path: Path, timeout_s: float) -> None:
    # SQLite does not wait by itself while another process switches the same new file.
    end = time.monotonic() + timeout_s
    while True:
        try:
            if connection.execute("pragma journal_mode = wal").fetchone()[0] != "wal":
                raise StorageError(_unfit(path, "can't hold a write-ahead log"))
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(0.01)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Apply what is missing in one transaction, after a copy of what there was."""
    connection.execute("begin exclusive")
    try:
        version = _version(connection, path)  # another process may have been quicker
        if version:
            _back_up(path, path.with_name(f"{path.name}.v{version}"))
        _apply(connection, [(number, sql) for number, sql in migrations() if number > version])
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise


def _apply(connection: sqlite3.Connection, steps: list[tuple[int, str]]) -> None:
    for number, sql in steps:
        for statement in _statements(sql):  # executescript would commit what is open
            connection.execute(statement)
        connection.execute(f"pragma user_version = {number}")
    connection.execute(f"pragma application_id = {APPLICATION_ID}")


def _statements(sql: str) -> Iterator[str]:
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _back_up(path: Path, target: Path) -> None:
    """Copy the database under its final name in one step. Readers see it while writers are held off."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("vacuum into ?", (str(temporary),))
    sync(temporary)
    temporary.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before going on."""
    if path.is_dir() and os.name == "nt":
        return  # Windows has no handle of a folder to flush
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
