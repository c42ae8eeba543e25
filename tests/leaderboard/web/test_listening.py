"""The socket that a class is served on."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing

from leaderboard.commands.serve import listen


def test_an_answer_on_a_connection_that_is_kept_does_not_wait_for_more_to_send() -> None:
    sends_at_once: asyncio.Queue[int] = asyncio.Queue()

    async def look(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = writer.get_extra_info("socket")
        sends_at_once.put_nowait(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async def is_set_for_a_visitor(listening: socket.socket) -> bool:
        async with await asyncio.start_server(look, sock=listening):
            _, visitor = await asyncio.open_connection(*listening.getsockname())
            with closing(visitor):
                return bool(await sends_at_once.get())

    with closing(listen("127.0.0.1", 0)) as listening:
        assert asyncio.run(is_set_for_a_visitor(listening))
