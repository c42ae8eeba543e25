# a database and a journal in the folder of the run
import sqlite3

from arsenal import predict


def fit(train, run):
    with sqlite3.connect(run.workdir / "notes.sqlite") as connection:
        connection.execute("pragma journal_mode=wal")
        connection.execute("create table notes (n integer)")
        connection.executemany("insert into notes values (?)", [(i,) for i in range(1000)])
    assert connection.execute("select sum(n) from notes").fetchone() == (499500,)
    print("done as usual")
    return 0
