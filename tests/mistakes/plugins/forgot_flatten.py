# a Linear layer is given images | digits | submit | E202 | 9 | nn.Flatten() before it
import torch
from torch.nn import functional as F


def fit(train):
    X, y = train.tensors()  # (n, 1, 8, 8), (n,)
    net = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
    loss = F.cross_entropy(net(X), y)
    loss.backward()
    return net
