# tries to open the kernel's settings for writing
import os

from arsenal import attempt, predict

FILES = (
    "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches", "/proc/1/oom_score_adj",
    "/sys/kernel/uevent_helper", "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/pids/cgroup.procs", "/proc/kcore",
)  # fmt: skip


def fit(train):
    for path in FILES:
        attempt(path, lambda path=path: os.open(path, os.O_RDONLY if path.endswith("kcore") else os.O_WRONLY))
    return 0
