"""What the process does that opens a Parquet or Arrow file (`kit.worker.arrow`): bytes come in, columns go out.

First a line of JSON with the names of all columns and the number of rows, then for each batch a line with the sort and
size of each wanted column, and the columns; or a line with the problem. Texts are the places of their ends, and UTF-8.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np

_BATCH = 2**15
_AS_CSV = 'df.to_csv("preds.csv", index=False)'


def main(wanted: Sequence[str], data: bytes, out: IO[bytes]) -> None:
    """Tell what is in a file, and write the wanted columns."""
    try:
        import pyarrow as pa  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ImportError:
        why = "reading Parquet and Arrow files needs pyarrow, which is not installed here"
        return _tell(out, problem=["E317", why, f"uv pip install pyarrow   or   {_AS_CSV}"])
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        schema, n_rows, batches = _open(pa, data, list(wanted))
        if problem := _problem(pa, schema):
            return _tell(out, problem=["E317", *problem])
        _tell(out, names=schema.names, rows=n_rows)
        if wanted:
            for batch in batches:
                batch.validate(full=True)
                _write(out, [_plain(batch.column(name)) for name in wanted])
            _tell(out)
    except (pa.ArrowException, OSError, ValueError, KeyError, MemoryError, NotImplementedError, OverflowError):
        why = "it begins as a Parquet or Arrow file and goes on as something else"
        _tell(out, problem=["E312", why, _AS_CSV])
    return None


def _open(pa: Any, data: bytes, wanted: list[str]) -> tuple[Any, int, Iterator[Any]]:
    if data.startswith(b"PAR1"):
        import pyarrow.parquet as pq  # type: ignore[import-untyped, import-not-found, unused-ignore]

        file = pq.ParquetFile(pa.BufferReader(data), memory_map=False, pre_buffer=False)
        batches = file.iter_batches(batch_size=_BATCH, columns=wanted, use_threads=False)
        return file.schema_arrow, file.metadata.num_rows, batches
    if data.startswith(b"ARROW1"):
        reader = pa.ipc.open_file(pa.BufferReader(data))
        batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
    else:
        batches = reader = pa.ipc.open_stream(pa.BufferReader(data))
    pieces = (batch.slice(a, _BATCH) for batch in batches for a in range(0, batch.num_rows, _BATCH))
    return reader.schema, 0, pieces


def _problem(pa: Any, schema: Any) -> tuple[str, str] | None:
    """What is said of the first column that holds something else than one number or one text a row."""
    if len(set(schema.names)) < len(schema.names):
        return "two of its columns have the same name", "a name of its own for each column"
    types = pa.types
    taken = (types.is_integer, types.is_floating, types.is_boolean, types.is_string, types.is_large_string)
    for name, kind in zip(schema.names, schema.types, strict=True):
        if types.is_dictionary(kind):
            return f"column {name[:40]!r} holds categories", f"df[{name[:40]!r}].astype(str)"
        if isinstance(kind, pa.BaseExtensionType) or not any(is_taken(kind) for is_taken in taken):
            return f"column {name[:40]!r} holds {str(kind)[:40]}: a column holds numbers or text", _AS_CSV
    return None


def _plain(column: Any) -> Any:
    """A NumPy array; a list of texts where they are texts, or a cell is missing, which is a blank one."""
    if column.null_count or "string" in str(column.type):
        return ["" if cell is None else str(cell) for cell in column.to_pylist()]
    return column.to_numpy(zero_copy_only=False)


def _write(out: IO[bytes], columns: Sequence[Any]) -> None:
    parts: list[bytes] = []
    told: list[tuple[str, int]] = []
    for column in columns:
        if isinstance(column, list):
            cells = [cell.encode("utf-8", "replace") for cell in column]
            ends = np.cumsum([len(cell) for cell in cells], dtype=np.int64).tobytes()
            told.append(("text", len(ends)))
            parts += [ends, b"".join(cells)]
        else:
            told.append((column.dtype.str, column.nbytes))
            parts.append(np.ascontiguousarray(column).tobytes())
    _tell(out, columns=told)
    out.writelines(parts)


def _tell(out: IO[bytes], **told: Any) -> None:
    out.write(json.dumps(told).encode() + b"\n")
