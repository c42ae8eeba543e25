"""Requests to a class server: the standard library's client, our errors, no proxy and no redirect."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kit import __version__
from kit.errors import (
    DataError,
    KitError,
    MetricError,
    ParticipantVisibleError,
    PluginError,
    Problem,
    RefusedError,
    SandboxError,
    StorageError,
    UsageError,
)
from kit.job import decode

TIMEOUT_S = 30.0  # the first answer of a server that was just started takes seconds
LONG_S = 180.0  # a file is scored in the answer to its request, data are prepared for it, and others may come first
CONNECT_S = 5.0  # a computer that sleeps does not say that it is away
PATIENCE_S = 3.0  # whoever waits longer in silence takes it for broken
_MAX_ANSWER = 256 << 20
_CLASSES: Mapping[int, type[KitError]] = {
    error.exit_code: error
    for error in (
        UsageError,
        PluginError,
        ParticipantVisibleError,
        RefusedError,
        DataError,
        MetricError,
        StorageError,
        SandboxError,
    )
}


_SAME_NETWORK = "are you in the same network as the class? Ask whether   kit serve   runs"
_MOVED = "kit join URL --moved   where the class has another address today"
_ALONE = "--local   works on this computer alone"


class AwayError(StorageError):
    """E701: the server does not answer, what answers is none, or it can't be known who it is."""

    def __init__(self, url: str, why: str, *, what: str = "does not answer", fix: str = _SAME_NETWORK) -> None:
        message = f"the class server {url} {what}"
        super().__init__(Problem(code="E701", message=message, why=f"{why}.", fix=f"{fix}\n{_ALONE}"))


class LaterError(StorageError):
    """E709: the server is there and has no room now."""

    def __init__(self, problem: Problem, after_s: float) -> None:
        super().__init__(problem)
        self.after_s = after_s


