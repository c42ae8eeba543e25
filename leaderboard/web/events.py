"""Server-sent events: who listens is told the newest value of a topic, never a queue of old ones.

Memory is bounded: a listener holds one number, a topic one value, and there are at most so many listeners. Whoever
reads slowly misses values in between, and gets the latest.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection

HEARTBEAT_S = 15.0  # a comment, so that proxies and browsers keep the line open
RETRY_MS = 2000
LATER_MS = 30_000
MOST_EACH = 16  # open pages of one browser, or of one who joined: none of them keeps the others from looking on


class Listener:
    """One open stream."""

    def __init__(self, topics: tuple[str, ...], of: str) -> None:
        self.topics, self.of = topics, of
        self.is_ended = False
        self.news = asyncio.Event()
        self.seen: dict[str, str] = {}


class Streams:
    """All open streams of one server.

    Parameters
    ----------
    most
        How many may be open at the same time; three quarters of them for those who have not joined.
    """

    def __init__(self, *, most: int = 1000) -> None:
        self._most = most
        self._latest: dict[str, str] = {}
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._open: set[Listener] = set()
        self._n_of: Counter[str] = Counter()
        self.is_closed = False

    @property
    def n_open(self) -> int:
        """How many listen."""
        return len(self._open)

    def has_room(self, of: str = "") -> bool:
        """Whether one more may listen; `of` is who, empty for those who have not joined."""
        most = MOST_EACH if of else max(1, 3 * self._most // 4)
        return not self.is_closed and len(self._open) < self._most and self._n_of[of] < most

    def publish(self, topic: str, value: str) -> None:
        """Make `value` the latest of `topic`; to be called in the server's own loop."""
        if self._listeners.get(topic):
            self._latest[topic] = value
        for listener in self._listeners.get(topic, ()):
            listener.news.set()

    def close(self) -> None:
        """End every stream: a server that stops waits for nobody who listens."""
        self.is_closed = True
        for listener in self._open:
            listener.news.set()

    def end(self, whose: Collection[str]) -> None:
        """End the streams of those who are nobody any more."""
        for listener in self._open:
            if listener.of in whose:
                listener.is_ended = True
                listener.news.set()

    async def listen(self, *topics: str, first: bytes = b"", of: str = "") -> AsyncIterator[bytes]:
        """The stream of some topics, as bytes of ``text/event-stream``; with `first` what is told at once.

        Where there is no room it ends at once: many may have asked in the moment before each of them began.
        """
        if not self.has_room(of):
            yield f"retry: {LATER_MS}\n\n".encode()
            return
        listener = Listener(topics, of)
        self._open.add(listener)
        self._n_of[of] += 1
        for topic in topics:
            self._listeners[topic].add(listener)
        try:
            yield f"retry: {RETRY_MS}\n: open\n\n".encode() + first
            while not (self.is_closed or listener.is_ended):
                try:
                    await asyncio.wait_for(listener.news.wait(), HEARTBEAT_S)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                listener.news.clear()
                for block in self._told(listener):
                    yield block
        finally:
            self._forget(listener)

    def _told(self, listener: Listener) -> list[bytes]:
        blocks = []
        for topic in () if listener.is_ended else listener.topics:
            value = self._latest.get(topic)
            if value is not None and listener.seen.get(topic) != value:
                listener.seen[topic] = value
                blocks.append(event(topic.partition("/")[0], value))
        return blocks

    def _forget(self, listener: Listener) -> None:
        self._open.discard(listener)
        self._n_of -= Counter([listener.of])  # forgets whom nothing is open of
        for topic in listener.topics:
            self._listeners[topic].discard(listener)
            if not self._listeners[topic]:
                del self._listeners[topic]
                self._latest.pop(topic, None)


def event(name: str, data: str) -> bytes:
    """One event as it goes over the line. Lines of `data` can't be mistaken for fields of their own."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n".encode()
