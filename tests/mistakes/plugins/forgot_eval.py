# dropout is still on while predicting | digits | check | E205 | 11 | nn.Dropout (line 9) still switches other neurons off
import torch
from torch import nn


def fit(train):
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 64), nn.Dropout(0.5), nn.Linear(64, 10)
    )
    return net


def predict(model, X):
    with torch.no_grad():
        return model(torch.tensor(X)).softmax(1)
