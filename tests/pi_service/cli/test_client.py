"""Commands that ask the service, where something else answers or the address is none."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import click
import pytest
from click.testing import CliRunner

from pi_service.__main__ import cli

GONE = struct.pack("ii", 1, 0)
"""SO_LINGER: the connection is reset."""


class Stranger(BaseHTTPRequestHandler):
    """Answers everything as another program might."""

    says = b"{}"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.says)))
        self.end_headers()
        self.wfile.write(self.says)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - as the library names them

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def asking(command: click.Command, words: list[str]) -> Iterator[list[str]]:
    """The words of every command that takes the service's address."""
    with click.Context(command) as context:
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                yield from asking(found, [*words, name])
        if any("--url" in each.opts for each in command.params):
            needed = [
                p for p in command.params if isinstance(p, click.Argument) and p.required
            ]
            yield [*words, *("1" for each in needed for _ in range(max(1, each.nargs)))]


@pytest.mark.parametrize("words", [*asking(cli, [])], ids=" ".join)
def test_what_is_not_catplotter_is_told_in_a_sentence(
    words: list[str], stranger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for answer in (b"{}", b'{"jobs": [{}]}', b"[1]", b"<html>", b"\xff", b""):
        monkeypatch.setattr(Stranger, "says", answer)
        done = CliRunner().invoke(cli, [*words, "--url", stranger])
        assert done.exception is None or isinstance(done.exception, SystemExit), answer
    for address in ("http://[", "http://a:b", "http://", "ftp://here", "http://h:99999"):
        done = CliRunner().invoke(cli, [*words, "--url", address])
        assert done.exit_code in {1, 2}, address
        assert isinstance(done.exception, SystemExit), address


def test_an_error_leaves_the_output_for_programs_empty() -> None:
    done = CliRunner().invoke(cli, ["status", "--json", "--url", "http://127.0.0.1:9"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "No catplotter answers" in done.stderr


class Full(BaseHTTPRequestHandler):
    """Lets go of those who come first, as a full service or the proxy before it does."""

    turns: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        turn = self.turns.pop(0)
        if turn == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, GONE)
            self.connection.close()
        elif turn != "closed":
            body = b'{"sentence": "The plotter is stopped."}' if turn == "200" else b"full"
            self.send_response(int(turn))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""

    def finish(self) -> None:
        """Nothing is left to be sent where the connection is closed."""
        with suppress(OSError):
            super().finish()


@pytest.fixture
def full() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Full) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_stop_comes_through_though_others_leave_no_room(
    full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Full, "turns", ["closed", "reset", "502", "503", "504", "200", "left"])
    done = CliRunner().invoke(cli, ["stop", "--url", full])
    assert (done.exit_code, done.stdout) == (0, "The plotter is stopped.\n")
    assert Full.turns == ["left"]


@pytest.mark.parametrize("turn", ["closed", "502"])
def test_a_stop_that_does_not_come_through_is_told_in_the_end(
    turn: str, full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pi_service.cli.client.PATIENCE_S", 0.0)
    monkeypatch.setattr(Full, "turns", [turn])
    done = CliRunner().invoke(cli, ["stop", "--url", full])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "catplotter" in done.stderr


def test_others_are_sent_away_at_once(full: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Full, "turns", ["closed", "left"])
    assert CliRunner().invoke(cli, ["pause", "--url", full]).exit_code == 1
    assert Full.turns == ["left"]
