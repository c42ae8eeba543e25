# fills folders with links and extended attributes
import os

from arsenal import predict


def fit(train):
    n = 0
    try:
        for i in range(30000):
            os.symlink("x" * 4000, f"l{i}")
            n += 1
    except OSError as e:
        print(e)
    try:
        for i in range(2000):
            open(f"x{i}", "w").close()
            os.setxattr(f"x{i}", "user.a", b"x" * 60000)
            n += 1
    except OSError as e:
        print("xattr", e)
    print(n)
    return 0
