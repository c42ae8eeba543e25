"""Folders that can't lie in a repository: links, pipes, devices, names that clash. A function makes each."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path


def case_clash(folder: Path) -> None:
    (folder / "Net.py").write_text("x = 1\n")
    (folder / "net.py").write_text("x = 2\n")


def forms_of_letters(folder: Path) -> None:
    (folder / "n\u00e4.py").write_text("x = 1\n")
    (folder / "na\u0308.py").write_text("x = 2\n")


def link(folder: Path) -> None:
    (folder / "notes.txt").symlink_to("../../.kit/prepared/vault/private/solution.csv")


def link_to_a_folder(folder: Path) -> None:
    (folder / "data").symlink_to("../../.kit/prepared/vault/private")


def linked_plugin(folder: Path) -> None:
    (folder / "plugin.py").unlink()
    (folder / "plugin.py").symlink_to("../rival.py")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "weights.bin")


def device(folder: Path) -> None:
    os.mknod(folder / "weights.bin", stat.S_IFCHR | 0o666, os.makedev(1, 5))


def escapes(folder: Path) -> None:
    (folder / "a\x1b[2J\x07.txt").write_text("x")


def bidirectional(folder: Path) -> None:
    (folder / "a\u202etxt.exe").write_text("x")


def no_unicode(folder: Path) -> None:
    (folder / os.fsdecode(b"a\xff.txt")).write_text("x")


def backslashes(folder: Path) -> None:
    (folder / "..\\..\\kit.toml").write_text("x")


def too_many(folder: Path) -> None:
    for i in range(600):
        (folder / f"{i}.txt").touch()


def too_deep(folder: Path) -> None:
    (folder / "/".join("d" * 12)).mkdir(parents=True)
    (folder / "/".join("d" * 12) / "x.txt").touch()


def started_by_others(folder: Path) -> None:
    """Files that Python or tools run by themselves; a plugin may have them, and nobody runs them."""
    for name in ("sitecustomize", "usercustomize", "conftest", "setup", "__main__", "__init__"):
        (folder / f"{name}.py").write_text(f'open("/tmp/kit_attack_{name}", "w")\nprint("REACHED {name}")\n')
    (folder / "kit_attack.pth").write_text('import os; open("/tmp/kit_attack_pth", "w")\n')
    (folder / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "setup"\n')
    (folder / "kit.toml").write_text('[sandbox]\nname = "process"\n')


def sparse(folder: Path) -> None:
    with (folder / "weights.bin").open("wb") as file:
        file.truncate(1 << 40)


DRESSED: dict[str, Callable[[Path], None]] = {
    dress.__name__: dress
    for dress in (
        case_clash,
        forms_of_letters,
        link,
        link_to_a_folder,
        linked_plugin,
        pipe,
        device,
        escapes,
        bidirectional,
        no_unicode,
        backslashes,
        too_many,
        too_deep,
        sparse,
    )
}
