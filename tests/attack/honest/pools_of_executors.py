# pools of processes and of threads of concurrent.futures, in every way that processes begin
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed

from arsenal import predict


def square(i):
    return i * i


def fit(train):
    wanted = [i * i for i in range(20)]
    for way in ("fork", "spawn", "forkserver"):
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(way)) as pool:
            assert list(pool.map(square, range(20), chunksize=5)) == wanted
    with ThreadPoolExecutor(8) as pool:
        assert sorted(each.result() for each in as_completed([pool.submit(square, i) for i in range(20)])) == wanted
    print("done as usual")
    return 0
