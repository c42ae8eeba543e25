"""Trouble with a disk, in words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from kit.disk import disk_errors
from kit.errors import StorageError


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "E703"), (errno.EACCES, "E706"), (errno.EROFS, "E706")])
def test_a_full_disk_is_told_apart_from_a_forbidden_one(number: int, code: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught, disk_errors(tmp_path):
        raise OSError(number, os.strerror(number), str(tmp_path / "x"))
    assert caught.value.code == code
    assert str(tmp_path) in caught.value.problem.message
