"""How a workspace's board can be served on this computer: whether code is shut in, and under which addresses."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

from kit.errors import SandboxError
from leaderboard.web.desk import Serving

if TYPE_CHECKING:
    from kit.workspace import Workspace


def serving_of(workspace: Workspace, serving: Serving | None = None) -> Serving:
    """`serving` with what this computer can do: plugins are taken only where their code is shut in.

    Raises
    ------
    UsageError
        E003 if the settings name a sandbox that there is not.
    """
    from kit.sandbox.best import require_isolation

    serving = serving or Serving()
    sandbox = workspace.sandbox()
    why = ""
    try:
        require_isolation(sandbox, allow_unsafe=workspace.config.sandbox_allow_unsafe)
    except SandboxError as error:
        why = f"{error.problem.message[:1].upper()}{error.problem.message[1:]} ({error.code})."
    return replace(serving, sandbox=workspace.sandbox_name, why_no_code=why)


def own_address() -> str | None:
    """The address that this computer has in the network of the room; None where it is in none.

    Nothing is sent: connecting a datagram socket only asks the system which way it would take.
    """
    for target in ("10.255.255.255", "192.168.255.255", "172.31.255.255", "192.0.2.1"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((target, 9))
                found = str(probe.getsockname()[0])
            except OSError:
                continue
        if not found.startswith(("127.", "0.")):
            return found
    return None
