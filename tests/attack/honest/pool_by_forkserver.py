# a pool of processes that a server forks, which is reached by a socket
import multiprocessing

from arsenal import predict


def square(i):
    return i * i


def fit(train):
    with multiprocessing.get_context("forkserver").Pool(2) as pool:
        assert pool.map(square, range(100)) == [i * i for i in range(100)]
    print("done as usual")
    return 0
