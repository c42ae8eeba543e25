# the labels are made floats | digits | submit | E202 | 9 | y.long()
import torch
from torch.nn import functional as F


def fit(train):
    X, y = torch.tensor(train.X), torch.tensor(train.y, dtype=torch.float32)
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))
    loss = F.cross_entropy(net(X), y)
    loss.backward()
    return net
