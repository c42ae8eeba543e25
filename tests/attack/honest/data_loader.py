# torch's DataLoader with two workers, which are processes that send tensors through shared memory
import torch
from arsenal import predict
from torch.utils.data import DataLoader, TensorDataset


def fit(train):
    X, y = train.tensors()
    seen = 0
    for images, labels in DataLoader(TensorDataset(X, y), batch_size=16, num_workers=2, shuffle=True):
        assert images.shape[1:] == X.shape[1:]
        seen += len(labels)
    assert seen == len(train)
    print("done as usual")
    return 0
