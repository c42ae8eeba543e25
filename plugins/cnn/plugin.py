"""A small convolutional network, trained on images that never look quite the same twice."""

import math

import torch
from torch import nn
from torch.nn import functional as F

TASKS = ["image-classification"]


# A convolution looks at small windows and asks the same question everywhere: is there an edge, a corner, the end of
# a stroke? Pooling keeps the best answer of every 2x2 windows and forgets where exactly it was. The images shrink,
# the questions get more and wider; the last layer only weighs the answers.
def build(shape, n_classes, width):
    c, h, w = shape
    layers = []
    for out in (width, 2 * width, 4 * width):
        kernel = 3 if layers else 5
        layers.append(nn.Conv2d(c, out, kernel, padding="same", bias=False))  # (n, out, h, w); BatchNorm has a bias
        if min(h, w) >= 8:  # 28 -> 14 -> 7, 8 -> 4: a smaller map would have nowhere left to look
            # Before the ReLU it gives the same as after it, on a quarter of the numbers.
            layers.append(nn.MaxPool2d(2))  # (n, out, h // 2, w // 2)
            h, w = h // 2, w // 2
        layers += [nn.BatchNorm2d(out), nn.ReLU()]
        c = out
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(c * h * w, n_classes))  # (n, n_classes)


# Nobody writes a digit in the same place twice. Every image of a batch is moved a little, anew each time it is shown,
# so that there is nothing to learn by heart; warp=0.15 turns, stretches and shears it as well, which plugins/mlp needs
# and this network on 8x8 images does not. One 2x3 matrix an image says all of it.
def wobble(X, shift, warp):
    matrix = torch.eye(2, 3, device=X.device).repeat(len(X), 1, 1)  # (n, 2, 3), the identity: nothing happens yet
    noise = 2 * torch.rand_like(matrix) - 1
    matrix[:, :, :2] += warp * noise[:, :, :2]
    matrix[:, :, 2] += shift * noise[:, :, 2]  # 1 = half the image
    return F.grid_sample(X, F.affine_grid(matrix, X.shape, align_corners=False), align_corners=False)


def fit(task, train, valid, run, epochs=3, updates=1000, batch=128, lr=0.4, width=16, shift=0.15, warp=0.0):
    torch.manual_seed(run.seed)
    # No DataLoader: the whole set is one tensor and a batch is a list of row numbers. On small images that is
    # several times faster, because nothing is done one image at a time.
    X, y = (part.to(run.device) for part in train.tensors())  # (n, c, h, w), (n,)
    X_valid, y_valid = (part.to(run.device) for part in valid.tensors())
    # Images of 8x8 are so quickly done that a second core would be told more than it works.
    torch.set_num_threads(run.n_threads if X[0].numel() > 256 else 1)
    mean, std = X.mean(), X.std()
    X, X_valid = (X - mean) / std, (X_valid - mean) / std

    # channels_last: the channels of a pixel lie side by side in memory, as convolutions on a CPU like it.
    net = build(task.input_shape, len(task.classes), width).to(run.device, memory_format=torch.channels_last)
    weights = list(net.parameters())
    velocity = [torch.zeros_like(p) for p in weights]

    # A small set is shown more often: at least so many epochs, and at least so many updates of the weights.
    n_batches = math.ceil(len(X) / batch)
    epochs = max(epochs, math.ceil(updates / n_batches))
    seconds, step, best, best_state = run.seconds_left, 0, math.inf, net.state_dict()

    for epoch in range(1, epochs + 1):
        net.train()
        losses = []
        for rows in torch.randperm(len(X), device=X.device).tensor_split(n_batches):
            out = net(wobble(X[rows], shift, warp))  # (batch, n_classes)
            # Label smoothing: aim at 91 % for the right class, not at a certainty that no one has.
            loss = F.cross_entropy(out, y[rows], label_smoothing=0.1)
            net.zero_grad()
            loss.backward()
            losses.append(loss.item())

            # The step size rises, then falls to zero: large steps find the valley, small ones its bottom. Where
            # time is short it falls with the clock, so that a slow computer gets to the bottom too.
            step += 1
            done = max(step / (epochs * n_batches), (1 - run.seconds_left / seconds) / 0.8)
            pace = lr * max(0, min(done / 0.2, (1 - done) / 0.8))
            # Gradient descent with momentum and weight decay. torch.optim.SGD does the same, but its first use
            # imports torch's compiler, which takes longer than this whole training on 8x8 images.
            with torch.no_grad():
                for p, v in zip(weights, velocity, strict=True):
                    v.mul_(0.9).add_(p.grad + 5e-4 * p)
                    p.sub_(pace * v)
            if done >= 1:
                break

        # The images that were not learned from say which epoch was the best one. That one is kept.
        out = answer(net, X_valid)
        valid_loss = F.cross_entropy(out, y_valid, label_smoothing=0.1).item()  # the same loss, or they can't compare
        accuracy = (out.argmax(1) == y_valid).float().mean().item()
        run.log(
            epoch=epoch, epochs=epochs, loss=sum(losses) / len(losses), valid_loss=valid_loss, valid_accuracy=accuracy
        )
        if valid_loss < best:
            best, best_state = valid_loss, {name: value.clone() for name, value in net.state_dict().items()}
        if done >= 1:
            break
    net.load_state_dict(best_state)
    net.eval()
    return net, mean, std


def answer(net, X):
    net.eval()  # BatchNorm uses what it learned: an answer must not depend on the other images of a batch
    with torch.inference_mode():
        return torch.cat([net(part) for part in X.split(1000)])  # in parts: all at once would not fit into memory


def predict(model, X):
    net, mean, std = model
    X = (torch.tensor(X, device=mean.device) - mean) / std  # scaled as in fit
    return answer(net, X).softmax(1).cpu().numpy()  # (n, n_classes)
