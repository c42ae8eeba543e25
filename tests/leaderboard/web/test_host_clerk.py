"""What is reckoned for the host beside the server."""

from __future__ import annotations

import pytest

from kit.plugin.archive import packed
from kit.workspace import Workspace
from leaderboard.board import Board
from leaderboard.web import host_clerk

PLUGIN = b"def fit(train):\n    return 0\n\n\ndef predict(model, X):\n    return [3] * len(X)\n"


@pytest.mark.slow
def test_the_host_is_told_the_verdict_that_its_author_was_told(here: Workspace, board: Board) -> None:
    team = board.classroom.team("Anna Example").handle
    sent = board.submit_plugin("digits", packed({"plugin.py": PLUGIN}), name="mine", team=team)
    found = host_clerk.verdicts(here.root, "digits", (sent.submission_id,))
    assert found == {sent.submission_id: "not learning"}
