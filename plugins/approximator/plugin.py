"""One hidden layer, as wide as you like: how well can so many bends follow a curve?"""

import pandas as pd
import torch
from torch import nn

TASKS = ["tabular-regression"]


# Columns of numbers, as a network wants them: a time is a number of days, a word is a column of zeros and ones. Words
# that are nearly all different (names) are left out; what is missing becomes the mean, which is 0 after scaling.
def numbers(frame):
    times = frame.select_dtypes("datetime")
    frame = frame.assign(**{name: (times[name] - pd.Timestamp(0)) / pd.Timedelta(days=1) for name in times})
    words = frame.select_dtypes(exclude=["number", "bool"])
    names = [name for name in words if words[name].nunique() > 50]
    return pd.get_dummies(frame.drop(columns=names)).astype("float32")  # (n, n_columns)


def fit(task, train, valid, run, hidden=16, epochs=1500, batch=256, lr=0.03):
    torch.manual_seed(run.seed)
    torch.set_num_threads(1)  # so small a network would tell a second core more than it works
    table = numbers(train.frame)
    y, y_valid = (torch.tensor(part.y).reshape(len(part), -1) for part in (train, valid))  # (n, n_values)
    counts = task.metric == "rmsle"  # the RMSE of logarithms: so these are learned, and what is below 0 is nothing
    y, y_valid = (y.log1p(), y_valid.log1p()) if counts else (y, y_valid)
    scale = {"columns": table.columns, "mean": table.mean().fillna(0), "std": table.std().fillna(0).replace(0, 1)}
    scale |= {"y_mean": y.mean(0), "y_std": y.std(0).clamp_min(1e-6), "counts": counts}
    X, X_valid = (scaled(part.frame, scale) for part in (train, valid))  # (n, n_columns)
    y, y_valid = ((values - scale["y_mean"]) / scale["y_std"] for values in (y, y_valid))

    # Each hidden unit is one bend: tanh(a x + b) goes from -1 to 1 around some place. The output adds them up.
    net = nn.Sequential(nn.Linear(X.shape[1], hidden), nn.Tanh(), nn.Linear(hidden, y.shape[1]))
    weights = list(net.parameters())
    mean, square = ([torch.zeros_like(p) for p in weights] for _ in range(2))
    step, seconds, n_batches = 0, run.seconds_left, -(-len(X) // batch)
    for epoch in range(1, epochs + 1):
        for rows in torch.randperm(len(X)).tensor_split(n_batches):
            loss = (net(X[rows]) - y[rows]).square().mean()
            net.zero_grad()
            loss.backward()
            step += 1
            # Adam: steps of one length, whatever the size of the gradient, along its running mean. The rate falls to
            # 0 in the end, which comes early where the time is short. (torch.optim takes seconds to import.)
            done = max(step / (epochs * n_batches), (1 - run.seconds_left / seconds) / 0.8)
            with torch.no_grad():
                for p, m, s in zip(weights, mean, square, strict=True):
                    m.lerp_(p.grad, 0.1)
                    s.lerp_(p.grad.square(), 0.01)
                    size = (s / (1 - 0.99**step)).sqrt() + 1e-8
                    p.sub_(lr * max(0, 1 - done) * m / (1 - 0.9**step) / size)
        if epoch % 25 == 0 or done >= 1 or epoch == epochs:
            with torch.no_grad():
                valid_loss = (net(X_valid) - y_valid).square().mean()
            run.log(epoch=epoch, epochs=epochs, loss=loss, valid_loss=valid_loss)
        if done >= 1:
            break
    return net, scale


def scaled(frame, scale):
    table = numbers(frame).reindex(columns=scale["columns"], fill_value=0)  # a word that is new is none of the known
    return torch.tensor(((table - scale["mean"]) / scale["std"]).fillna(0).to_numpy("float32"))


def predict(model, X):
    net, scale = model
    with torch.no_grad():
        y = (net(scaled(X, scale)) * scale["y_std"] + scale["y_mean"]).squeeze(1)  # (n,) or (n, n_values)
    return (y.expm1().clamp_min(0) if scale["counts"] else y).numpy()
