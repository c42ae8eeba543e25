"""A class over HTTPS, with a certificate that the teacher has made."""

from __future__ import annotations

import http.client
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from leaderboard.client.http import AwayError, Http
from leaderboard.web.security import SESSION_COOKIE

KitProcess = subprocess.CompletedProcess[str]
Serve = Callable[..., AbstractContextManager[Any]]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="ends the server with a signal that Windows has not"),
]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this computer that nobody knows, and its key."""
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    made, key = folder / "class.pem", folder / "key.pem"
    line = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(made)]
    subprocess.run([*line, *names], check=True, capture_output=True, timeout=60)
    return made, key


def got(address: str, certificate: Path, cookie: str = "") -> tuple[Message, str]:
    """Headers and text of what is at an address, for a browser that knows the certificate."""
    parts, context = urlsplit(address), ssl.create_default_context(cafile=str(certificate))
    headers = {"cookie": cookie} if cookie else {}
    with closing(http.client.HTTPSConnection(parts.netloc, timeout=30, context=context)) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        with connection.getresponse() as answer:
            return answer.headers, answer.read().decode()


def test_over_https_cookies_are_for_https_only_and_nobody_is_told_that_it_is_plain(
    serve: Serve, certificate: tuple[Path, Path]
) -> None:
    made, key = certificate
    with serve("--workers", "0", "--certfile", str(made), "--keyfile", str(key)) as served:
        assert served.students.startswith("https://127.0.0.1:")
        entered, _ = got(served.host, made)
        _, page = got(served.host.partition("?")[0], made, entered["set-cookie"].partition(";")[0])
        joining, _ = got(served.students, made)
    assert ["secure" in headers["set-cookie"].lower() for headers in (entered, joining)] == [True, True]
    assert entered["strict-transport-security"]
    assert ["QR code" in page, "plain http" in page.casefold()] == [True, False]


def test_a_browser_joins_over_https_with_a_cookie_that_is_sent_over_nothing_else(
    serve: Serve, certificate: tuple[Path, Path], browser: Any
) -> None:
    made, key = certificate
    with (
        serve("--workers", "0", "--certfile", str(made), "--keyfile", str(key)) as served,
        closing(browser.new_context(ignore_https_errors=True)) as context,
    ):
        page = context.new_page()
        page.goto(served.students)
        page.get_by_label("Your name").select_option("Anna Example")
        page.get_by_role("button", name="Go on").click()
        page.get_by_role("button", name="Yes, that is me").click()
        page.get_by_text("you have joined").wait_for()
        cookies = {cookie["name"]: cookie["secure"] for cookie in context.cookies()}
    assert cookies[SESSION_COOKIE]
    assert all(cookies.values())


def test_without_a_certificate_the_host_is_told_that_transport_is_plain(client: Any, host: dict[str, str]) -> None:
    token = host["authorization"].removeprefix("Bearer ")
    assert "plain http" in client.get("/host", headers={"cookie": f"{SESSION_COOKIE}={token}"}).text.casefold()


def test_a_student_joins_where_the_certificate_is_known_and_else_is_told_what_to_do(
    serve: Serve, certificate: tuple[Path, Path], student: Callable[..., KitProcess]
) -> None:
    made, key = certificate
    with serve("--workers", "0", "--certfile", str(made), "--keyfile", str(key)) as served:
        joining = ("join", served.students, "--name", "anna example")
        refused, plain = student(*joining), student("join", served.students.replace("https://", ""), *joining[2:])
        assert (refused.returncode, plain.returncode) == (8, 8)
        joined = student(*joining, SSL_CERT_FILE=str(made))
        assert joined.returncode == 0, joined.stderr
        assert student("leave", SSL_CERT_FILE=str(made)).returncode == 0
        other = student("join", served.students, "--name", "ben example", "--cafile", str(made))
        assert other.returncode == 0, other.stderr
        assert student("leaderboard").returncode == 0  # the file is kept with the membership
    assert "E701" in refused.stderr
    assert "certificate" in refused.stderr
    assert "--cafile" in refused.stderr
    assert "https://" in plain.stderr.partition("Fix")[2]


def test_a_certificate_that_was_removed_is_told(tmp_path: Path) -> None:
    with pytest.raises(AwayError) as caught:
        Http("https://127.0.0.1:1", cafile=str(tmp_path / "gone.pem")).get("/")
    assert (caught.value.code, "gone.pem" in str(caught.value.problem)) == ("E701", True)


def test_https_where_there_is_none_is_told(serve: Serve, student: Callable[..., KitProcess]) -> None:
    with serve("--workers", "0") as served:
        refused = student("join", served.students.replace("http://", "https://"), "--name", "anna example")
    assert (refused.returncode, "E701" in refused.stderr) == (8, True)
    assert f"kit join {served.students.partition('/join')[0]}" in refused.stderr
