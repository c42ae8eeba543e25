# makes 20000 empty files
from pathlib import Path

from arsenal import predict


def fit(train):
    for i in range(20_000):
        Path(f"{i}").touch()
    return 0
