"""Files that hold columns of numbers and texts: Parquet, Arrow, ``.npz`` and ``.npy`` (E311, E312, E317).

What they are is told by their first bytes. Of their types those are taken that are one number or one text a row.
"""

from __future__ import annotations

import ast
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from kit.submission.cells import Cells
from kit.submission.findings import Findings, listed, shown
from kit.submission.packed import ZIP, are_arrays, member, members
from kit.submission.rows import Batch
from kit.submission.text import SPARE_LINES, too_large

NPY = b"\x93NUMPY"
PARQUET = b"PAR1"
ARROW_FILE = b"ARROW1"
ARROW_STREAM = b"\xff\xff\xff\xff"
_BATCH = 2**15
_MAX_TEXT_BYTES = 2**17
_MAX_HEADER = 2**16


class Table(Protocol):
    """Named columns of one length."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns."""

    def batches(self, names: Mapping[str, str], id_column: str, findings: Findings) -> Iterator[Batch]:
        """The rows, of some columns.

        Parameters
        ----------
        names
            What a column is called in a batch -> what it is called in the file.
        id_column
            Which of them, as it is called in a batch, tells the rows.
        findings
            Where problems go.
        """


def open_table(data: bytes, *, header: Sequence[str], n_rows: int, limit: int, findings: Findings) -> Table | None:
    """The columns of a file; None where it is no such file.

    Parameters
    ----------
    data, header
        The file, and the columns that are asked for, that of the ids first.
    n_rows, limit
        Rows that are asked for, and most bytes that are read. Many more rows than that are not read.
    findings
        Where problems go.

    Raises
    ------
    ParticipantVisibleError
        E301, if it is such a file and can't be read.
    """
    if data.startswith((PARQUET, ARROW_FILE, ARROW_STREAM)):
        from kit.submission.arrow import ArrowTable  # few send such files

        return ArrowTable(data, header=header, limit=limit, n_rows=n_rows, findings=findings)
    if data.startswith(NPY):
        return Arrays(_fields(data, header, limit, findings), n_rows, findings)
    if data.startswith(ZIP) and are_arrays(infos := members(data, findings)):
        return Arrays(_members(data, infos, header, limit, findings), n_rows, findings)
    return None


def require_rows(n: int, n_rows: int, findings: Findings) -> None:
    """Refuse a table of many more rows than are asked for (E311)."""
    if n > 2 * n_rows + SPARE_LINES:
        refuse(findings, "E311", f"it has {n} rows, and {n_rows} are asked for", "only one row per id")


def refuse(findings: Findings, code: str, message: str, fix: str) -> NoReturn:
    """Add a problem, the last one, and raise all."""
    findings.add(code, message, fix=fix)
    raise findings.error()


