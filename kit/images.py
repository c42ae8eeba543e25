"""Training on images without waiting, for plugins: ``from kit import images``.

What takes the time in a first training loop is not the arithmetic but everything that is done image by image. Here
nothing is: the rows are one tensor, a batch is a tensor of row numbers, and what is done to images is done to all of
a batch at once. The loop itself stays in the plugin::

    images.use_threads(run, task.input_shape)
    X, y = train.tensors(run.device, uint8=True)            # (n, c, h, w), (n,)
    for epoch, batches in images.epochs(len(X), 128, epochs, run):
        for rows, done in batches:                          # (128,), and 0 < done <= 1
            with images.autocast(run.device):
                out = net(images.wobble(X[rows], shift=0.07))
            …

Randomness is torch's own: ``torch.manual_seed(run.seed)`` makes all of it repeat.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch

SMALL = 256
"""Numbers in an image up to which a second thread is told more than it works."""
TRAINING = 0.8
"""Share of the seconds left that a training may take; the rest is for the answers."""


class Clock(Protocol):
    """What is needed of the `run` that ``fit`` gets."""

    @property
    def n_threads(self) -> int:
        """Threads this run may keep busy."""

    @property
    def seconds_left(self) -> float:
        """Seconds until the time limit."""


def use_threads(run: Clock, input_shape: Sequence[int]) -> int:
    """Let torch use the threads that images of `input_shape` are worth: one for tiny ones, else all of the run's.

    Returns how many that are.
    """
    import torch

    n = run.n_threads if math.prod(input_shape) > SMALL else 1
    torch.set_num_threads(n)
    return n


def has_bfloat16(device: str = "cpu") -> bool:
    """Whether `device` multiplies in bfloat16: the processor is asked, because without it that is slower, not faster.

    On x86 these are the instructions AVX512-BF16 and AMX-BF16, on an Arm processor BF16, on a graphics card those of
    Ampere and later.
    """
    import torch

    if torch.device(device).type == "cuda":
        return torch.cuda.is_available() and torch.cuda.get_device_capability()[0] >= 8
    if hasattr(torch.cpu, "get_capabilities"):
        has = torch.cpu.get_capabilities()
        return any(has.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    ask = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # torch before 2.10 tells only this
    return ask is not None and bool(ask())


def autocast(device: str = "cpu") -> torch.autocast:
    """A context in which products are taken in bfloat16 where `device` `has_bfloat16`, and in float32 elsewhere.

    For training only. bfloat16 keeps 8 bits of a number, so that an answer would come out a little different when the
    same row is asked for in a batch of another size.
    """
    import torch

    return torch.autocast(torch.device(device).type, dtype=torch.bfloat16, enabled=has_bfloat16(device))


def epochs(
    n_rows: int, batch: int, n_epochs: float, run: Clock, *, device: str = "cpu"
) -> Iterator[tuple[int, Iterator[tuple[torch.Tensor, float]]]]:
    """Each epoch's number, from 1 on, and its batches: row numbers, int64 (about `batch`,), and how much is done.

    Every epoch has every row once, in another order. Batches of an epoch differ by at most one row, so that none is
    left over that is too small for `BatchNorm`. What is done rises to 1 with the last batch; where the run has not the
    time for all, it rises with the clock and reaches 1 early, so that a learning rate that follows it is down at the
    end on a slow computer too. Nothing follows after 1.

    Parameters
    ----------
    n_epochs
        May be a fraction: the last epoch is cut.
    run
        Its `seconds_left`: at most `TRAINING` of those that there are at the start are taken.
    device
        Where the row numbers lie.
    """
    import torch

    n_batches = math.ceil(n_rows / batch)
    n_steps, seconds, step, done = max(1, round(n_epochs * n_batches)), run.seconds_left, 0, 0.0

    def batches() -> Iterator[tuple[torch.Tensor, float]]:
        nonlocal step, done
        for rows in torch.randperm(n_rows, device=device).tensor_split(n_batches):
            step += 1
            done = min(1.0, max(step / n_steps, _gone(seconds, run.seconds_left)))
            yield rows, done
            if done >= 1:
                return

    epoch = 0
    while done < 1:
        epoch += 1
        yield epoch, batches()


def _gone(seconds: float, left: float) -> float:
    return (1 - left / seconds) / TRAINING if 0 < seconds < math.inf else float(seconds == 0)


def one_cycle(done: float, warm_up: float = 0.2) -> float:
    """What to multiply the learning rate with: rises from 0 to 1 while `done` reaches `warm_up`, then falls to 0.

    References
    ----------
    L. N. Smith and N. Topin, *Super-Convergence: very fast training of neural networks using large learning rates*,
    arXiv:1708.07120, 2017; here with straight lines.
    """
    return min(done / warm_up if warm_up else 1.0, (1 - done) / (1 - warm_up))


def floats(X: torch.Tensor) -> torch.Tensor:
    """`X` as ``predict`` will get it: float32 in [0, 1], as large; uint8 is divided by 255, floats stay as they are."""
    import torch

    return X / 255 if X.dtype == torch.uint8 else X


def wobble(X: torch.Tensor, shift: float = 0.07, warp: float = 0.0) -> torch.Tensor:
    """Every image of `X` moved a little, and turned, stretched and sheared, each in its own way.

    Parameters
    ----------
    X : shape (n, channels, height, width)
        uint8 or float32.
    shift
        Images move by up to so much in both directions; 1 is half of an image, 0.07 one pixel of MNIST's.
    warp
        Each of the four numbers of the matrix that maps places to places is changed by up to so much: 0.1 turns by up
        to 6 degrees, stretches by up to 10 % and shears by as much.

    Returns
    -------
    Tensor
        float32 in [0, 1], as large as `X`. What comes in at the edges is 0.

    Notes
    -----
    One 2x3 matrix an image; pixels between pixels are interpolated linearly (`torch.nn.functional.grid_sample`).
    """
    import torch
    from torch.nn import functional

    X = floats(X)
    matrix = torch.eye(2, 3, device=X.device).repeat(len(X), 1, 1)  # (n, 2, 3), the identity
    noise = 2 * torch.rand_like(matrix) - 1
    matrix[:, :, :2] += warp * noise[:, :, :2]
    matrix[:, :, 2] += shift * noise[:, :, 2]
    # As affine_grid, in a fourth of its time: one product of matrices for all images, not one for each. Not in bfloat16
    # where `autocast` is on: its places would be wrong by up to a tenth of a pixel.
    with torch.autocast(X.device.type, enabled=False):
        places = torch.einsum("nij,jhw->nhwi", matrix, _places(X.shape[2], X.shape[3], X.device))  # (n, h, w, 2)
    return functional.grid_sample(X, places, align_corners=False)


def _places(height: int, width: int, device: torch.device) -> torch.Tensor:
    """Where the middle of each pixel is, from -1 to 1, across and down, and a 1: (3, height, width)."""
    import torch

    down, across = ((2 * torch.arange(n, device=device) + 1) / n - 1 for n in (height, width))
    return torch.stack(
        [across.expand(height, width), down[:, None].expand(height, width), torch.ones(height, width, device=device)]
    )


def mirrored(X: torch.Tensor) -> torch.Tensor:
    """Half of the images of `X`, drawn anew, with left and right exchanged; nothing for digits and letters.

    Parameters
    ----------
    X : shape (n, channels, height, width)

    Returns
    -------
    Tensor
        As `X`.
    """
    import torch

    chosen = torch.rand(len(X), 1, 1, 1, device=X.device) < 0.5
    return torch.where(chosen, X.flip(3), X)
