# programs of its own: this Python, with a script and packages, by pipes and by a shell
import subprocess
import sys

from arsenal import predict


def fit(train, run):
    (run.workdir / "script.py").write_text(
        "import sys, numpy\nprint(numpy.sum([int(w) for w in sys.stdin.read().split()]))\n"
    )
    done = subprocess.run([sys.executable, "script.py"], input="1 2 3", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "6"
    done = subprocess.run([sys.executable, "-m", "json.tool"], input="[1]", capture_output=True, text=True, check=True)
    assert "1" in done.stdout
    done = subprocess.run("seq 5 | wc -l", shell=True, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "5"
    print("done as usual")
    return 0
