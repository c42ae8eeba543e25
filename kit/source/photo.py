"""One photo of any sort as a square of bytes.

Whatever a camera, a phone or an image search leaves in a folder comes here: other modes, photos that lie on their side
and say so in their EXIF block, and files that are no photos at all.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from kit.dataset import Array, Images

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 100_000_000  # 300 MB as RGB, in each thread that decodes; larger than any phone writes but as JPEG
CHANNELS = 3


class UnusableError(Exception):
    """Why a file can't be one of the photos, in words that go on a sentence "photo.jpg ..."."""


def decode(data: bytes, size: int) -> Images:
    """The photo in `data`, shape (3, size, size), uint8.

    The shorter side is brought to `size`, and the middle is cut out. Transparent places become white, grey photos get
    three equal channels, 16 bits a pixel become 8, and of an animation the first picture is taken.

    Raises
    ------
    UnusableError
        If it is no photo, is damaged or cut off, or has more than `MAX_PIXELS`.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as photo:
            _require_size(photo, size)
            upright = ImageOps.exif_transpose(photo)
            square = ImageOps.fit(_rgb(upright), (size, size), method=Image.Resampling.BICUBIC)
    except UnusableError:
        raise
    except UnidentifiedImageError:
        raise UnusableError("is no image" if data else "is empty") from None
    except Image.DecompressionBombError:
        raise UnusableError("has too many pixels") from None
    except Exception as error:  # noqa: BLE001 - decoders raise whatever a damaged file makes them
        raise UnusableError(f"is damaged: {str(error) or type(error).__name__}") from None
    return np.ascontiguousarray(np.asarray(square, dtype=np.uint8).transpose(2, 0, 1))


def _require_size(photo: Image, size: int) -> None:
    """Let JPEG decode at a fraction of its size, which costs a fraction of the time, and refuse what is huge still."""
    photo.draft(None, (2 * size, 2 * size))  # twice, so that the rest is resampled as finely as the others
    width, height = photo.size
    if width * height > MAX_PIXELS:
        limit = f"{MAX_PIXELS // 1_000_000} million"
        raise UnusableError(f"has {width} x {height} pixels, and more than {limit} are not read")


def _rgb(photo: Image) -> Image:
    from PIL import Image

    if photo.mode.startswith(("I", "F")):
        return Image.fromarray(_eight_bits(np.asarray(photo))).convert("RGB")
    if photo.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in photo.info:
        paper = Image.new("RGBA", photo.size, "white")
        return Image.alpha_composite(paper, photo.convert("RGBA")).convert("RGB")
    return photo.convert("RGB")


def _eight_bits(values: Array) -> Images:
    """16-bit intensities without their lower half; floats in [0, 1] times 255."""
    if values.dtype.kind == "f":
        whole: Array = np.round(np.clip(np.nan_to_num(values), 0, 1) * 255)
    else:
        whole = np.clip(values.astype(np.int64) >> 8, 0, 255)
    return whole.astype(np.uint8)
