"""What there is inside a sandbox of namespaces: a list of mounts, in the order in which they are made.

::

    /usr /lib* /bin /sbin         programs and libraries of the system                     read-only
    /etc                          ld.so.cache and alternatives; passwd, group, hosts and nsswitch.conf made up
    the interpreter's prefixes    where they are outside, without what may lie beside them
    /in/lib/kit                   this package, and not the folder it is in
    /in/job.json /in/plugin       the job, exactly the submitted files
    /in/data/train /in/data/valid
    /in/weights/NAME.pth          the pretrained weights that the job may use              read-only
    /scratch /tmp /dev/shm        empty, of limited size                                   read-write
    /proc /dev                    of the sandbox's own

Everything else does not exist. Over scikit-learn's own data, which hold the answers of its competitions, and over what
is private and lies in a folder that is mounted, there is an empty folder. Who makes the mounts makes the root read-only
afterwards. Linux only.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from kit.job import Job, Limits
from kit.sandbox.child import settings

PLUGIN, DATA, LIBRARY, JOB, SCRATCH = "/in/plugin", "/in/data", "/in/lib", "/in/job.json", "/scratch"
WEIGHTS = "/in/weights"
TEMPORARY, SHARED_MEMORY = "/tmp", "/dev/shm"  # noqa: S108 - the sandbox's own
WRITABLE = (SCRATCH, TEMPORARY, SHARED_MEMORY)
"""The folders in memory."""
DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts")
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache", "/etc/alternatives")
_OF_PREFIX = ("bin", "lib", "lib32", "lib64", "libexec", "include", "pyvenv.cfg")
_MADE_UP = {
    "/etc/passwd": "sandbox:x:65534:65534:sandbox:/scratch:/bin/sh\n",
    "/etc/group": "sandbox:x:65534:\n",
    "/etc/hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",  # nobody waits for a name server
}
_NVIDIA = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset")
_PACKAGE = Path(__file__).resolve().parents[1]
_PAGE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One thing inside.

    Parameters
    ----------
    kind
        ``bind``: a file or folder of the host, read-only with all that is mounted in it. ``device``: one of its device
        nodes. ``link``: a symbolic link. ``file``: a file with a made-up text, read-only. ``empty``: an empty folder,
        read-only as soon as all mounts are made. ``tmpfs``: an empty folder to write in. ``proc``, ``dev``: new ones.
    target
        Where it is inside. The folders above it are made where they are missing.
    source
        Path of the host; what a link leads to; the text of a file.
    size
        Bytes of a tmpfs.
    """

    kind: Literal["bind", "device", "link", "file", "empty", "tmpfs", "proc", "dev"]
    target: str
    source: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is inside, and what begins there.

    Parameters
    ----------
    mounts
        In the order in which they are made.
    environment
        All variables.
    command
        The worker, as it is started inside: in `SCRATCH`.
    readable, writable
        For the second wall: files and folders that may be read, and that may be changed.
    """

    mounts: tuple[Mount, ...]
    environment: dict[str, str]
    command: tuple[str, ...]
    readable: tuple[Path, ...]
    writable: tuple[Path, ...]


def inside(job: Job) -> Job:
    """`job` with its paths as they are inside."""
    return replace(
        job,
        plugin=PLUGIN,
        train=job.train and f"{DATA}/train",
        valid=job.valid and f"{DATA}/valid",
        weights={name: _weights(name) for name in job.weights},
    )


def _weights(name: str) -> str:
    return f"{WEIGHTS}/{name}.pth"


def view(job: Job, limits: Limits, job_file: Path | None) -> View:
    """What `job` sees.

    Parameters
    ----------
    job
        With its paths as they are outside.
    limits
        What the run may use: how large the folders in memory are, and which devices there are.
    job_file
        File of the host that holds `inside` of the job as JSON; None for none.
    """
    scratch = (limits.scratch_limit_mib << 20) + _PAGE  # one page more, so that who fills it is seen over the limit
    given = {JOB: str(job_file or ""), PLUGIN: job.plugin, f"{DATA}/train": job.train, f"{DATA}/valid": job.valid}
    given |= {_weights(name): file for name, file in job.weights.items()}
    seen = programs(_private(job))
    mounts = (
        # First, because an environment may lie in the host's folder of that name, and is seen in ours then.
        Mount(kind="tmpfs", target=TEMPORARY, size=scratch),
        *_kept_empty(seen),
        *seen,
        *(Mount(kind="bind", target=target, source=source) for target, source in given.items() if source),
        Mount(kind="proc", target="/proc"),
        Mount(kind="dev", target="/dev"),
        *_devices(limits.devices),
        Mount(kind="tmpfs", target=SCRATCH, size=scratch),
        Mount(kind="tmpfs", target=SHARED_MEMORY, size=limits.memory_limit_mib << 19),  # half of it, as Linux does
    )
    devices = [Path("/dev", name) for name in DEVICES]
    devices += [Path(mount.target) for mount in mounts if mount.kind == "device"]
    return View(
        mounts=mounts,
        environment=_environment(job, limits),
        command=(sys.executable, "-P", "-m", "kit.worker", JOB),
        readable=tuple(dict.fromkeys(path for mount in mounts for path in _readable(mount))),
        writable=(*map(Path, WRITABLE), *devices),
    )


def _kept_empty(programs: Iterable[Mount]) -> Iterator[Mount]:
    """Read-only folders for what is mounted in the folder of temporary files, or one could write beside it."""
    targets = {Path(mount.target) for mount in programs if Path(mount.target).is_relative_to(TEMPORARY)}
    for top in sorted({Path(*target.parts[:3]) for target in targets} - targets):
        yield Mount(kind="empty", target=str(top))


def _readable(mount: Mount) -> Iterator[Path]:
    """Files and folders that may be read because of `mount`."""
    target = Path(mount.target)
    if mount.kind not in ("tmpfs", "link", "device"):
        yield target
    if mount.kind == "bind" and len(target.parts) > 2 and target.parts[1] != "etc":
        yield target.parent  # Python lists the folder in which it looks for a package


@lru_cache(maxsize=8)
def programs(private: tuple[Path, ...]) -> tuple[Mount, ...]:
    """Programs and libraries, with an empty folder over each of `private` that lies in one of them."""
    mounts: dict[Path, Mount] = {}
    for path in map(Path, _SYSTEM):
        if path.exists():
            mounts[path] = _link_or_bind(path, is_there=path.is_symlink())
    _hide(private, mounts)
    for path in _interpreter():
        if path.exists() and not _is_seen(path, mounts) and not any(place.is_relative_to(path) for place in _places()):
            mounts[path] = _link_or_bind(path, is_there=path.is_symlink() and _is_seen(path.resolve(), mounts))
    folders = [path for path, mount in mounts.items() if mount.kind == "bind"]
    _hide((*_shipped_data(folders), *private), mounts)
    made_up = (Mount(kind="file", target=target, source=text) for target, text in _MADE_UP.items())
    # What lies in another one comes after it: a venv in a checkout that is hidden is seen.
    ordered = sorted(mounts.items(), key=lambda item: len(item[0].parts))
    return (*(mount for _, mount in ordered), *made_up, *_own_package())


def _link_or_bind(path: Path, *, is_there: bool) -> Mount:
    """A link as it is, where what it leads to `is_there`; else what is at its end."""
    if is_there:
        return Mount(kind="link", target=str(path), source=str(path.readlink()))
    return Mount(kind="bind", target=str(path), source=str(path.resolve()))


def _hide(private: Iterable[Path], mounts: dict[Path, Mount]) -> None:
    for path in private:
        if path.is_dir() and path not in mounts and _is_seen(path, mounts):
            mounts[path] = Mount(kind="empty", target=str(path))


def _is_seen(path: Path, mounts: Mapping[Path, Mount]) -> bool:
    """Whether a path of the host is the same inside: the nearest thing mounted above it is no empty folder."""
    above = (mounts[folder] for folder in (path, *path.parents) if folder in mounts)
    nearest = next(above, None)
    return nearest is not None and nearest.kind != "empty"


def _interpreter() -> Iterator[Path]:
    """What the interpreter of this process needs: both of its prefixes, and all packages that it finds.

    Of a prefix only the folders of programs are taken. It may be a whole checkout, or ``~/.local``.
    """
    for prefix in dict.fromkeys((sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)):
        for form in dict.fromkeys((Path(prefix), Path(prefix).resolve())):
            yield from (form / name for name in _OF_PREFIX)
    yield from _hops(Path(sys.executable))
    yield from map(Path, dict.fromkeys((sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))))
    folders = [Path(folder) for folder in _site_folders()]
    yield from folders
    for folder in folders:
        yield from _linked(folder)


def _hops(path: Path) -> Iterator[Path]:
    """Every link from `path` to the file it is at last. A venv's ``python`` leads to the one it was made with."""
    for _ in range(40):
        yield path
        if not path.is_symlink():
            return
        path = Path(os.path.normpath(path.parent / path.readlink()))


