# an array in shared memory, a lock and a manager
import multiprocessing
from multiprocessing import shared_memory

import numpy as np
from arsenal import predict


def fill(name, i, lock, notes):
    memory = shared_memory.SharedMemory(name)
    with lock:
        np.frombuffer(memory.buf, np.int64)[i] = i
        notes.append(i)


def fit(train):
    context = multiprocessing.get_context("fork")
    memory = shared_memory.SharedMemory(create=True, size=8 * 8)
    with context.Manager() as manager:
        lock, notes = context.Lock(), manager.list()
        children = [context.Process(target=fill, args=(memory.name, i, lock, notes)) for i in range(8)]
        for child in children:
            child.start()
        for child in children:
            child.join()
        assert sorted(notes) == np.frombuffer(memory.buf, np.int64, 8).tolist() == list(range(8))
    memory.unlink()
    print("done as usual")
    return 0
