"""A convolutional network in a hurry: 99 % of MNIST in three seconds. README.md says what each trick brings."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from kit import images

TASKS = ["image-classification"]


def block(c, out, kernel, stride, pool):
    return nn.Conv2d(c, out, kernel, stride, kernel // 2, bias=False), pool, nn.BatchNorm2d(out), nn.ReLU()


def build(shape, n_classes, width, depth):
    c, side = shape[0], min(shape[1:])
    return nn.Sequential(
        nn.AvgPool2d(side // 28) if side >= 56 else nn.Identity(),  # a photo is looked at from afar: (n, c, 28, 28)
        nn.BatchNorm2d(c, affine=False),  # scales the pixels
        *block(c, width, 5, 2 if side >= 16 else 1, nn.Identity()),  # (n, 16, 14, 14): a fourth of the work from here
        *block(width, 2 * width, 3, 1, nn.MaxPool2d(2)),  # (n, 32, 7, 7)
        *block(2 * width, 6 * width, 3, 1, nn.AdaptiveMaxPool2d(3)),  # (n, 96, 3, 3)
        *(layer for _ in range(depth) for layer in block(6 * width, 6 * width, 3, 1, nn.Identity())),  # the same size
        nn.Flatten(),
        nn.Linear(54 * width, n_classes),
    )


def fit(
    task, train, valid, run, epochs=2.0, updates=500, batch=192, lr=0.4,
    width=16, depth=1, shift=0.07, warp=0.1, flip=False,
):  # fmt: skip
    torch.manual_seed(run.seed)
    images.use_threads(run, task.input_shape)
    X, y = train.tensors(run.device, uint8=True)  # (n, c, h, w), (n,)
    X_valid, y_valid = valid.tensors(run.device, uint8=True)
    net = build(task.input_shape, len(task.classes), width, depth).to(run.device, memory_format=torch.channels_last)
    velocity = [torch.zeros_like(p) for p in net.parameters()]
    epochs = max(epochs, updates * batch / len(X))  # a small set is shown more often; a fraction cuts the last epoch

    for epoch, batches in images.epochs(len(X), batch, epochs, run, device=run.device):
        net.train()
        for rows, done in batches:
            x = images.wobble(X[rows], shift, warp)  # (batch, c, h, w), never the same twice
            with images.autocast(run.device):
                out = net(images.mirrored(x) if flip else x)  # (batch, n_classes)
            loss = F.cross_entropy(out.float(), y[rows], label_smoothing=0.1)
            net.zero_grad()
            loss.backward()
            # Gradient descent with momentum and weight decay, written out: torch.optim takes seconds to import.
            with torch.no_grad():
                for p, v in zip(net.parameters(), velocity, strict=True):
                    v.mul_(0.9).add_(p.grad).add_(p, alpha=5e-4)
                    p.sub_(v, alpha=lr * images.one_cycle(done))
        net.eval()
        with torch.inference_mode(), images.autocast(run.device):
            out = torch.cat([net(images.floats(part)) for part in X_valid.split(250)]).float()
        valid_loss, right = F.cross_entropy(out, y_valid, label_smoothing=0.1), (out.argmax(1) == y_valid).float()
        run.log(epoch=epoch, epochs=math.ceil(epochs), loss=loss, valid_loss=valid_loss, valid_accuracy=right.mean())
    return net, round(shift * min(task.input_shape[1:]) / 2), flip


def predict(model, X, run):
    with torch.inference_mode():  # in float32: the last bits of bfloat16 would depend on the size of the batch
        parts = torch.tensor(X, device=run.device).split(250)  # so few that all of a layer's numbers stay in the cache
        return torch.cat([seen_often(*model, x) for x in parts]).cpu().numpy()  # (n, n_classes)


def seen_often(net, p, flip, x):
    moved = [F.pad(x, (dx, -dx, dy, -dy)) for dx in {-p, p} for dy in {-p, p}]  # the image is seen four times,
    moved += [x.flip(3) for x in moved] if flip else []  # or eight
    return sum(net(x).softmax(1) for x in moved) / len(moved)