def _site_folders() -> list[str]:
    return [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]


def _linked(folder: Path) -> Iterator[Path]:
    """Folders that ``.pth`` files and editable installs lead to; of a project's root only its packages."""
    lines = [line.strip() for file in sorted(folder.glob("*.pth")) for line in _lines(file)]
    roots = [folder / line for line in lines if line and not line.startswith(("#", "import ", "import\t"))]
    for root in roots:
        is_project = any((root / name).exists() for name in ("pyproject.toml", "setup.py", ".git", ".kit", "kit.toml"))
        if not is_project:
            yield root
        elif root.resolve() != _PACKAGE.parent:  # ours is mounted elsewhere
            yield from (path.parent for path in root.glob("*/__init__.py"))
            yield from root.glob("*.py")
    for finder in sys.meta_path:  # those of setuptools have a table
        table = getattr(sys.modules.get(getattr(finder, "__module__", "")), "MAPPING", {})
        yield from (Path(path) for path in table.values() if isinstance(path, str) and Path(path) != _PACKAGE)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:  # Python itself goes on without it
        return []


def _shipped_data(mounted: Iterable[Path]) -> Iterator[Path]:
    """Folders with the data of scikit-learn, of every copy that can be seen."""
    libraries = [*mounted, *(Path(f"{top}/{lib}") for top in ("/usr", "/usr/local") for lib in ("lib", "lib64"))]
    for library in libraries:
        for pattern in ("", "python3*/site-packages/", "python3*/dist-packages/", "python3/dist-packages/"):
            for name in ("data", "tests"):
                yield from library.glob(f"{pattern}sklearn/datasets/{name}")


