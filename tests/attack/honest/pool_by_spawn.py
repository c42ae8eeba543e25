# a pool of processes that are started anew and import the plugin
import multiprocessing

from arsenal import predict


def square(i):
    return i * i


def fit(train):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(square, range(100)) == [i * i for i in range(100)]
    print("done as usual")
    return 0
