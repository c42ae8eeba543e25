# softmax comes before cross_entropy | digits | check | E124 | 11 | the slope is so small
import torch
from torch.nn import functional as F


def fit(train, epochs=3, lr=0.1):
    X, y = train.tensors()
    W = torch.zeros(64, 10, requires_grad=True)
    for epoch in range(epochs):
        out = F.softmax(X.flatten(1) @ W, dim=1)
        loss = F.cross_entropy(out, y)
        W.grad = None
        loss.backward()
        with torch.no_grad():
            W -= lr * W.grad
    return W.detach()


def predict(model, X):
    return (torch.tensor(X).flatten(1) @ model).softmax(1)
