# 64 threads with a queue
import queue
import threading

from arsenal import predict


def fit(train):
    waiting, done = queue.Queue(), queue.Queue()

    def work():
        while (item := waiting.get()) is not None:
            done.put(item * item)

    threads = [threading.Thread(target=work) for _ in range(64)]
    for thread in threads:
        thread.start()
    for item in [*range(1000), *[None] * 64]:
        waiting.put(item)
    for thread in threads:
        thread.join()
    assert sum(done.queue) == sum(i * i for i in range(1000))
    print("done as usual")
    return 0
