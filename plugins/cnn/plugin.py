"""A small convolutional network, trained on images that never look quite the same twice."""

import math
from statistics import fmean

import torch
from torch import nn
from torch.nn import functional as F

from kit import images

TASKS = ["image-classification"]


# A convolution looks at small windows and asks the same question everywhere: is there an edge, a corner, the end of
# a stroke? Pooling keeps the best answer of every 2x2 windows and forgets where exactly it was. The images shrink,
# the questions get more and wider; the last layer only weighs the answers.
def build(shape, n_classes, width):
    c, h, w = shape
    layers = [nn.BatchNorm2d(c, affine=False)]  # brings pixels of any brightness to mean 0 and deviation 1
    for block in range(8):
        if block >= 3 and min(h, w) < 8:  # 28 -> 14 -> 7 and 8 -> 4 have three blocks, photos a few more
            break
        out = width * 2 ** min(block, 2)
        kernel = 3 if block else 5
        layers.append(nn.Conv2d(c, out, kernel, padding="same", bias=False))  # (n, out, h, w); BatchNorm has a bias
        if min(h, w) >= 8:  # a smaller map would have nowhere left to look
            # Before the ReLU it gives the same as after it, on a quarter of the numbers.
            layers.append(nn.MaxPool2d(2))  # (n, out, h // 2, w // 2)
            h, w = h // 2, w // 2
        layers += [nn.BatchNorm2d(out), nn.ReLU()]
        c = out
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(c * h * w, n_classes))  # (n, n_classes)


def fit(task, train, valid, run, epochs=3, updates=1000, batch=128, lr=0.4, width=16, shift=0.15, warp=0.0):
    torch.manual_seed(run.seed)
    images.use_threads(run, task.input_shape)
    # No DataLoader: the whole set is one tensor of bytes and a batch is a list of row numbers. On small images that
    # is many times faster, because nothing is done one image at a time.
    X, y = train.tensors(run.device, uint8=True)  # (n, c, h, w), (n,)
    X_valid, y_valid = valid.tensors(run.device, uint8=True)
    # channels_last: the channels of a pixel lie side by side in memory, as convolutions on a CPU like it.
    net = build(task.input_shape, len(task.classes), width).to(run.device, memory_format=torch.channels_last)
    velocity = [torch.zeros_like(p) for p in net.parameters()]

    # A small set is shown more often: at least so many epochs, and at least so many updates of the weights.
    epochs = max(epochs, math.ceil(updates / math.ceil(len(X) / batch)))
    best, best_state = math.inf, net.state_dict()

    for epoch, batches in images.epochs(len(X), batch, epochs, run, device=run.device):
        net.train()
        losses = []
        for rows, done in batches:
            # Nobody writes a digit in the same place twice. Every image of a batch is moved a little, anew each time
            # it is shown, so that there is nothing to learn by heart; warp=0.15 turns, stretches and shears it as
            # well, which plugins/mlp needs and this network on 8x8 images does not.
            with images.autocast(run.device):
                out = net(images.wobble(X[rows], shift, warp))  # (batch, n_classes)
            # Label smoothing: aim at 91 % for the right class, not at a certainty that no one has.
            loss = F.cross_entropy(out.float(), y[rows], label_smoothing=0.1)
            net.zero_grad()
            loss.backward()
            losses.append(loss.item())

            # The step size rises, then falls to zero: large steps find the valley, small ones its bottom. Where time
            # is short, `done` follows the clock, so that a slow computer gets to the bottom too.
            pace = lr * images.one_cycle(done)
            # Gradient descent with momentum and weight decay. torch.optim.SGD does the same, but its first use
            # imports torch's compiler, which takes longer than this whole training on 8x8 images.
            with torch.no_grad():
                for p, v in zip(net.parameters(), velocity, strict=True):
                    v.mul_(0.9).add_(p.grad).add_(p, alpha=5e-4)
                    p.sub_(v, alpha=pace)

        # The images that were not learned from say which epoch was the best one. That one is kept.
        out = answer(net, X_valid)
        valid_loss = F.cross_entropy(out, y_valid, label_smoothing=0.1).item()  # the same loss, or they can't compare
        accuracy = (out.argmax(1) == y_valid).float().mean().item()
        run.log(epoch=epoch, epochs=epochs, loss=fmean(losses), valid_loss=valid_loss, valid_accuracy=accuracy)
        if valid_loss < best:
            best, best_state = valid_loss, {name: value.clone() for name, value in net.state_dict().items()}
    net.load_state_dict(best_state)
    return net.eval()


def answer(net, X):
    net.eval()  # BatchNorm uses what it learned: an answer must not depend on the other images of a batch
    with torch.inference_mode():
        return torch.cat([net(images.floats(part)) for part in X.split(250)])  # in parts: all would not fit into memory


def predict(model, X, run):
    return answer(model, torch.tensor(X, device=run.device)).softmax(1).cpu().numpy()  # (n, n_classes)