class Arrays:
    """The arrays of a NumPy file."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], n_rows: int, findings: Findings) -> None:
        lengths = {len(array) for array in arrays.values()}
        if len(lengths) > 1:
            told = listed([f"{shown(name)} {len(array)}" for name, array in arrays.items()])
            refuse(findings, "E317", f"its arrays have different lengths: {told}", "one answer for every id")
        require_rows(max(lengths, default=0), n_rows, findings)
        self._arrays = arrays

    @property
    def names(self) -> tuple[str, ...]:
        """Of the arrays."""
        return tuple(self._arrays)

    def batches(self, names: Mapping[str, str], id_column: str, findings: Findings) -> Iterator[Batch]:  # noqa: ARG002
        """See `Table`."""
        arrays = {name: self._arrays[own] for name, own in names.items()}
        for begin in range(0, len(arrays[id_column]), _BATCH):
            yield batch_of({name: array[begin : begin + _BATCH] for name, array in arrays.items()}, id_column, begin)


def batch_of(columns: Mapping[str, NDArray[Any] | Sequence[str]], id_column: str, begin: int) -> Batch:
    """Rows from `begin` on, of columns of numbers or texts."""
    lines = np.arange(begin, begin + len(columns[id_column]))
    cells = [_cells(name, column, lines) for name, column in columns.items()]
    ids = next(column for column in cells if column.name == id_column)
    texts = ids.texts if ids.numbers is None else [str(number) for number in ids.numbers.tolist()]
    return Batch(lines=lines, ids=texts, columns=[column for column in cells if column.name != id_column])


def _cells(name: str, column: NDArray[Any] | Sequence[str], lines: NDArray[np.int64]) -> Cells:
    if not isinstance(column, np.ndarray):
        return Cells(name=name, texts=column, lines=lines)
    if column.dtype.kind == "S":
        return Cells(name=name, texts=[cell.decode("utf-8", "replace") for cell in column.tolist()], lines=lines)
    if column.dtype.kind == "U":
        return Cells(name=name, texts=[_printable(cell) for cell in column.tolist()], lines=lines)
    return Cells(name=name, texts=(), lines=lines, numbers=column)


def _printable(cell: str) -> str:
    """Without halves of characters, which no terminal could show."""
    return cell.encode("utf-8", "replace").decode()


def _members(
    data: bytes, infos: Sequence[zipfile.ZipInfo], header: Sequence[str], limit: int, findings: Findings
) -> dict[str, NDArray[Any]]:
    """The arrays of an ``.npz`` by name: one for each column, or one of several columns beside that of the ids."""
    arrays: dict[str, NDArray[Any]] = {}
    for info in infos:
        content = member(data, info, limit=limit, findings=findings)
        limit -= len(content)
        arrays[info.filename.removesuffix(".npy")] = _array(content, info.filename, findings)
    return _columns(arrays, header, findings)


def _columns(arrays: Mapping[str, NDArray[Any]], header: Sequence[str], findings: Findings) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        is_matrix = array.ndim == 2 and array.dtype.names is None
        if is_matrix and len(arrays) == 2 and header[0] in arrays and array.shape[1] == len(header) - 1:
            columns |= dict(zip(header[1:], array.T, strict=True))  # in the order of the sample submission
        elif array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1):
            columns[name] = array.reshape(-1)
        else:
            fix = _npz_fix(header)
            refuse(findings, "E317", f"array {shown(name)} has the shape {array.shape}: one column is (n,)", fix)
    return columns


def _fields(data: bytes, header: Sequence[str], limit: int, findings: Findings) -> dict[str, NDArray[Any]]:
    """The fields of an ``.npy``. A plain array has no ids, so nobody could tell what answers what."""
    if len(data) > limit:
        refuse(findings, *too_large(limit))
    array = _array(data, "it", findings, is_record=True)
    if array.dtype.names is None:
        message = f"it is an array of shape {array.shape} without ids: an answer has to stand beside its id"
        refuse(findings, "E317", message, _npz_fix(header))
    if array.ndim != 1:
        refuse(findings, "E317", f"its shape is {array.shape}: one row per id is (n,)", _npz_fix(header))
    fields = {name: array[name] for name in array.dtype.names}
    for name, field in fields.items():
        _require_type(field, name, findings)
    return fields


def _array(content: bytes, name: str, findings: Findings, *, is_record: bool = False) -> NDArray[Any]:
    """An array that lies in the bytes; nothing in them is run, and their header claims no more than there is."""
    what = name if name == "it" else shown(name)
    try:
        shape, is_fortran, dtype, begin = _npy_header(content)
    except (ValueError, TypeError, SyntaxError, LookupError, ArithmeticError, MemoryError, RecursionError):
        refuse(findings, "E312", f"{what} begins as a NumPy array and goes on as something else", "np.savez(…)")
    if dtype.hasobject:
        message = f"{what} holds Python objects, which are not opened: they may run anything"
        refuse(findings, "E317", message, "arrays of text or numbers:   ids.astype(str)")
    n_items = int(np.prod([int(n) for n in shape], dtype=object)) if shape else 1
    if len(shape) > 2 or n_items * dtype.itemsize != len(content) - begin:
        got = f"{what} has the shape {shape} of {dtype.str if dtype.names is None else 'fields'}"
        refuse(findings, "E312", f"{got}, and other bytes than that", "save it again")
    if not dtype.itemsize or not n_items:
        return np.empty(shape, np.float64 if dtype.names is None else dtype)
    array: NDArray[Any] = np.frombuffer(content, dtype, n_items, begin)
    array = array.reshape(shape, order="F" if is_fortran else "C")
    if not is_record:
        _require_type(array, name.removesuffix(".npy"), findings)
    return array


def _npy_header(content: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, order, type and place of the numbers of a ``.npy``: NumPy's own reader also tries Python 2."""
    major = content[6]
    width = 2 if major == 1 else 4
    begin = 8 + width + int.from_bytes(content[8 : 8 + width], "little")
    if major not in (1, 2, 3) or begin > min(len(content), _MAX_HEADER):
        raise ValueError
    told = ast.literal_eval(content[8 + width : begin].decode("utf-8" if major == 3 else "latin-1").strip())
    shape, is_fortran = told["shape"], told["fortran_order"]
    if not all(type(n) is int and n >= 0 for n in shape) or type(shape) is not tuple or type(is_fortran) is not bool:
        raise ValueError
    return shape, is_fortran, np.lib.format.descr_to_dtype(told["descr"]), begin


def _require_type(array: NDArray[Any], name: str, findings: Findings) -> None:
    kind = array.dtype.kind
    if kind not in "biufSU" or array.dtype.itemsize > _MAX_TEXT_BYTES or (kind == "f" and array.dtype.itemsize > 8):
        told = "dates" if kind in "mM" else "complex numbers" if kind == "c" else str(array.dtype)[:40]
        message = f"{shown(name)} holds {told}: a column holds numbers or text"
        refuse(findings, "E317", message, "numbers (float64, int64) or text (str)")


def _npz_fix(header: Sequence[str]) -> str:
    columns = ", ".join(f"{name}={'ids' if place == 0 else 'answers'}" for place, name in enumerate(header[:2]))
    return f'np.savez("preds.npz", {columns})'
