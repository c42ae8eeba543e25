"""Networks without their last layer: they turn an image into numbers that a small model can learn from.

One home for their definitions, so that the process that computes features holds no entrant's code::

    network.py    `Backbone` and `build`: any of `kit.weights`, made ready to take images as they are
    cifar.py      the small residual network of images of 32x32, which torchvision does not have
    cache.py      features that were computed, by the content of the image; no torch
    __main__.py   computes those that are missing, in a process of its own

`network` and `cifar` import torch, so nothing imports them but that process and a plugin's.
"""
