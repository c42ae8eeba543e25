# matplotlib, which keeps a cache of fonts in its home and draws into a file
import matplotlib

matplotlib.use("agg")
from arsenal import predict


def fit(train, run):
    from matplotlib import pyplot

    pyplot.plot([1, 2, 3])
    pyplot.savefig(run.workdir / "curve.png")
    assert (run.workdir / "curve.png").stat().st_size > 1000
    print("done as usual")
    return 0
