"""Four hidden layers and a choice of what is between them: does the gradient reach the first one?"""

import math

import torch
from torch import nn
from torch.nn import functional as F

TASKS = ["image-classification"]


# A step is what the first neurons had, on or off. Its slope is 0 wherever it has one: nothing comes back through it.
class Step(nn.Module):
    def forward(self, x):
        return (torch.sign(x) + 1) / 2


ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "step": Step}


def build(shape, n_classes, activation, depth, hidden):
    layers, wide = [nn.Flatten()], math.prod(shape)  # (n, c * h * w)
    for _ in range(depth):
        layers += [nn.Linear(wide, hidden), ACTIVATIONS[activation]()]  # (n, hidden)
        # He's start: signals keep their size through layers of ReLU. One start for all, so that only the activation
        # differs; with torch's own, eight layers of ReLU would learn nothing either, and the picture would lie.
        nn.init.kaiming_normal_(layers[-2].weight, nonlinearity="relu")
        nn.init.zeros_(layers[-2].bias)
        wide = hidden
    return nn.Sequential(*layers, nn.Linear(wide, n_classes))  # (n, n_classes)


def fit(task, train, valid, run, activation="relu", depth=4, hidden=64, epochs=15, lr=0.05):
    torch.manual_seed(run.seed)
    X, y = train.tensors()  # (n, c, h, w), (n,)
    X_valid, y_valid = valid.tensors()
    torch.set_num_threads(run.n_threads if X[0].numel() > 256 else 1)
    net = build(task.input_shape, len(task.classes), activation, depth, hidden)
    layers = [layer for layer in net if isinstance(layer, nn.Linear)]
    stop = run.seconds_left / 4  # is left for the answers
    for epoch in range(1, epochs + 1):
        gradients, losses = torch.zeros(len(layers)), []
        for rows in torch.randperm(len(X)).split(32):
            loss = F.cross_entropy(net(X[rows]), y[rows])
            net.zero_grad()
            loss.backward()
            losses.append(loss.item())
            gradients += torch.stack([layer.weight.grad.abs().mean() for layer in layers])
            with torch.no_grad():
                for p in net.parameters():  # gradient descent and nothing else: small gradients are small steps
                    p.sub_(lr * p.grad)
        with torch.no_grad():
            out = net(X_valid)  # (n_valid, n_classes)
        # The mean size of the gradients of each layer in the first epoch, from the first layer on: gradient_1, ...
        sizes = {f"gradient_{i}": g / len(losses) for i, g in enumerate(gradients, 1)} if epoch == 1 else {}
        accuracy = (out.argmax(1) == y_valid).float().mean()
        loss, valid_loss = sum(losses) / len(losses), F.cross_entropy(out, y_valid)
        run.log(epoch=epoch, loss=loss, valid_loss=valid_loss, valid_accuracy=accuracy, **sizes)
        if run.seconds_left < stop:
            break
    return net.eval()


def predict(model, X):
    with torch.no_grad():
        return model(torch.tensor(X)).softmax(1).numpy()  # (n, n_classes)
