from __future__ import annotations

import hashlib
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kit.errors import DataError, KitError, StorageError
from kit.source.fetch import RemoteFile, fetch

CONTENT = b"\x00\x01published" * 60_000
FOLDER = "torchvision/MNIST/raw"
Answers = dict[str, tuple[int, bytes, int]]  # path -> status, body, promised length


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    data, cache = tmp_path / "data", tmp_path / "cache"
    monkeypatch.setenv("KIT_DATA_HOME", str(data))
    monkeypatch.setenv("KIT_CACHE_HOME", str(cache))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return data, cache


@pytest.fixture
def serve() -> Iterator[Callable[[Answers], str]]:
    """Answers requests on 127.0.0.1; gives the address that every path is appended to."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(answers: Answers) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body, promised = answers.get(self.path, (404, b"", 0))
                self.send_response(status)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None: ...

        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_address[1]}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def closed_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}/"


def remote(*addresses: str, name: str = "a.gz") -> RemoteFile:
    urls = tuple(address + name for address in addresses)
    return RemoteFile(name=name, urls=urls, size=len(CONTENT), md5=hashlib.md5(CONTENT).hexdigest())


def ok(body: bytes = CONTENT) -> tuple[int, bytes, int]:
    return 200, body, len(body)


def failure(*files: RemoteFile) -> KitError:
    with pytest.raises(KitError) as caught:
        fetch(files, FOLDER, on_progress=lambda line: None)
    return caught.value


def test_a_file_in_the_data_home_is_used_and_nothing_written(homes: tuple[Path, Path]) -> None:
    path = homes[0] / FOLDER / "a.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert fetch([remote(closed_address())], FOLDER, on_progress=print) == [path]
    assert not homes[1].exists()
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_file_is_downloaded_into_the_cache_once(
    homes: tuple[Path, Path], serve: Callable[[Answers], str]
) -> None:
    answers = {"/a.gz": ok()}
    file, lines = remote(serve(answers)), list[str]()
    assert fetch([file], FOLDER, on_progress=lines.append) == [homes[1] / FOLDER / "a.gz"]
    answers.clear()
    assert fetch([file], FOLDER, on_progress=lines.append)[0].read_bytes() == CONTENT
    assert lines
    assert "downloading a.gz" in lines[0]
    assert not homes[0].exists()


def test_a_mirror_is_asked_when_the_first_address_fails(
    homes: tuple[Path, Path], serve: Callable[[Answers], str]
) -> None:
    file = remote(closed_address(), serve({}), serve({"/a.gz": ok(b"wrong")}), serve({"/a.gz": ok()}))
    assert fetch([file], FOLDER, on_progress=lambda line: None)[0].read_bytes() == CONTENT


@pytest.mark.parametrize("body", [b"login please", CONTENT[::-1], CONTENT * 3, CONTENT[:-5]])
def test_other_bytes_than_the_published_ones_are_e502(
    homes: tuple[Path, Path], serve: Callable[[Answers], str], body: bytes
) -> None:
    error = failure(remote(serve({"/a.gz": ok(body)})))
    assert error.code == "E502"
    assert "a.gz" in error.problem.message
    assert list((homes[1] / FOLDER).iterdir()) == []


def test_a_server_error_is_e503(homes: tuple[Path, Path], serve: Callable[[Answers], str]) -> None:
    error = failure(remote(serve({"/a.gz": (503, b"", 0)})))
    assert error.code == "E503"
    assert "503" in error.problem.where


def test_a_download_that_stops_in_the_middle_is_e503(homes: tuple[Path, Path], serve: Callable[[Answers], str]) -> None:
    error = failure(remote(serve({"/a.gz": (200, CONTENT[:1000], len(CONTENT))})))
    assert error.code == "E503"
    assert list((homes[1] / FOLDER).iterdir()) == []


def test_without_a_network_every_missing_file_is_listed_with_size_sum_and_folder(homes: tuple[Path, Path]) -> None:
    address = closed_address()
    error = failure(remote(address), remote(address, name="b.gz"))
    assert error.code == "E501"
    assert isinstance(error, DataError)
    assert [part.message.split()[0] for part in error.parts] == ["a.gz", "b.gz"]
    assert all(f"{len(CONTENT):,} bytes, md5 " in part.message for part in error.parts)
    assert str(homes[1] / FOLDER) in error.problem.fix
    assert FOLDER in error.problem.fix


def test_a_wrong_file_in_the_data_home_is_named_and_left_alone(homes: tuple[Path, Path]) -> None:
    path = homes[0] / FOLDER / "a.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half")
    error = failure(remote(closed_address()))
    assert error.code == "E502"
    assert error.problem.where == str(path)
    assert path.read_bytes() == b"half"


def test_a_damaged_file_in_the_cache_is_downloaded_again(
    homes: tuple[Path, Path], serve: Callable[[Answers], str]
) -> None:
    path = homes[1] / FOLDER / "a.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half")
    fetch([remote(serve({"/a.gz": ok()}))], FOLDER, on_progress=lambda line: None)
    assert path.read_bytes() == CONTENT


def test_a_cache_that_cannot_be_written_is_a_storage_error(
    homes: tuple[Path, Path], serve: Callable[[Answers], str]
) -> None:
    homes[1].write_text("a file where the folder should be")
    error = failure(remote(serve({"/a.gz": ok()})))
    assert error.code == "E706"
    assert isinstance(error, StorageError)
