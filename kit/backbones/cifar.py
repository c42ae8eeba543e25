"""The residual network of He et al. for images of 32x32 pixels: ResNet-20, -32, -44, -56.

Deep Residual Learning for Image Recognition (2016), section 4.2: one convolution, then three stages of n blocks with
16, 32 and 64 channels on maps of 32, 16 and 8 pixels, then the mean over the map: 6n + 2 layers. The names of the
layers are those of github.com/akamaster/pytorch_resnet_cifar10, whose weights fit.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CHANNELS = (16, 32, 64)


class Block(nn.Module):
    """``x + change(x)``: two convolutions learn what to change, and what needs no change passes by.

    A block that has learned nothing yet passes its input on, so that fifty of them can be stacked: the gradient reaches
    the first one over the shortcuts. Where the map shrinks, the shortcut takes every second pixel and fills the new
    channels with zeros ("option A" of the paper): it has no weights.
    """

    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c_out)
        self.stride, self.n_new = stride, c_out - c_in

    def forward(self, x: Tensor) -> Tensor:  # (n, c_in, h, w)
        """The input, changed: (n, c_out, h / stride, w / stride)."""
        change = F.relu(self.bn1(self.conv1(x)))
        change = self.bn2(self.conv2(change))
        if self.n_new:
            x = x[:, :, :: self.stride, :: self.stride]  # (n, c_in, h / 2, w / 2)
            x = F.pad(x, (0, 0, 0, 0, self.n_new // 2, self.n_new // 2))  # (n, c_out, h / 2, w / 2)
        return F.relu(change + x)


class CifarResNet(nn.Module):
    """Gives 64 numbers for an image: the mean of each map of the last stage.

    Parameters
    ----------
    depth
        6n + 2, for n blocks a stage.
    """

    def __init__(self, depth: int) -> None:
        super().__init__()
        n, rest = divmod(depth - 2, 6)
        if rest or n < 1:
            raise ValueError(f"a depth of 6n + 2 such as 20 or 56, not {depth}")
        self.conv1 = nn.Conv2d(3, CHANNELS[0], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(CHANNELS[0])
        self.layer1 = self._stage(CHANNELS[0], CHANNELS[0], n, stride=1)
        self.layer2 = self._stage(CHANNELS[0], CHANNELS[1], n, stride=2)
        self.layer3 = self._stage(CHANNELS[1], CHANNELS[2], n, stride=2)

    @staticmethod
    def _stage(c_in: int, c_out: int, n: int, stride: int) -> nn.Sequential:
        return nn.Sequential(Block(c_in, c_out, stride), *(Block(c_out, c_out, 1) for _ in range(n - 1)))

    def forward(self, x: Tensor) -> Tensor:  # (n, 3, 32, 32)
        """Features, shape (n, 64)."""
        x = F.relu(self.bn1(self.conv1(x)))  # (n, 16, 32, 32)
        x = self.layer3(self.layer2(self.layer1(x)))  # (n, 64, 8, 8)
        features: Tensor = torch.mean(x, dim=(2, 3))
        return features
