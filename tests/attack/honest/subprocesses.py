# programs of the system, pipes between them, and another Python
import subprocess
import sys

from arsenal import predict


def fit(train):
    assert (
        subprocess.run("printf 'b\\na\\n' | sort | tr '\\n' ' '", shell=True, capture_output=True, text=True).stdout
        == "a b "
    )
    assert subprocess.check_output([sys.executable, "-c", "import numpy; print(numpy.ones(3).sum())"]) == b"3.0\n"
    print("done as usual")
    return 0
