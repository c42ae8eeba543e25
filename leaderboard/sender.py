"""Who sends something to a class board, and how."""

from __future__ import annotations

from dataclasses import dataclass, replace

from leaderboard.store.base import NewSubmission


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What is known of who sent a submission to a class board, and of how.

    Parameters
    ----------
    entrant_id
        Who of the team.
    client_key
        Makes a repeated request the same submission.
    made_at
        When it was sent by the sender's clock, unix seconds, where it waited on the way.
    replaces
        Whether it takes the place of those of the team that still wait.
    """

    entrant_id: int | None = None
    client_key: str | None = None
    made_at: float | None = None
    replaces: bool = False

    def of(self, new: NewSubmission) -> NewSubmission:
        """`new` with all of this."""
        return replace(
            new,
            entrant_id=self.entrant_id,
            client_key=self.client_key,
            made_at=self.made_at,
            replaces=self.replaces,
        )


LOCAL = Sender()
"""Of a command on the board's own computer nothing more is known."""
