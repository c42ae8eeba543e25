"""The second wall, tried in real child processes: what is denied, and what honest plugins do."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("the second wall is Linux's", allow_module_level=True)

from kit.sandbox import kernel, landlock, seccomp

SHUT_IN = """
import ctypes, errno, os, socket, sys, threading
from pathlib import Path
from kit.sandbox import kernel
from kit.sandbox import kernel
from kit.sandbox.walls import shut_in
scratch = Path(sys.argv[1])
os.environ["TMPDIR"] = os.environ["HOME"] = str(scratch)
os.chdir(scratch)
readable = [Path(p) for p in sys.argv[3:]]
walls = shut_in(readable=readable, writable=[scratch, Path("/dev/shm"), Path("/dev/null")], network=sys.argv[2] == "1")
def refused(call):
    try:
        call()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"
"""
# The interpreter, its libraries, our own package. Not to be read and not to be there are two things: joblib, for one,
# reads its group's share of the processor where it sees a file for it.
READABLE = sorted(
    {
        *("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys", "/dev/null", "/dev/urandom"),
        *(sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()),
        str(Path(kernel.__file__).parents[2]),
    }
)
needs_landlock = pytest.mark.skipif(landlock.abi() == 0, reason="needs Landlock")
needs_filter = pytest.mark.skipif(not kernel.architecture(), reason="no filter for this processor")


def inside(scratch: Path, source: str, *, network: bool = False, as_file: bool = False) -> str:
    """What a process behind the wall prints."""
    text = SHUT_IN + source
    file = scratch / "main.py"
    file.write_text(text)
    done = subprocess.run(
        [sys.executable, "-P", *([str(file)] if as_file else ["-c", text]), str(scratch), str(int(network)), *READABLE],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "s"
    folder.mkdir()
    return folder


def test_it_says_what_could_be_put_up(scratch: Path) -> None:
    said = inside(scratch, "print(walls.landlock_abi, walls.seccomp, sorted(walls.reasons))")

    abi, has_filter = landlock.abi(), bool(kernel.architecture())
    assert said.startswith(f"{abi} {has_filter} ")
    assert ("landlock_abi" in said) is (abi == 0)


def test_every_version_of_landlock_knows_at_least_what_the_one_before_knew() -> None:
    bits = [landlock.handled(version) for version in range(1, landlock.NEWEST_ABI + 1)]

    assert [bit.bit_count() for bit in bits] == [13, 14, 15, 15, 16, 16, 16]


@needs_landlock
def test_files_outside_can_neither_be_read_nor_written(scratch: Path) -> None:
    (scratch.parent / "secret").write_text("labels")

    source = """
secret = scratch.parent / "secret"
print(refused(secret.read_text), refused(lambda: secret.write_text("x")), refused(lambda: os.truncate(secret, 0)))
print(refused(lambda: os.listdir(scratch.parent)), refused(lambda: os.link(secret, "here")), refused(secret.unlink))
print(refused(lambda: os.rename(secret, "here")), refused(lambda: (scratch.parent / "new").mkdir()))
print(refused(lambda: os.symlink("..", "up")), refused(lambda: open("up/secret")))
"""
    lines = inside(scratch, source).splitlines()

    assert {word for line in lines[:3] for word in line.split()} <= {"EACCES", "EXDEV"}
    assert lines[3] == "done EACCES"


@needs_landlock
def test_what_is_readable_only_is_not_written_and_its_programs_run(scratch: Path) -> None:
    source = """
import subprocess
import kit
print(refused(lambda: open(kit.__file__, "a")))
print(subprocess.run(["/bin/echo", "ran"], capture_output=True, text=True).stdout)
"""
    assert inside(scratch, source).split() == ["EACCES", "ran"]


@needs_landlock
def test_nobody_makes_device_nodes_and_a_pipe_with_a_name_is_no_device(scratch: Path) -> None:
    source = """
import stat
print(refused(lambda: os.mknod("null", stat.S_IFCHR | 0o600, os.makedev(1, 3))), refused(lambda: os.mkfifo("pipe")))
"""
    assert inside(scratch, source).split() in (["EACCES", "done"], ["EPERM", "done"])


@needs_filter
@pytest.mark.parametrize("name", [name for name in seccomp.DENIED if kernel.number(name) is not None])
def test_a_denied_call_is_denied(scratch: Path, name: str) -> None:
    assert inside(scratch, f"print(refused(lambda: kernel.call({name!r}, 0, 0, 0, 0, 0, 0)))") == "EPERM"


@needs_filter
@pytest.mark.parametrize("name", seccomp.ABSENT)
def test_memory_that_nobody_can_measure_is_answered_as_if_the_kernel_had_none(scratch: Path, name: str) -> None:
    assert inside(scratch, f"print(refused(lambda: kernel.call({name!r}, 0, 0, 0, 0)))") == "ENOSYS"


@needs_filter
def test_buffers_of_sockets_stay_small_and_nobody_hides_what_he_holds(scratch: Path) -> None:
    source = """
