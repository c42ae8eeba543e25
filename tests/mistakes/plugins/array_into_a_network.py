# predict hands an array to a network | digits | submit | E202 | 13 | X = torch.as_tensor(X)
import torch
from torch import nn


def fit(train):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 6 * 6, 10))


def predict(model, X):
    with torch.no_grad():
        return model(X).argmax(1)
