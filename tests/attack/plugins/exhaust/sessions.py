# has children that sleep past the limit, in sessions of their own
import subprocess

from arsenal import predict


def fit(train):
    for _ in range(20):
        subprocess.Popen(["sleep", "300"], start_new_session=True)
    subprocess.run(["sh", "-c", "trap '' TERM INT HUP; setsid sleep 300 & sleep 300 & wait"])
    return 0