class Http:
    """One server.

    Parameters
    ----------
    url
        ``http://10.0.0.5:8800``.
    token
        Sent with every request where it is not empty.
    cafile
        Certificate that the server's is checked with; empty for those of this computer.
    on_wait
        Called, once, when an answer takes more than `PATIENCE_S`; in a thread of its own.
    """

    def __init__(
        self, url: str, *, token: str = "", cafile: str = "", on_wait: Callable[[], None] | None = None
    ) -> None:
        self.url, self._token, self._cafile = url, token, cafile
        self._on_wait = on_wait

    def get(self, path: str, *, timeout_s: float = TIMEOUT_S) -> Any:
        """What is at `path`."""
        return json.loads(self.fetch("GET", path, timeout_s=timeout_s))

    def post(self, path: str, value: Any = None) -> Any:
        """What comes of sending `value` as JSON."""
        body = b"" if value is None else json.dumps(value).encode()
        return json.loads(self.fetch("POST", path, body, {"content-type": "application/json"}))

    def fetch(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> bytes:
        """The body of an answer.

        Raises
        ------
        AwayError
            E701.
        KitError
            What the server says, of the class that it has there.
        """
        sent = {"user-agent": f"kit/{__version__}", "accept": "application/json"} | dict(headers or {})
        if self._token:
            sent["authorization"] = f"Bearer {self._token}"
        try:
            connection = self._connection(min(timeout_s, CONNECT_S))
        except (OSError, ssl.SSLError) as error:
            fix = f"put the certificate of the class there again: {self._cafile}      your teacher has it"
            raise self._not_trusted(f"The file of it can't be read: {error.strerror or error}", fix) from None
        try:
            with self._patience():
                connection.connect()
                connection.sock.settimeout(timeout_s)
                with suppress(
                    BrokenPipeError, ConnectionResetError, ssl.SSLEOFError
                ):  # who does not hear it out may have said why
                    connection.request(method, path, body or None, sent)
                answer = connection.getresponse()
                data = answer.read(_MAX_ANSWER)
        except ssl.SSLCertVerificationError as error:
            fix = f"{self._join(self.url)} --cafile FILE      with the certificate that your teacher hands out"
            raise self._not_trusted(error.verify_message, fix) from None
        except ssl.SSLError:
            plain = self._join(self.url.replace("https://", "http://"))
            fix = f"{plain}      if your teacher's screen shows no https://"
            raise AwayError(self.url, "What listens there does not speak HTTPS", fix=fix) from None
        except (ConnectionResetError, http.client.RemoteDisconnected, http.client.BadStatusLine) as error:
            fix = f"{_SAME_NETWORK}\nif its address begins with   https://   type that, too"
            raise AwayError(self.url, _why(error), fix=fix) from None
        except (OSError, http.client.HTTPException) as error:
            fix = f"{_SAME_NETWORK}\n{_MOVED}" if self._token else _SAME_NETWORK
            raise AwayError(self.url, _why(error), fix=fix) from None
        finally:
            connection.close()
        if answer.status >= 300:
            raise self._said(answer.status, data)
        return data

    @contextmanager
    def _patience(self) -> Iterator[None]:
        """Say once that an answer is waited for, where it takes long."""
        timer = threading.Timer(PATIENCE_S, self._say_that_it_waits)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _say_that_it_waits(self) -> None:
        say, self._on_wait = self._on_wait, None
        if say is not None:
            say()

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=self._cafile or None)
            return http.client.HTTPSConnection(parts.netloc, timeout=timeout_s, context=context)
        return http.client.HTTPConnection(parts.netloc, timeout=timeout_s)

    def _join(self, url: str) -> str:
        """What leads to the same class in another way: whoever is in it stays in it."""
        return f"kit join {url}{' --moved' if self._token else ''}"

    def _not_trusted(self, why: str, fix: str) -> AwayError:
        """It is not known whether it is the class that answers: nothing was sent to it."""
        return AwayError(
            self.url,
            f"{why[:1].upper()}{why[1:]}. Nothing was sent: it could be anybody",
            what="is not trusted: its certificate is not known here",
            fix=fix,
        )

    def _said(self, status: int, data: bytes) -> KitError:
        try:
            return self.failure(json.loads(data))
        except (ValueError, KeyError, TypeError):
            return AwayError(self.url, f"What answers there is no class server (status {status})")

    def failure(self, told: dict[str, Any]) -> KitError:
        """What the API says of something that went wrong, as the error that it is there."""
        problem = decode(Problem, json.dumps(told["error"]))
        if problem.code in ("E709", "E409"):
            return LaterError(problem, float(told["retry_after_s"] or 10.0))
        parts = tuple(decode(Problem, json.dumps(part)) for part in told["parts"])
        return _CLASSES.get(told["exit_code"], StorageError)(problem, parts)


def _why(error: Exception) -> str:
    """Why there is no answer, in the same words on every system."""
    if isinstance(error, ConnectionRefusedError):
        return "That computer is there, and nothing listens at this port"
    if isinstance(error, TimeoutError):
        return "Nothing came back in time"
    if isinstance(error, socket.gaierror):
        return "No computer of this name is known here"
    return str(error) or type(error).__name__


def plain_url(text: str) -> tuple[str, str]:
    """(address of the server, word code or empty) of what one was told to type: ``10.0.0.5:8800/join/calm-lynx-12``.

    Raises
    ------
    UsageError
        E002 if it is no address.
    """
    typed = text.strip() if "://" in text else f"http://{text.strip()}"
    parts = urlsplit(typed)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("http", "https") or not parts.hostname or port == -1 or parts.username:
        fix = "kit join http://10.0.0.5:8800/join/brave-otter-41      as your teacher's screen shows it"
        raise UsageError(Problem(code="E002", message=f"{text!r} is no address of a class", fix=fix))
    code = parts.path.partition("/join/")[2].strip("/")
    return f"{parts.scheme}://{parts.netloc}", code


def read_certificate(path: Path) -> str:
    """`path` as it is kept. Raises `UsageError` E002 where it holds no certificate."""
    try:
        ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError) as error:
        message = f"{path} holds no certificate: {error}"
        raise UsageError(Problem(code="E002", message=message, fix="a .pem file")) from None
    return str(path.resolve())