pair = socket.socketpair()
size = pair[0].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1000)
pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
print(size == pair[0].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
print(pair[0].getsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED), refused(lambda: kernel.prctl(4, 0)), kernel.prctl(3))
"""
    assert inside(scratch, source).split() == ["True", "1", "EPERM", "1"]


@needs_filter
def test_new_namespaces_are_denied_by_every_way_to_them(scratch: Path) -> None:
    source = """
for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
    print(refused(lambda: kernel.call("clone", flag | 17, 0, 0, 0, 0)))
print(refused(lambda: kernel.call("clone3", bytes(88), 88)))
"""
    assert inside(scratch, source).split() == ["EPERM"] * 7 + ["ENOSYS"]


FAMILIES = """
for family in ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG", "AF_UNIX"):
    kind = socket.SOCK_RAW if family in ("AF_PACKET", "AF_NETLINK") else socket.SOCK_STREAM
    kind = socket.SOCK_SEQPACKET if family == "AF_ALG" else kind
    print(refused(lambda: socket.socket(getattr(socket, family), kind).close()), end=" ")
"""


@needs_filter
def test_internet_sockets_are_denied_where_there_is_no_network_of_ones_own(scratch: Path) -> None:
    assert inside(scratch, FAMILIES).split() == ["EPERM"] * 6 + ["done"]


@needs_filter
def test_internet_sockets_are_there_where_they_reach_nobody_and_no_others(scratch: Path) -> None:
    inet, _, netlink, *others = inside(scratch, FAMILIES, network=True).split()

    assert (inet, netlink, others) == ("done", "done", ["EPERM"] * 3 + ["done"])


@needs_filter
@pytest.mark.skipif(kernel.architecture() != "x86_64", reason="only this processor has them")
def test_calls_of_the_x32_interface_are_denied(scratch: Path) -> None:
    source = """
libc = ctypes.CDLL(None, use_errno=True)
print(libc.syscall(ctypes.c_long(0x40000000 | 39)), errno.errorcode[ctypes.get_errno()])
"""
    assert inside(scratch, source) == "-1 EPERM"


@needs_filter
def test_nothing_is_typed_into_a_terminal(scratch: Path) -> None:
    source = """
import fcntl
print(refused(lambda: fcntl.ioctl(0, 0x5412, b"x")), refused(lambda: fcntl.ioctl(0, 0x541C, b"x")))
"""
    assert inside(scratch, source) == "EPERM EPERM"


@pytest.mark.skipif(landlock.abi() < 6, reason="needs Landlock's scopes")
def test_processes_outside_can_not_be_signalled_and_children_can(scratch: Path) -> None:
    source = """
import signal
print(refused(lambda: os.kill(os.getppid(), 0)))
child = os.fork()
if child == 0:
    signal.pause()
os.kill(child, signal.SIGTERM)
print(os.waitpid(child, 0)[1])
"""
    assert inside(scratch, source).split() == ["EPERM", "15"]


@pytest.mark.skipif(landlock.abi() < 6, reason="needs Landlock's scopes")
def test_abstract_sockets_outside_are_not_reached_and_own_ones_are(scratch: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0kit-{scratch}")
        server.listen()
        source = f"""
own = socket.socket(socket.AF_UNIX)
own.bind("\\0kit-own-{scratch}")
own.listen()
for name in ("\\0kit-{scratch}", "\\0kit-own-{scratch}"):
    print(refused(lambda: socket.socket(socket.AF_UNIX).connect(name)))
"""
        assert inside(scratch, source).split() == ["EPERM", "done"]


def test_no_program_gets_capabilities_back(scratch: Path) -> None:
    source = """
import subprocess
print(subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True).stdout)
"""
    found = dict(line.split(":\t") for line in inside(scratch, source).splitlines() if ":\t" in line)

    assert {found[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert found["NoNewPrivs"] == "1"


def test_a_second_time_changes_nothing(scratch: Path) -> None:
    source = """
