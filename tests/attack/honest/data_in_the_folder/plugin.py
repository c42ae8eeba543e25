# relative data in the plugin's own folder, and modules of its own in a package
from pathlib import Path

from .parts.reader import words

from arsenal import predict


def fit(train):
    assert words(Path(__file__).parent / "data" / "words.txt") == ["one", "two"]
    assert Path(__file__).with_name("facts.json").exists()
    print("done as usual")
    return 0
