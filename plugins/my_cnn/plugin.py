"""My CNN: a small convolutional network with its training loop. Make it yours."""

import torch
from torch import nn
from torch.nn import functional as F

TASKS = ["image-classification"]


def block(c, out):  # (n, c, h, w) -> (n, out, h / 2, w / 2)
    return [nn.Conv2d(c, out, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]


def build(shape, n_classes):
    k = max(1, min(shape[1:]) // 28)  # a photo is looked at from afar, at about 28 pixels
    c, h, w = shape[0], shape[1] // k, shape[2] // k
    last = 64 * (h // 4) * (w // 4)
    return nn.Sequential(nn.AvgPool2d(k), *block(c, 32), *block(32, 64), nn.Flatten(), nn.Linear(last, n_classes))


# plugins/cnn never shows an image twice in the same way: that is most of its lead. Try first, one at a time: move each
# batch by a pixel before the net sees it, with torch.roll; more epochs; nn.BatchNorm2d; a learning rate that falls.
def fit(task, train, valid, run, epochs=15, lr=0.002):
    torch.manual_seed(run.seed)
    X, y = train.tensors()  # (n, c, h, w), (n,)
    torch.set_num_threads(run.n_threads if X[0].numel() > 256 else 1)  # on 8x8 pixels a second core only disturbs
    X_valid, y_valid = valid.tensors()
    net = build(task.input_shape, len(task.classes))
    opt = torch.optim.Adam(net.parameters(), lr=lr)
    stop = run.seconds_left / 4  # is left for the answers, where a computer is slow
    for epoch in range(1, epochs + 1):
        if run.seconds_left < stop:
            break
        net.train()
        for rows in torch.randperm(len(X)).split(32):  # every image once, each time in another order
            loss = F.cross_entropy(net(X[rows]), y[rows])
            opt.zero_grad()
            loss.backward()
            opt.step()
        net.eval()  # BatchNorm and Dropout, should you add them, must know that nothing is learned from these images
        with torch.no_grad():
            out = net(X_valid)  # (n_valid, n_classes)
        accuracy = (out.argmax(1) == y_valid).float().mean()
        run.log(epoch=epoch, loss=loss.item(), valid_loss=F.cross_entropy(out, y_valid), valid_accuracy=accuracy)
    return net


def predict(model, X):
    with torch.no_grad():
        return model(torch.tensor(X)).softmax(1).numpy()  # (n, n_classes)
