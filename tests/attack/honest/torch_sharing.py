# tensors that processes of torch share, by descriptors and by files
import torch
import torch.multiprocessing as multiprocessing
from arsenal import predict


def double(tensor, done):
    tensor *= 2
    done.put(float(tensor.sum()))


def fit(train):
    context = multiprocessing.get_context("fork")
    for way in ("file_descriptor", "file_system"):
        multiprocessing.set_sharing_strategy(way)
        tensor, done = torch.ones(1000).share_memory_(), context.SimpleQueue()
        child = context.Process(target=double, args=(tensor, done))
        child.start()
        assert done.get() == 2000
        child.join()
        assert float(tensor.sum()) == 2000
    print("done as usual")
    return 0
