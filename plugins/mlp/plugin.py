"""A multilayer perceptron: every neuron looks at the whole image at once."""

import math
from statistics import fmean

import torch
from torch import nn
from torch.nn import functional as F

from kit import images

TASKS = ["image-classification"]


def build(shape, n_classes, hidden):
    return nn.Sequential(
        nn.Flatten(),  # (n, c * h * w): which pixels are neighbours is lost here, plugins/cnn keeps it
        nn.Linear(math.prod(shape), hidden),
        nn.ReLU(),  # without it two linear layers would be no more than one
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Linear(hidden, n_classes),  # (n, n_classes)
    )


def fit(task, train, valid, run, epochs=5, updates=2000, batch=256, lr=0.3, hidden=512, shift=0.15, warp=0.15):
    torch.manual_seed(run.seed)
    images.use_threads(run, task.input_shape)
    X, y = train.tensors(run.device, uint8=True)  # (n, c, h, w), (n,)
    X_valid, y_valid = valid.tensors(run.device)
    net = build(task.input_shape, len(task.classes), hidden).to(run.device)
    velocity = [torch.zeros_like(p) for p in net.parameters()]

    # A small set is shown more often: at least so many epochs, and at least so many updates of the weights.
    epochs = max(epochs, math.ceil(updates / math.ceil(len(X) / batch)))

    for epoch, batches in images.epochs(len(X), batch, epochs, run, device=run.device):
        losses = []
        for rows, done in batches:
            # To this network a digit half a pixel further left is another digit, with other inputs. So every image of
            # a batch is moved, turned, stretched and sheared a little, anew each time it is shown: shift=0, warp=0
            # shows what that is worth. images.wobble does it to the whole batch at once.
            with images.autocast(run.device):  # products of 16-bit numbers, where the processor has them
                loss = F.cross_entropy(net(images.wobble(X[rows], shift, warp)).float(), y[rows])
            net.zero_grad()
            loss.backward()
            losses.append(loss.item())

            # Gradient descent with momentum: a ball that rolls downhill and keeps nine tenths of its speed. Long
            # steps first, short ones in the end; `done` rises to 1, with the clock where time is short.
            # torch.optim.SGD does the same, but takes seconds to import when it is first used.
            with torch.no_grad():
                for p, v in zip(net.parameters(), velocity, strict=True):
                    v.mul_(0.9).add_(p.grad).add_(p, alpha=5e-4)  # the last term pulls every weight towards 0
                    p.sub_(v, alpha=lr * (1 - done))

        # The images that were not learned from say how it goes. (plugins/cnn keeps the epoch that they like best; here
        # the steps end so short that it is the last one.)
        with torch.inference_mode():
            out = net(X_valid)  # (n_valid, n_classes)
        valid_loss, accuracy = F.cross_entropy(out, y_valid), (out.argmax(1) == y_valid).float().mean()
        run.log(epoch=epoch, epochs=epochs, loss=fmean(losses), valid_loss=valid_loss, valid_accuracy=accuracy)
    return net


def predict(model, X, run):
    with torch.inference_mode():
        return model(torch.tensor(X, device=run.device)).softmax(1).cpu().numpy()  # (n, n_classes)
