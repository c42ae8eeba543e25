"""Where data files are looked for, and where downloaded ones are kept."""

from __future__ import annotations

import os
from pathlib import Path


def data_home() -> Path | None:
    """``KIT_DATA_HOME``: a mirror of data files that the kit reads and never writes to; None where there is none."""
    folder = os.environ.get("KIT_DATA_HOME")
    return Path(folder) if folder else None


def cache_home() -> Path:
    """``KIT_CACHE_HOME``, or the user's cache folder: what was downloaded and verified."""
    folder = os.environ.get("KIT_CACHE_HOME")
    if folder:
        return Path(folder)
    from platformdirs import user_cache_path

    return user_cache_path("competition-kit", appauthor=False)
