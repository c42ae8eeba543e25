# temporary files and folders, renamed, linked, truncated, and 50 MB of them
import os
import shutil
import tempfile
from pathlib import Path

from arsenal import predict


def fit(train, run):
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.NamedTemporaryFile() as file,
        tempfile.TemporaryFile() as other,
    ):
        for _ in range(50):
            file.write(bytes(1 << 20))
        other.write(b"x")
        Path(folder, "a").write_text("a")
        os.link(Path(folder, "a"), Path(folder, "b"))
        os.symlink("a", Path(folder, "c"))
        Path(folder, "a").rename(Path(folder, "d"))
        shutil.copytree(folder, run.workdir / "copy", symlinks=True)
        os.truncate(Path(folder, "d"), 0)
    (Path.home() / ".settings").write_text("x")
    assert sorted(path.name for path in (run.workdir / "copy").iterdir()) == ["b", "c", "d"]
    print("done as usual")
    return 0
