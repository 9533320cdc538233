"""Fetching public files, from a real HTTP server on this machine."""

from __future__ import annotations

import errno
import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from model_training.data.download import Download, DownloadError, download_all

CONTENT = bytes(range(256)) * 5000


@dataclass
class Server:
    """What the server does, and what it was asked."""

    url: str = ""
    cut_after: list[int] = field(default_factory=list)
    """Bytes after which the next answers end."""
    ranges: bool = True
    content: bytes = CONTENT
    asked: list[str | None] = field(default_factory=list)
    """The Range of every request."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A file server that knows cat.ndjson and `hot dog.npz`, and can break off."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.asked.append(wanted)
            known = ("/full/simplified/cat.ndjson", "/sketchrnn/hot%20dog.npz")
            if self.path not in known:
                self.send_error(404)
                return
            start = int(wanted[6:-1]) if wanted and state.ranges else 0
            if start >= len(state.content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(state.content)}")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(state.content) - start))
            self.end_headers()
            end = state.cut_after.pop(0) if state.cut_after else len(state.content)
            self.wfile.write(state.content[start : start + end])

        def log_message(self, format: str, *args: Any) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    yield state
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def _fetch(server: Server, folder: Path, name: str = "cat", kind: str = "simplified") -> Path:
    one = Download.of(name, kind, folder, server.url)
    [path] = download_all([one], say=lambda _: None)
    return path


def test_a_file_is_fetched_whole_and_not_twice(server: Server, tmp_path: Path) -> None:
    path = _fetch(server, tmp_path)
    assert path == tmp_path / "cat.ndjson"
    assert path.read_bytes() == CONTENT
    assert _fetch(server, tmp_path) == path
    assert server.asked == [None]
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_with_a_space_is_asked_for_as_it_stands(server: Server, tmp_path: Path) -> None:
    path = _fetch(server, tmp_path, "hot dog", "npz")
    assert path.name == "hot_dog.npz"
    assert path.read_bytes() == CONTENT


def test_a_connection_that_breaks_goes_on_where_it_stopped(
    server: Server, tmp_path: Path
) -> None:
    server.cut_after = [700_000, 1]
    assert _fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=700000-", "bytes=700001-"]


def test_what_was_fetched_before_a_kill_is_not_fetched_again(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "cat.ndjson.part").write_bytes(CONTENT[:1000])
    assert _fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.asked == ["bytes=1000-"]


def test_a_part_that_is_whole_already_is_taken(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cat.ndjson.part").write_bytes(CONTENT)
    assert _fetch(server, tmp_path).read_bytes() == CONTENT


def test_a_part_of_another_file_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cat.ndjson.part").write_bytes(CONTENT + b"more")
    assert _fetch(server, tmp_path).read_bytes() == CONTENT


def test_a_server_that_knows_no_ranges_sends_it_anew(server: Server, tmp_path: Path) -> None:
    server.ranges = False
    (tmp_path / "cat.ndjson.part").write_bytes(b"old")
    assert _fetch(server, tmp_path).read_bytes() == CONTENT


def test_a_class_that_is_not_there_is_said(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="is the class spelled as in"):
        _fetch(server, tmp_path, "newt")
    assert list(tmp_path.iterdir()) == []


def test_without_a_network_it_says_which_file_to_put_where(tmp_path: Path) -> None:
    one = Download.of("cat", "simplified", tmp_path, "http://127.0.0.1:9")
    with pytest.raises(DownloadError) as caught:
        list(download_all([one], say=lambda _: None))
    assert "http://127.0.0.1:9/full/simplified/cat.ndjson" in str(caught.value)
    assert f"put it here as {tmp_path / 'cat.ndjson'}" in str(caught.value)


def test_a_connection_that_keeps_breaking_is_given_up_and_keeps_its_part(
    server: Server, tmp_path: Path
) -> None:
    server.cut_after = [10] * 5
    with pytest.raises(DownloadError, match="it goes on where it stopped"):
        _fetch(server, tmp_path)
    assert (tmp_path / "cat.ndjson.part").read_bytes() == CONTENT[:50]


def test_a_full_disk_is_said(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: Path, _target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(DownloadError, match=r"cannot be written: .*No space left"):
        _fetch(server, tmp_path)


def test_progress_is_shown(server: Server, tmp_path: Path) -> None:
    terminal = io.StringIO()
    one = Download.of("cat", "simplified", tmp_path, server.url)
    list(download_all([one], say=lambda _: None, terminal=terminal))
    assert "cat.ndjson [==============================] 1.3 of 1.3 MB" in terminal.getvalue()


def test_the_public_addresses_are_googles() -> None:
    found = {kind: Download.of("hot dog", kind, Path()).url for kind in ("raw", "binary")}
    base = "https://storage.googleapis.com/quickdraw_dataset/full"
    assert found == {
        "raw": f"{base}/raw/hot%20dog.ndjson",
        "binary": f"{base}/binary/hot%20dog.bin",
    }
