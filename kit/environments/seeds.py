"""Seeds of the episodes that count: drawn from a competition's salt, so that who has no salt can't reckon them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

SEED_BITS = 31  # what every library takes as a seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """Seeds, each there once.

    Parameters
    ----------
    valid
        Of the episodes that an entrant's own run is scored on.
    test
        Of those that count, public and private mixed.
    public
        Places in `test` of the public ones, ascending.
    """

    valid: tuple[int, ...]
    test: tuple[int, ...]
    public: tuple[int, ...]


def draw(salt: str, *, n_valid: int, n_public: int, n_private: int) -> Seeds:
    """As many seeds as asked for, the same ones on every computer.

    Notes
    -----
    Number i is the first 31 bits of the HMAC-SHA256 of ``seed`` and i under the salt; one that came before is passed
    over. The first `n_valid` are for validation. Public is who has the smallest HMAC of ``public`` and its seed.
    """
    n_test = n_public + n_private
    drawn = tuple(islice(_without_repeats(salt), n_valid + n_test))
    valid, test = drawn[:n_valid], drawn[n_valid:]
    order = sorted(range(n_test), key=lambda place: _digest(salt, f"public {test[place]}"))
    return Seeds(valid=valid, test=test, public=tuple(sorted(order[:n_public])))


def _without_repeats(salt: str) -> Iterator[int]:
    known: set[int] = set()
    for i in count():
        seed = int.from_bytes(_digest(salt, f"seed {i}")[:4], "big") >> (32 - SEED_BITS)
        if seed not in known:
            known.add(seed)
            yield seed


def _digest(salt: str, what: str) -> bytes:
    return hmac.new(salt.encode(), what.encode(), hashlib.sha256).digest()
