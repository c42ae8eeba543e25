"""Transfer learning: a network that has seen a million photos, and a small model that learns from what it sees."""

import hashlib

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from kit import images

TASKS = ["image-classification"]
BATCH = 16  # photos at a time: of 224 x 224 pixels more are no faster on a processor, and take more memory


# What a network learned from one set of photos serves for others: its first layers find edges and fur, its last ones
# eyes, ears and raisins. Its very last layer only weighs these findings, for classes that are not ours, and is gone.
# What is left is the backbone: it turns a photo into a few hundred numbers, its features.
def choose(task, arch):
    name = arch if arch in task.weights or not task.weights else task.weights[0]
    why = "" if name == arch else f": the weights of {arch} are not here"
    print(f"backbone {name}{why}")
    return name


# Recipe 1, frozen: nothing of the backbone changes, so each photo goes through it once. The kit keeps the features of
# train and valid from one run to the next. A logistic regression on them is our new last layer.
def linear(features, y, n_classes, C):
    mean, scale = features.mean(0), features.std() + 1e-9
    X = np.hstack([(features - mean) / scale, np.ones((len(y), 1))])  # (n, d + 1): the ones are for the bias
    target, count = np.eye(n_classes)[y], np.bincount(y)  # (n, n_classes), (n_classes,)
    balance = len(y) / np.count_nonzero(count) / count[y]  # a class with few photos counts as much as one with many
    # C is small, which keeps the weights small: there are more features than photos of most classes.
    worth = C * balance[:, None]

    def loss(flat):
        w = flat.reshape(n_classes, -1)  # (n_classes, d + 1)
        out, small = X @ w.T, w * (np.arange(w.shape[1]) < w.shape[1] - 1)  # (n, n_classes); the bias may be large
        gradient = (worth * (softmax(out, 1) - target)).T @ X + small
        return -np.sum(worth * target * log_softmax(out, 1)) + np.sum(small**2) / 2, gradient.ravel()

    w = minimize(loss, np.zeros(n_classes * X.shape[1]), jac=True, method="L-BFGS-B").x.reshape(n_classes, -1)
    w, b = w[:, :-1] / scale, w[:, -1]
    return np.float32(w), np.float32(b - w @ mean)  # (n_classes, d), (n_classes,)


# Recipe 2, fine-tuned: then all layers learn on, at a learning rate so low that what the backbone knows is not wiped
# out. BatchNorm keeps its means (.eval()): those of 16 photos are worse than those of a million.
def tune(backbone, head, train, valid, run, epochs, lr):
    import torch  # here, because recipe 1 learns in less time than this takes
    from torch import nn
    from torch.nn import functional as F

    torch.manual_seed(run.seed)
    last = nn.Linear(*head[0].T.shape)
    last.load_state_dict(dict(zip(("weight", "bias"), map(torch.from_numpy, head), strict=True)))
    net = nn.Sequential(backbone, last).to(run.device)
    X, y = train.tensors(uint8=True)  # (n, c, h, w), (n,): bytes, which come from the disk when they are looked at
    weights = list(net.parameters())
    velocity = [torch.zeros_like(p) for p in weights]
    best, best_state = score(head, backbone.features(valid.uint8), valid.y)[0], copy(net)
    for epoch, batches in images.epochs(len(X), BATCH, epochs, run):
        losses = []
        for rows, done in batches:
            # A muffin in a mirror is a muffin: half of the photos are turned round, others each time.
            photos = images.mirrored(images.floats(X[rows].to(run.device)))  # (batch, c, h, w)
            with images.autocast(run.device):
                loss = F.cross_entropy(net(photos), y[rows].to(run.device), label_smoothing=0.1)
            net.zero_grad()
            loss.backward()
            losses.append(loss.item())
            with torch.no_grad():  # gradient descent with momentum
                for p, v in zip(weights, velocity, strict=True):
                    v.mul_(0.9).add_(p.grad)
                    p.sub_(lr * images.one_cycle(done) * v)
        loss, accuracy = score(numbers(last), backbone.features(valid.uint8), valid.y)
        run.log(epoch=epoch, epochs=epochs, loss=np.mean(losses), valid_loss=loss, valid_accuracy=accuracy)
        if loss < best:
            best, best_state = loss, copy(net)
    net.load_state_dict(best_state)  # the best epoch, which may be the one before the first
    return numbers(last)


def copy(net):
    return {name: value.clone() for name, value in net.state_dict().items()}


def numbers(layer):
    return [p.detach().cpu().numpy() for p in (layer.weight, layer.bias)]


def score(head, features, y):
    w, b = head
    out = log_softmax(features @ w.T + b, 1)  # (n, n_classes)
    loss = -np.mean(0.9 * out[np.arange(len(y)), y] + 0.1 * out.mean(1))  # with labels smoothed, as in fine-tuning
    return loss, np.mean(out.argmax(1) == y)


def fit(task, train, valid, run, arch="resnet18", C=0.1, finetune=0, lr=1e-3):
    name = choose(task, arch)
    features = [task.features(name, part) for part in (train, valid)]  # (n, d) each
    head = linear(features[0], train.y, len(task.classes), C)
    (loss, _), (of_valid, accuracy) = (score(head, X, part.y) for X, part in zip(features, (train, valid), strict=True))
    run.log(loss=loss, valid_loss=of_valid, valid_accuracy=accuracy)
    if finetune:
        backbone = task.backbone(name)
        head = tune(backbone, head, train, valid, run, finetune, lr)
        return {"name": name, "backbone": backbone, "head": head, "seen": {}}
    # The photos of train and valid will be asked for as well. They are known again by their pixels.
    seen = {}
    for part, rows in zip((train, valid), features, strict=True):
        seen |= zip(map(fingerprint, part.uint8), rows, strict=True)
    return {"name": name, "backbone": None, "head": head, "seen": seen}


def fingerprint(photo):
    return hashlib.sha256(photo.tobytes()).digest()


def predict(model, X, task, run):
    # (d,) of a photo that fit has seen, None of all others. X is bytes / 255: these bytes are what was looked at there.
    features = [model["seen"].get(fingerprint((x * 255 + 0.5).astype(np.uint8))) for x in X]
    new = [i for i, row in enumerate(features) if row is None]
    if new:
        model["backbone"] = model["backbone"] or task.backbone(model["name"]).to(run.device)
        for i, row in zip(new, model["backbone"].features(X[new], size=BATCH), strict=True):
            features[i] = row
    w, b = model["head"]
    return softmax(np.stack(features) @ w.T + b, 1)  # (n, n_classes)
