# tries to open the store, its secret and the blobs of others
import os
import sqlite3

from arsenal import FACTS, attempt, predict, read


def fit(train):
    state = FACTS["state"]
    attempt("secret", lambda: read(f"{state}/secret"))
    attempt("store", lambda: read(f"{state}/board.sqlite"))
    attempt("scores", lambda: sqlite3.connect(f"{state}/board.sqlite").execute("select * from scores").fetchall())
    attempt("blobs", lambda: [read(f"{state}/objects/{name}") for name in os.listdir(f"{state}/objects")])
    attempt("attempts", lambda: os.listdir(f"{state}/attempts"))
    return 0
