"""Whether there is a graphics card that a run could use, found out without importing torch or touching the card."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path

DEV = Path("/dev")
_CUDA = re.compile(r"^cuda\b[^=]*= *['\"]\d", re.MULTILINE)


def card(dev: Path = DEV) -> str | None:
    """The number of the first card of this computer as the driver of NVIDIA names its nodes; None where there is none.

    It is the first that CUDA counts too: what is inside a container, or granted to a run, is counted from 0 on. None
    as well where ``CUDA_VISIBLE_DEVICES`` is empty or -1, which is how a host says that cards are not to be used.
    """
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1") or not (dev / "nvidiactl").exists():
        return None
    numbers = [int(node.name.removeprefix("nvidia")) for node in dev.glob("nvidia[0-9]*") if node.name[6:].isdigit()]
    return str(min(numbers)) if numbers else None


def torch_uses_cards() -> bool:
    """Whether the torch that is installed was built for CUDA: what its ``version.py`` says, which is read, not run."""
    found = find_spec("torch")
    if found is None or found.origin is None:
        return False
    version = Path(found.origin).with_name("version.py")
    return version.is_file() and _CUDA.search(version.read_text(encoding="utf-8")) is not None


def granted(devices: str, dev: Path = DEV) -> str:
    """What `kit.job.Limits.devices` is for a competition that says `devices`: a card's number, or ``cpu``."""
    if devices == "cpu" or not torch_uses_cards():
        return "cpu"
    return card(dev) or "cpu"
