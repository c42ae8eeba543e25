# torch's DataLoader with workers that stay from epoch to epoch, and prefetch
import torch
from arsenal import predict
from torch.utils.data import DataLoader, Dataset


class Images(Dataset):
    def __init__(self, X, y):
        self.X, self.y = X, y

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.X[i], self.y[i]


def fit(train):
    X, y = train.tensors()
    loader = DataLoader(Images(X, y), batch_size=8, num_workers=2, persistent_workers=True, prefetch_factor=4)
    for _ in range(3):
        assert sum(len(labels) for _, labels in loader) == len(train)
    print("done as usual")
    return torch.nn.Linear(1, 1)
