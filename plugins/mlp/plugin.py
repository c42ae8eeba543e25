"""A multilayer perceptron: every neuron looks at the whole image at once."""

import math

import torch
from torch import nn
from torch.nn import functional as F

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


# To this network a digit half a pixel further left is another digit, with other inputs. So every image of a batch is
# moved, turned, stretched and sheared a little, anew each time it is shown: shift=0, warp=0 shows what that is worth.
def wobble(X, shift, warp):
    matrix = torch.eye(2, 3, device=X.device).repeat(len(X), 1, 1)  # (n, 2, 3), the identity: nothing happens yet
    noise = 2 * torch.rand_like(matrix) - 1
    matrix[:, :, :2] += warp * noise[:, :, :2]
    matrix[:, :, 2] += shift * noise[:, :, 2]  # 1 = half the image
    return F.grid_sample(X, F.affine_grid(matrix, X.shape, align_corners=False), align_corners=False)


def fit(task, train, valid, run, epochs=10, updates=2000, batch=128, lr=0.2, hidden=256, shift=0.15, warp=0.15):
    torch.manual_seed(run.seed)
    X, y = (part.to(run.device) for part in train.tensors())  # (n, c, h, w), (n,)
    X_valid, y_valid = (part.to(run.device) for part in valid.tensors())
    # Images of 8x8 are so quickly done that a second core would be told more than it works.
    torch.set_num_threads(run.n_threads if X[0].numel() > 256 else 1)
    net = build(task.input_shape, len(task.classes), hidden).to(run.device)
    weights = list(net.parameters())
    velocity = [torch.zeros_like(p) for p in weights]

    # A small set is shown more often: at least so many epochs, and at least so many updates of the weights.
    n_batches = math.ceil(len(X) / batch)
    epochs = max(epochs, math.ceil(updates / n_batches))
    seconds, step, best, best_state = run.seconds_left, 0, math.inf, net.state_dict()

    for epoch in range(1, epochs + 1):
        losses = []
        for rows in torch.randperm(len(X), device=X.device).tensor_split(n_batches):
            out = net(wobble(X[rows], shift, warp))  # (batch, n_classes)
            loss = F.cross_entropy(out, y[rows])
            net.zero_grad()
            loss.backward()
            losses.append(loss.item())

            # Long steps first, short ones in the end. When four fifths of the time are gone, the end is now.
            step += 1
            done = max(step / (epochs * n_batches), (1 - run.seconds_left / seconds) / 0.8)
            pace = lr * max(0, 1 - done)
            # Gradient descent with momentum: a ball that rolls downhill and keeps nine tenths of its speed.
            # torch.optim.SGD does the same, but takes seconds to import when it is first used.
            with torch.no_grad():
                for p, v in zip(weights, velocity, strict=True):
                    v.mul_(0.9).add_(p.grad + 5e-4 * p)  # the second term pulls every weight towards 0
                    p.sub_(pace * v)
            if done >= 1:
                break

        # The images that were not learned from say which epoch was the best one. That one is kept.
        with torch.inference_mode():
            out = net(X_valid)  # (n_valid, n_classes)
        valid_loss = F.cross_entropy(out, y_valid).item()
        accuracy = (out.argmax(1) == y_valid).float().mean().item()
        run.log(
            epoch=epoch, epochs=epochs, loss=sum(losses) / len(losses), valid_loss=valid_loss, valid_accuracy=accuracy
        )
        if valid_loss < best:
            best, best_state = valid_loss, {name: value.clone() for name, value in net.state_dict().items()}
        if done >= 1:
            break
    net.load_state_dict(best_state)
    return net.eval()


def predict(model, X, run):
    with torch.inference_mode():
        return model(torch.tensor(X, device=run.device)).softmax(1).cpu().numpy()  # (n, n_classes)
