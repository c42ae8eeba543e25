# gradients are never set back to 0 | digits | check | E121 | 11 | Gradients add up
import torch
from torch.nn import functional as F


def fit(train, epochs=3, lr=0.1):
    X, y = train.tensors()
    W = torch.zeros(64, 10, requires_grad=True)
    for epoch in range(epochs):
        loss = F.cross_entropy(X.flatten(1) @ W, y)
        loss.backward()
        with torch.no_grad():
            W -= lr * W.grad
    return W.detach()


def predict(model, X):
    return (torch.tensor(X).flatten(1) @ model).softmax(1)
