"""Parquet and Arrow files, opened in a process of their own (E311, E312, E317).

Their parser is a large one, in C++, and a page of a kilobyte may claim to hold gigabytes. So it has no part in the
process that knows the solution: a child (`kit.worker.arrow`) without files or network reads the bytes and hands back
plain columns, and is ended when it takes too long or too much memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from kit.submission.findings import Findings
from kit.submission.rows import Batch
from kit.submission.text import too_large
from kit.submission.typed import batch_of, refuse, require_rows

MAX_MEMORY = 2**30
"""Bytes of memory that the child may take."""

MAX_SECONDS = 120.0
_LOOK_EVERY_S = 0.02
_MAX_LINE = 2**22
_MAX_COLUMNS = 1000
_AS_CSV = 'df.to_csv("preds.csv", index=False)'
_Column = NDArray[Any] | list[str]


class ArrowTable:
    """The columns of a Parquet or Arrow (Feather) file.

    Parameters
    ----------
    data, header
        The file, and the columns that are asked for, that of the ids first.
    n_rows, limit
        Rows that are asked for, and most bytes that are read.
    findings
        Where problems go.
    """

    def __init__(self, data: bytes, *, header: Sequence[str], n_rows: int, limit: int, findings: Findings) -> None:
        if len(data) > limit:
            refuse(findings, *too_large(limit))
        self._data, self._limit, self._n_rows = data, limit, n_rows
        with _Child(data, (), findings) as child:
            told = child.line()
        require_rows(int(told["rows"]), n_rows, findings)
        if len(told["names"]) > len(header) + _MAX_COLUMNS:
            refuse(findings, "E309", f"it has {len(told['names'])} columns", f"only   {', '.join(header)}"[:120])
        self.names = tuple(map(str, told["names"]))

    def batches(self, names: Mapping[str, str], id_column: str, findings: Findings) -> Iterator[Batch]:
        """See `Table`."""
        begin = 0
        with _Child(self._data, tuple(names.values()), findings) as child:
            child.line()
            while (told := child.line()) and "columns" in told:
                columns = dict(zip(names, [child.column(kind, n) for kind, n in told["columns"]], strict=True))
                yield batch_of(columns, id_column, begin)
                begin += len(columns[id_column])
                require_rows(begin, self._n_rows, findings)


class _Child:
    """The process that reads a file. What comes of it is trusted no more than the file."""

    def __init__(self, data: bytes, wanted: Sequence[str], findings: Findings) -> None:
        self._data, self._wanted, self._findings = data, wanted, findings
        self._why = ""

    def __enter__(self) -> _Child:
        command = [sys.executable, "-P", "-m", "kit.worker.arrow", json.dumps(self._wanted)]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        threading.Thread(target=self._watch, daemon=True).start()
        assert self._process.stdin is not None
        with suppress(BrokenPipeError), self._process.stdin as stdin:
            stdin.write(self._data)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._out.close()

    @property
    def _out(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _watch(self) -> None:
        import psutil

        with suppress(psutil.Error):
            process, waited = psutil.Process(self._process.pid), 0.0
            while self._process.poll() is None:
                if process.memory_info().rss > MAX_MEMORY + len(self._data):
                    self._why = "needs far more memory than its answers"
                elif waited > MAX_SECONDS:
                    self._why = f"takes more than {MAX_SECONDS:.0f} s to read"
                if self._why:
                    self._process.kill()
                    return
                threading.Event().wait(_LOOK_EVERY_S)
                waited += _LOOK_EVERY_S

    def line(self) -> dict[str, Any]:
        """What the child says next; a problem that it found is raised."""
        line = self._out.readline(_MAX_LINE)
        try:
            told = json.loads(line)
        except ValueError:
            self._process.kill()
            self._process.wait()
            why = self._why or "begins as a Parquet or Arrow file and goes on as something else"
            refuse(self._findings, "E311" if self._why else "E312", f"it {why}", _AS_CSV)
        if "problem" in told:
            refuse(self._findings, *map(str, told["problem"]))
        return dict(told)

    def column(self, kind: str, n: int) -> _Column:
        """The cells of a column, of which the child has told the sort and the number of bytes."""
        if kind == "text":
            ends = np.frombuffer(self._read(n), np.int64).tolist()
            text = self._read(ends[-1] if ends else 0)
            return [text[a:b].decode("utf-8", "replace") for a, b in zip([0, *ends], ends, strict=False)]
        return np.frombuffer(self._read(n), np.dtype(kind))

    def _read(self, n: int) -> bytes:
        if not 0 <= n <= MAX_MEMORY or len(read := self._out.read(n)) < n:
            refuse(self._findings, "E312", "it is damaged", _AS_CSV)
        return read
