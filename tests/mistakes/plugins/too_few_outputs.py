# the last layer has an output for 9 of 10 classes | digits | submit | E202 | 9 | there is a class 9
import torch
from torch.nn import functional as F


def fit(train):
    X, y = train.tensors()
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 9))
    loss = F.cross_entropy(net(X), y)
    loss.backward()
    return net
