"""Transfer learning: a network that has seen a million photos, and a small model that learns from what it sees."""

import hashlib

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn import functional as F

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
    layer = nn.Linear(features.shape[1], n_classes)
    nn.init.zeros_(layer.weight)
    nn.init.constant_(layer.bias, -30)  # a class that has no photo in train is never the answer
    if (y == y[0]).all():  # three photos of one class: that one is all that could be learned
        nn.init.constant_(layer.bias[y[0]], 0)
        return layer
    mean, scale = features.mean(0), features.std() + 1e-9
    # balanced: a class with few photos counts as much as one with many. C is small, which keeps the weights small:
    # there are more features than photos of most classes.
    model = LogisticRegression(C=C, class_weight="balanced", max_iter=1000).fit((features - mean) / scale, y)
    w, b = model.coef_ / scale, model.intercept_  # (n_classes, d); of two classes one row, that of the second
    if len(w) == 1:
        w, b = np.vstack([0 * w, w]), np.append(0 * b, b)
    with torch.no_grad():
        layer.weight[model.classes_] = torch.tensor(w, dtype=torch.float32)
        layer.bias[model.classes_] = torch.tensor(b - w @ mean, dtype=torch.float32)
    return layer


# Recipe 2, fine-tuned: then all layers learn on, at a learning rate so low that what the backbone knows is not wiped
# out. BatchNorm keeps its means (.eval()): those of 16 photos are worse than those of a million.
def tune(backbone, head, train, valid, run, epochs, lr):
    net = nn.Sequential(backbone, head)
    X, y = train.tensors(uint8=True)  # (n, c, h, w), (n,): bytes, which come from the disk when they are looked at
    weights = list(net.parameters())
    velocity = [torch.zeros_like(p) for p in weights]
    best, best_state = score(head, backbone.features(valid.uint8), valid.y)[0], copy(net)
    for epoch, batches in images.epochs(len(X), BATCH, epochs, run):
        losses = []
        for rows, done in batches:
            photos = images.floats(X[rows].to(run.device))  # (batch, c, h, w)
            # A muffin in a mirror is a muffin: half of the photos are turned round, others each time.
            photos = torch.where(torch.rand(len(rows), 1, 1, 1, device=run.device) < 0.5, photos.flip(3), photos)
            with images.autocast(run.device):
                loss = F.cross_entropy(net(photos), y[rows].to(run.device), label_smoothing=0.1)
            net.zero_grad()
            loss.backward()
            losses.append(loss.item())
            with torch.no_grad():  # gradient descent with momentum
                for p, v in zip(weights, velocity, strict=True):
                    v.mul_(0.9).add_(p.grad)
                    p.sub_(lr * images.one_cycle(done) * v)
        loss, accuracy = score(head, backbone.features(valid.uint8), valid.y)
        run.log(epoch=epoch, epochs=epochs, loss=np.mean(losses), valid_loss=loss, valid_accuracy=accuracy)
        if loss < best:
            best, best_state = loss, copy(net)
    net.load_state_dict(best_state)  # the best epoch, which may be the one before the first


def copy(net):
    return {name: value.clone() for name, value in net.state_dict().items()}


def answer(head, features):
    with torch.inference_mode():
        return head(torch.as_tensor(features, device=head.weight.device)).cpu()  # (n, n_classes)


def score(head, features, y):
    out, y = answer(head, features), torch.from_numpy(y)
    return F.cross_entropy(out, y, label_smoothing=0.1).item(), (out.argmax(1) == y).float().mean().item()


def fit(task, train, valid, run, arch="resnet18", C=0.1, finetune=0, lr=1e-3):
    torch.manual_seed(run.seed)
    torch.set_num_threads(run.n_threads)
    name = choose(task, arch)
    features = [task.features(name, part) for part in (train, valid)]  # (n, d) each
    head = linear(features[0], train.y, len(task.classes), C).to(run.device)
    (loss, _), (of_valid, accuracy) = (score(head, X, part.y) for X, part in zip(features, (train, valid), strict=True))
    run.log(loss=loss, valid_loss=of_valid, valid_accuracy=accuracy)

    backbone = task.backbone(name).to(run.device)
    if finetune:
        tune(backbone, head, train, valid, run, finetune, lr)
        return backbone, head, {}
    # The photos of train and valid will be asked for as well. They are known again by their pixels.
    seen = {}
    for part, rows in zip((train, valid), features, strict=True):
        seen |= zip(map(fingerprint, part.uint8), rows, strict=True)
    return backbone, head, seen


def fingerprint(photo):
    return hashlib.sha256(photo.tobytes()).digest()


def predict(model, X, run):
    backbone, head, seen = model
    torch.set_num_threads(run.n_threads)
    # (d,) of a photo that fit has seen, None of all others. X is bytes / 255: these bytes are what was looked at there.
    features = [seen.get(fingerprint((x * 255 + 0.5).astype(np.uint8))) for x in X]
    new = [i for i, row in enumerate(features) if row is None]
    for i, row in zip(new, backbone.features(X[new], size=BATCH), strict=True):
        features[i] = row
    return answer(head, np.stack(features)).softmax(1).numpy()  # (n, n_classes)
