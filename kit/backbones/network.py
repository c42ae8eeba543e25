"""`Backbone`: a pretrained network that takes images as they are and gives features, and how each one is built."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from kit.images import autocast
from kit.weights import Weights

Images = NDArray[np.float32] | NDArray[np.uint8]
BATCH = 32
_HEADS = ("fc.", "classifier.", "linear.")  # torchvision's residual networks; its others; the small one of 32x32


class Backbone(nn.Module):
    """A network without its last layer, and what an image goes through before.

    Parameters
    ----------
    weights
        Size, mean and deviation that the network was trained with.
    network
        Gives features (n, n_features) of what `prepare` gives.

    Attributes
    ----------
    network
        The bare network, for fine-tuning.
    n_features
        How many numbers an image becomes.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, weights: Weights, network: nn.Module) -> None:
        super().__init__()
        self.name, self.n_features = weights.name, weights.n_features
        self.resize, self.input_size = weights.resize, weights.input_size
        self.network = network
        for name, values in (("mean", weights.mean), ("std", weights.std)):
            self.register_buffer(name, torch.tensor(values).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, X: Tensor | NDArray[np.float32]) -> Tensor:
        """Features of images.

        Parameters
        ----------
        X : float32, shape (n, 3, height, width) or (n, 1, height, width)
            Pixels in [0, 1].

        Returns
        -------
        Tensor
            float32, shape (n, n_features), where the network is.
        """
        features: Tensor = self.network(self.prepare(torch.as_tensor(X)))
        return features.float()

    def prepare(self, X: Tensor) -> Tensor:
        """Bring the shorter side to `resize` pixels, cut out the middle, normalise: (n, 3, input_size, input_size)."""
        X = X.to(self.mean.device)
        h, w = X.shape[-2:]
        if min(h, w) != self.resize:
            scale = self.resize / min(h, w)
            size = (max(self.resize, round(h * scale)), max(self.resize, round(w * scale)))
            X = F.interpolate(X, size=size, mode="bilinear", antialias=True)
            h, w = size
        top, left = (h - self.input_size) // 2, (w - self.input_size) // 2
        X = X[..., top : top + self.input_size, left : left + self.input_size]
        return ((X - self.mean) / self.std).contiguous(memory_format=torch.channels_last)

    def features(self, X: Images, *, size: int = BATCH) -> NDArray[np.float32]:
        """Features of images as an array, computed in batches and without gradients.

        The same numbers as ``task.features`` gives: both go through here. Where the processor or the graphics card
        has bfloat16 it is used, which takes half the time or less; they differ by about a hundredth from those that
        calling the backbone gives then, and not from each other.

        Parameters
        ----------
        X : shape (n, 3, height, width) or (n, 1, height, width)
            Pixels: float32 in [0, 1], or uint8.
        size
            Images in a batch: more take more memory, and are no faster on a processor.

        Returns
        -------
        ndarray
            float32, shape (n, n_features).
        """
        device, was_training = self.mean.device, self.training
        self.eval()
        features = np.empty((len(X), self.n_features), dtype=np.float32)
        with torch.inference_mode(), autocast(device.type):
            for start in range(0, len(X), size):
                batch = torch.from_numpy(np.array(X[start : start + size])).to(device)  # a copy: X may be read-only
                batch = batch.float() / 255 if batch.dtype == torch.uint8 else batch
                features[start : start + size] = self(batch).cpu().numpy()
        self.train(was_training)
        return features


def build(weights: Weights, state: Mapping[str, Tensor]) -> Backbone:
    """The backbone of `weights` with these numbers in it, in evaluation mode.

    Raises
    ------
    RuntimeError
        If `state` belongs to another network.
    """
    network = bare(weights.architecture)
    network.load_state_dict({name: value for name, value in state.items() if not name.startswith(_HEADS)})
    network = network.to(memory_format=torch.channels_last)
    return Backbone(weights, network).eval()


def bare(architecture: str) -> nn.Module:
    """The network of this name with random weights and without its last layer."""
    family, _, depth = architecture.rpartition("cifar_resnet")
    if not family and depth.isdecimal():
        from kit.backbones.cifar import CifarResNet

        return CifarResNet(int(depth))
    from torchvision import models

    network: nn.Module = getattr(models, architecture)(weights=None)
    if hasattr(network, "fc"):
        network.fc = nn.Identity()
    elif architecture.startswith("squeezenet"):  # its last layer is a convolution, and the mean over the map follows it
        network.classifier = nn.AdaptiveAvgPool2d(1)
    else:
        network.classifier = nn.Identity()
    return network
