"""What `mnist` is compared with: programs that many begin with, written here from their published settings.

Each is a generator that yields the accuracy on the test images after every epoch, so that ours can run in between and
both see the same machine. Nothing is given to a peer that its program does not have, and nothing taken away: no
DataLoader workers, and the images of one epoch prepared one at a time, as they are there on a computer without a
graphics card.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
Peer = Callable[[Images, Labels, Images, Labels], Iterator[float]]


class _Pictures(Dataset[tuple[Any, int]]):
    """As `torchvision.datasets.MNIST`: one image at a time, through PIL and the transforms."""

    def __init__(self, X: Images, y: Labels) -> None:
        self.X, self.y = X[:, 0], y  # (n, 28, 28)
        self.transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, i: int) -> tuple[Any, int]:
        return self.transform(Image.fromarray(self.X[i])), int(self.y[i])


class _Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3, 1), nn.Conv2d(32, 64, 3, 1)
        self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.conv2(functional.relu(self.conv1(x))))  # (n, 64, 24, 24)
        x = self.dropout1(functional.max_pool2d(x, 2)).flatten(1)  # (n, 9216)
        return functional.log_softmax(self.fc2(self.dropout2(functional.relu(self.fc1(x)))), dim=1)  # (n, 10)


def pytorch_example(X: Images, y: Labels, X_test: Images, y_test: Labels) -> Iterator[float]:
    """``mnist/main.py`` of PyTorch's examples: Adadelta at 1.0, times 0.7 after each of 14 epochs, batches of 64.

    References
    ----------
    https://github.com/pytorch/examples/blob/main/mnist/main.py
    """
    torch.manual_seed(1)
    train, test = DataLoader(_Pictures(X, y), batch_size=64), DataLoader(_Pictures(X_test, y_test), batch_size=1000)
    net = _Net()
    optimizer = torch.optim.Adadelta(net.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    for _ in range(14):
        net.train()
        for data, target in train:
            optimizer.zero_grad()
            loss = functional.nll_loss(net(data), target)
            loss.backward()  # type: ignore[no-untyped-call, unused-ignore]
            optimizer.step()
        net.eval()
        with torch.no_grad():
            right = sum(int((net(data).argmax(1) == target).sum()) for data, target in test)
        scheduler.step()
        yield 100 * right / len(y_test)


def keras_convnet(X: Images, y: Labels, X_test: Images, y_test: Labels) -> Iterator[float]:
    """``mnist_convnet`` of Keras' examples: two convolutions, Adam, batches of 128, 15 epochs.

    References
    ----------
    functional. Chollet, "Simple MNIST convnet", https://keras.io/examples/vision/mnist_convnet/
    """
    import keras  # type: ignore[import-not-found, unused-ignore]

    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    rows, test = X.reshape(-1, 28, 28, 1).astype("float32") / 255, X_test.reshape(-1, 28, 28, 1).astype("float32") / 255
    for _ in range(15):
        model.fit(rows, np.eye(10)[y], batch_size=128, epochs=1, validation_split=0.1, verbose=0)
        yield 100 * float((model.predict(test, verbose=0).argmax(axis=1) == y_test).mean())


def peers() -> Mapping[str, Peer | None]:
    """Name -> the program; None where what it needs is not installed."""
    return {
        "PyTorch's examples/mnist": pytorch_example,
        "Keras' mnist_convnet": keras_convnet if find_spec("keras") else None,
    }
