"""A network of one hidden layer for images and tables that keeps its last epoch, as a first own network does.

Size, rate and epochs can be as wrong as one likes; ``hidden=0`` is a linear model.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

TASKS = ["image-classification", "tabular-classification", "tabular-regression"]


def encoder(frame: Any) -> Any:
    """What turns rows of a table into numbers of about one size."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    others = OneHotEncoder(handle_unknown="ignore", max_categories=20, sparse_output=False)
    selected = make_column_selector(dtype_include="number"), make_column_selector(dtype_exclude="number")
    return make_column_transformer((numbers, selected[0]), (others, selected[1])).fit(spread(frame))


def spread(frame: Any) -> Any:
    """The hour, the day of the week and the month in place of a time; everything else as it is."""
    frame = frame.copy()
    for name in frame.select_dtypes("datetime").columns:
        time = frame.pop(name).dt
        frame[f"{name} hour"], frame[f"{name} day"], frame[f"{name} month"] = time.hour, time.dayofweek, time.month
    return frame


def numbers(X: Any, encode: Any) -> torch.Tensor:
    """The rows as a tensor (n, n_features)."""
    rows = X.reshape(len(X), -1) if encode is None else encode.transform(spread(X))
    return torch.tensor(np.asarray(rows, dtype=np.float32))


def fit(
    task: Any,
    train: Any,
    valid: Any,
    run: Any,
    hidden: int = 32,
    epochs: int = 40,
    lr: float = 0.01,
    batch: int = 32,
) -> Any:
    """The network after its last epoch, and what its answers are to be scaled by."""
    torch.manual_seed(run.seed)
    torch.set_num_threads(1)
    encode = None if task.kind == "image-classification" else encoder(train.frame)
    X, X_valid = numbers(train.X, encode), numbers(valid.X, encode)
    y, y_valid, mean, sd = targets(task, train.y, valid.y)
    n_outputs = len(task.classes) or 1
    layers = [nn.Linear(X.shape[1], hidden), nn.ReLU(), nn.Linear(hidden, n_outputs)]
    net = nn.Sequential(*layers) if hidden else nn.Linear(X.shape[1], n_outputs)
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    for epoch in range(1, epochs + 1):
        losses = []
        for rows in torch.randperm(len(X)).tensor_split(math.ceil(len(X) / batch)):
            loss = cost(net(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(loss.item())
        with torch.no_grad():
            run.log(epoch=epoch, loss=sum(losses) / len(losses), valid_loss=cost(net(X_valid), y_valid))
    return net, encode, mean, sd, task.metric


def targets(task: Any, y: Any, y_valid: Any) -> tuple[torch.Tensor, torch.Tensor, float, float]:
    """Labels as tensors: classes as they are, values scaled to mean 0 and deviation 1."""
    if task.classes:
        return torch.tensor(y), torch.tensor(y_valid), 0.0, 1.0
    if task.metric == "rmsle":
        y, y_valid = np.log1p(y), np.log1p(y_valid)
    mean, sd = float(np.mean(y)), float(np.std(y))
    return torch.tensor((y - mean) / sd).float(), torch.tensor((y_valid - mean) / sd).float(), mean, sd


def cost(out: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of classes, mean squared error of values."""
    return mse_loss(out[:, 0], y) if y.is_floating_point() else cross_entropy(out, y)


def predict(model: Any, X: Any, task: Any) -> Any:
    """Probabilities (n, n_classes), or values (n,)."""
    net, encode, mean, sd, metric = model
    with torch.inference_mode():
        out = net(numbers(X, encode))
    if task.classes:
        return out.softmax(1).numpy()
    values = out[:, 0].numpy() * sd + mean
    return np.expm1(np.clip(values, 0, 20)) if metric == "rmsle" else values
