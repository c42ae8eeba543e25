"""What the scores of a board are made of, read from the blobs: the ground of ties, of the Ladder and of comparisons.

Replicates are kept once they were made, beside the blobs and not among them: a score never changes, so its replicates
never do, but they belong to one way of drawing resamples, and whoever deletes the folder loses nothing but time.

::

    .kit/replicates/<of what: competition and part, metric, versions>/<terms>.npy
                                                                     /improvements.json
                                                                     /ranks.json
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.errors import StorageError
from leaderboard.artifacts import npy, part_score
from leaderboard.store.base import Part, Scored
from leaderboard.store.blobs import Blobs

if TYPE_CHECKING:
    from kit.metrics.base import FloatArray, Metric
    from kit.scoring import PartScore

_MOST_LOADED = 1000  # of 8 kB each: those of a class are not read again at every submission
_VERSION = 1  # of how resamples are drawn and combined


class Evidence:
    """What the scores of one part of a competition are made of.

    Parameters
    ----------
    blobs
        Where the terms are.
    folder
        Where replicates are kept; made when the first ones are.
    competition, part, metric
        Whose they are.
    """

    def __init__(self, blobs: Blobs, folder: Path, *, competition: str, part: Part, metric: Metric) -> None:
        import numpy as np

        import kit

        self._blobs, self._metric = blobs, metric
        self.seed_text = f"{competition}/{part}"
        made_with = (self.seed_text, metric.code, metric.version, np.__version__, kit.__version__, _VERSION)
        self._folder = folder / sha256(repr(made_with).encode()).hexdigest()[:16]
        self._parts: dict[str, PartScore] = {}

    def part(self, row: Scored) -> PartScore | None:
        """The score of `row` with what it is made of; None where that is not on disk any more."""
        if row.terms_sha256 not in self._parts:
            try:
                self._parts[row.terms_sha256] = part_score(self._blobs.get(row.terms_sha256), value=row.value, n=row.n)
            except (StorageError, ValueError):  # a board without ties is better than none; `kit compare` says why
                return None
        return self._parts[row.terms_sha256]

    def rank_interval(self, rows: Sequence[Scored], place: int) -> tuple[int, int] | None:
        """Best and worst rank that the row at a place may have: of a large board in a small part of the time."""
        from leaderboard.statistics.ranks import rank_intervals

        replicates = self.replicates(rows)
        if replicates is None:
            return None
        scores, is_greater = _values(rows), self._metric.greater_is_better
        return rank_intervals(scores, replicates, greater_is_better=is_greater, of=[place])[0]

    def rank_intervals(self, rows: Sequence[Scored]) -> list[tuple[int, int]] | None:
        """Best and worst rank that each row may have; None where what they are made of is not on disk any more."""
        from leaderboard.statistics.ranks import rank_intervals

        # Most submissions change nobody's best: the ranks are then as they were.
        of = sha256("\n".join(f"{row.terms_sha256} {row.value!r}" for row in rows).encode()).hexdigest()
        known = self._read("ranks.json")
        if known.get("of") == of:
            return [(lo, hi) for lo, hi in known["ranks"]]
        replicates = self.replicates(rows) if rows else None
        if replicates is None:
            return None
        ranks = rank_intervals(_values(rows), replicates, greater_is_better=self._metric.greater_is_better)
        self._keep("ranks.json", json.dumps({"of": of, "ranks": ranks}).encode())
        return ranks

    def replicates(self, rows: Sequence[Scored]) -> FloatArray | None:
        """Scores on the shared resamples, shape (n_rows, r); None where what they are made of is not there."""
        import numpy as np

        from leaderboard.statistics.bootstrap import replicates_of_all

        found = {row.terms_sha256: kept for row in rows if (kept := self._kept(row)) is not None}
        missing = {row.terms_sha256: row for row in rows if row.terms_sha256 not in found}
        parts = {digest: part for digest, row in missing.items() if (part := self.part(row)) is not None}
        if len(parts) < len(missing):
            return None
        if parts:
            made = replicates_of_all(self._metric, list(parts.values()), seed_text=self.seed_text)
            for digest, replicates in zip(parts, made, strict=True):
                found[digest] = replicates
                self._keep(f"{digest}.npy", npy(replicates))
        n_shared = min(map(len, found.values()))  # of a metric without terms some have fewer
        return np.stack([found[row.terms_sha256][:n_shared] for row in rows])

    def is_improvement(self, best: Scored | None, new: Scored) -> bool:
        """Whether `new` is better by more than the noise; False where that can't be told any more."""
        from leaderboard.statistics.feedback import is_improvement

        if best is None:
            return True
        pair = f"{best.terms_sha256} {new.terms_sha256}"
        known: dict[str, bool] = self._read("improvements.json")
        if pair not in known:
            before, now = self.part(best), self.part(new)
            if before is None or now is None:
                return False
            known[pair] = is_improvement(self._metric, before, now, seed_text=self.seed_text)
            self._keep("improvements.json", json.dumps(known).encode())
        return known[pair]

    def _read(self, name: str) -> dict[str, Any]:
        """What was kept under a name; empty where nothing was."""
        try:
            known: Any = json.loads((self._folder / name).read_bytes())
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def _kept(self, row: Scored) -> FloatArray | None:
        """The replicates of `row` as they were made before; None where they were not."""
        try:
            return _loaded(self._folder / f"{row.terms_sha256}.npy")
        except (OSError, ValueError, EOFError):
            return None

    def _keep(self, name: str, data: bytes) -> None:
        """Keep what can be made again: where there is no room for it, or no permission, it is."""
        temporary = self._folder / f".{name}.{os.urandom(8).hex()}"
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                temporary.write_bytes(data)
                temporary.replace(self._folder / name)
            finally:
                temporary.unlink(missing_ok=True)


@lru_cache(_MOST_LOADED)
def _loaded(path: Path) -> FloatArray:
    """Replicates, which are never others under the same name."""
    import numpy as np

    kept: FloatArray = np.load(path, allow_pickle=False)
    kept.flags.writeable = False
    return kept


def _values(rows: Sequence[Scored]) -> FloatArray:
    import numpy as np

    return np.asarray([row.value for row in rows])
