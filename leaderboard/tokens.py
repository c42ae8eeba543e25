"""Secrets of a class: bearer tokens and one-time codes. The store is given their hashes only."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256


def new_token() -> str:
    """256 random bits as text that can stand in a header, a cookie or an address."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What the store knows of a token. Of 256 random bits a plain hash can't be searched backwards."""
    return sha256(token.encode()).hexdigest()


def is_same(first: str, second: str) -> bool:
    """Whether two texts are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(first.encode(), second.encode())
