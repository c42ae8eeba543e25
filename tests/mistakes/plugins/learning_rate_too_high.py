# the learning rate is a thousand times too high | breast-cancer | submit | E204 | 17 | a smaller learning rate: lr=1
import numpy as np


def fit(train, run, epochs=200, lr=10.0):
    X, y = train.flat.astype(float), train.y
    w = np.zeros(X.shape[1])
    for epoch in range(1, epochs + 1):
        with np.errstate(all="ignore"):
            error = X @ w - y
            w -= lr * X.T @ error / len(X)
            loss = (error**2).mean()
        run.log(epoch=epoch, loss=loss)
    return w


def predict(model, X):
    with np.errstate(all="ignore"):
        return X.to_numpy(dtype=float) @ model
