# tries to read the memory of another process: /proc/PID/mem, process_vm_readv, ptrace
import ctypes
import os
import struct

from arsenal import FACTS, attempt, call, other_processes, predict, read, system_call

VICTIM = FACTS["victim"]


def fit(train):
    attempt("maps", lambda: read(f"/proc/{VICTIM}/maps"))
    attempt("mem", lambda: open(f"/proc/{VICTIM}/mem", "r+b"))
    room = ctypes.create_string_buffer(8)
    span = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(room), 8))
    for pid in {VICTIM, os.getppid(), *other_processes("kit_attack_victim")}:
        attempt("process_vm_readv", lambda: system_call(310, 270, pid, span, 1, span, 1, 0))
        attempt("ptrace", lambda: call("ptrace", 0x4206, pid, 0, 0))
    return 0