@lru_cache(maxsize=1)
def _places() -> tuple[Path, ...]:
    """Folders that are never mounted as a whole, nor one above them: somebody's home, and our checkout."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
    checkout = _PACKAGE.parent if (_PACKAGE.parent / "pyproject.toml").exists() else home
    return tuple(dict.fromkeys(form for path in (home, checkout) for form in (path.absolute(), path.resolve())))


def _private(job: Job) -> tuple[Path, ...]:
    """Folders that nobody inside may see, wherever they are."""
    named = [os.environ.get(name) for name in ("KIT_DATA_HOME", "KIT_CACHE_HOME", "SCIKIT_LEARN_DATA")]
    found = [Path(folder) for folder in named if folder]
    for path in (Path(job.plugin), Path(job.train), Path(job.valid)):
        found += [above.parent for above in path.parents if above.name == ".kit"]  # a workspace
    # The forms with and without links, because either may lie in what is mounted.
    forms = (form for path in found for form in (path.absolute(), path.resolve()))
    return tuple(dict.fromkeys((*_places(), *forms)))


def _own_package() -> Iterator[Mount]:
    yield Mount(kind="bind", target=f"{LIBRARY}/kit", source=str(_PACKAGE))
    if (_PACKAGE / "_bundled").is_dir():
        yield Mount(kind="empty", target=f"{LIBRARY}/kit/_bundled")


def _devices(devices: str) -> Iterator[Mount]:
    """Nodes of the graphics cards that are granted."""
    if devices != "cpu":
        for name in (*(f"nvidia{index}" for index in devices.split(",")), *_NVIDIA):
            if Path("/dev", name).exists():
                yield Mount(kind="device", target=f"/dev/{name}", source=f"/dev/{name}")


def _environment(job: Job, limits: Limits) -> dict[str, str]:
    fixed = settings(job, limits, home=SCRATCH, temporary=TEMPORARY)
    # Nothing can be written beside the modules: it need not be tried for each.
    return fixed | {"PATH": "/usr/bin:/bin", "PYTHONPATH": LIBRARY, "PYTHONDONTWRITEBYTECODE": "1"}