again = shut_in(readable=readable, writable=[scratch], network=False)
print(again.landlock_abi == walls.landlock_abi, again.seccomp == walls.seccomp, refused(lambda: open("x", "w").close()))
"""
    assert inside(scratch, source) == "True True done"


def test_it_is_not_put_up_around_one_of_several_threads() -> None:
    source = """
import threading, time
from kit.sandbox.walls import shut_in
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
try:
    shut_in(readable=[], writable=[], network=False)
except RuntimeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-P", "-c", source], capture_output=True, text=True, check=True)

    assert "2 threads" in done.stdout


HONEST = {
    "fork": "child = os.fork()\nif child == 0: os._exit(7)\nprint(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))",
    "threads": "found = []\nthread = threading.Thread(target=found.append, args=[7])\nthread.start()\nthread.join()\n"
    "print(*found)",
    "socketpair": "a, b = socket.socketpair()\na.send(b'7')\nprint(b.recv(1).decode())",
    "unix_socket": "s = socket.socket(socket.AF_UNIX)\ns.bind('s')\ns.listen()\nc = socket.socket(socket.AF_UNIX)\n"
    "c.connect('s')\nc.send(b'7')\nprint(s.accept()[0].recv(1).decode())",
    "shared_memory": "from multiprocessing.shared_memory import SharedMemory\nm = SharedMemory(create=True, size=10)\n"
    "m.buf[0] = 7\nprint(m.buf[0])\nm.close()\nm.unlink()",
    "temporary_file": "import tempfile\nf = tempfile.NamedTemporaryFile('w+')\nf.write('7')\nf.seek(0)\n"
    "print(f.read())",
    "moved_files": "os.mkdir('a')\nos.mkdir('b')\nPath('a/x').write_text('7')\nos.rename('a/x', 'b/y')\n"
    "os.link('b/y', 'a/z')\nprint(Path('a/z').read_text())\nPath('a/z').unlink()\nos.rmdir('a')",
    "subprocess": "import subprocess\n"
    "print(subprocess.run([sys.executable, '-c', 'print(7)'], stdout=-1).stdout.decode())",
    "posix_spawn": "pid = os.posix_spawn('/bin/sh', ['sh', '-c', 'exit 7'], {})\n"
    "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))",
    "memfd": "f = os.memfd_create('x')\nos.write(f, b'7')\nos.lseek(f, 0, 0)\nprint(os.read(f, 1).decode())",
    "asyncio": "import asyncio\nasync def f():\n    p = await asyncio.create_subprocess_exec('true')\n"
    "    return await p.wait() + 7\nprint(asyncio.run(f()))",
    "pidfd": "import signal\npid = os.fork()\nif pid == 0: signal.pause()\nfd = os.pidfd_open(pid)\n"
    "signal.pidfd_send_signal(fd, 9)\nprint(os.waitpid(pid, 0)[1] - 2)",
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_use_works(scratch: Path, name: str) -> None:
    assert inside(scratch, HONEST[name]) == "7"


def pool(way: str) -> str:
    return f"""
import multiprocessing
def square(x):
    return x * x
if __name__ == "__main__":
    with multiprocessing.get_context("{way}").Pool(2) as pool:
        print(*pool.map(square, [2, 3]))
"""


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver"])
def test_pools_of_multiprocessing_work(way: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as short:  # the path of a socket may have about 100 characters
        assert inside(Path(short), pool(way), as_file=True) == "4 9"


def test_joblib_works_with_processes() -> None:
    import tempfile

    source = """
import math
from joblib import Parallel, delayed
print(*Parallel(n_jobs=2)(delayed(math.factorial)(n) for n in range(4)))
"""
    with tempfile.TemporaryDirectory() as short:
        assert inside(Path(short), source, as_file=True) == "1 1 2 6"


@pytest.mark.slow
@pytest.mark.skipif(find_spec("torch") is None, reason="needs torch")
@pytest.mark.parametrize("sharing", ["file_descriptor", "file_system"])
def test_a_dataloader_with_workers_works(sharing: str) -> None:
    import tempfile

    source = f"""
import torch
from torch.utils.data import DataLoader, TensorDataset
torch.multiprocessing.set_sharing_strategy("{sharing}")
if __name__ == "__main__":
    rows = TensorDataset(torch.arange(10.0))
    print(sum(float(batch.sum()) for (batch,) in DataLoader(rows, batch_size=3, num_workers=2)))
"""
    with tempfile.TemporaryDirectory() as short:
        assert inside(Path(short), source, as_file=True) == "45.0"
