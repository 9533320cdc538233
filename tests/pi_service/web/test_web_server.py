"""The web server: where it listens, how it ends, and whom it forgets."""

from __future__ import annotations

import http.client
import socket
import threading
import time

import pytest
from flask import Flask

from pi_service.web.server import ListenError, WebServer, listen
from pi_service.web.streaming import streams_of
from tests.pi_service.web.fake_studio import FakeStudio, fake_app
from tests.pi_service.web.sse import Listening, wait_for


def get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_it_answers_from_the_start_to_the_close(app: Flask) -> None:
    server = WebServer(app, "127.0.0.1", 0)
    server.start()
    assert get(server.port, "/healthz") == 200
    port = server.port
    assert server.url == f"http://localhost:{server.port}/"
    server.close()
    with pytest.raises(ConnectionRefusedError):
        get(port, "/healthz")


def test_a_port_in_use_is_said_in_a_sentence(app: Flask, server: WebServer) -> None:
    with pytest.raises(ListenError, match=rf"--listen 127.0.0.1:{server.port + 1}\)"):
        WebServer(app, "127.0.0.1", server.port)


@pytest.mark.parametrize(
    ("host", "port", "says"),
    [
        ("203.0.113.7", 0, "this machine has no such address"),
        ("no-such-host.invalid", 0, "this machine has no such address"),
        ("127.0.0.1", 70_000, "There is no port 70000"),
    ],
)
def test_other_wrong_places_too(host: str, port: int, says: str) -> None:
    with pytest.raises(ListenError, match=says):
        listen(host, port)


def test_it_takes_its_port_again_after_a_restart(app: Flask, studio: FakeStudio) -> None:
    with WebServer(app, "127.0.0.1", 0) as first:
        port = first.port
        listening = Listening(port)
        listening.next()
    with WebServer(fake_app(studio), "127.0.0.1", port):
        assert get(port, "/healthz") == 200
    listening.close()


def test_it_listens_on_both_kinds_of_addresses(app: Flask) -> None:
    try:
        server = WebServer(app, "::", 0)
    except ListenError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
    with server:
        assert get(server.port, "/healthz") == 200


def test_it_closes_within_a_second_while_pages_watch(app: Flask) -> None:
    server = WebServer(app, "127.0.0.1", 0)
    server.start()
    listeners = [Listening(server.port, at=f"127.0.0.{n}") for n in range(1, 21)]
    for listening in listeners:
        listening.next()
    began = time.monotonic()
    server.close()
    assert time.monotonic() - began < 1.0
    for listening in listeners:
        listening.close()


def test_closing_before_the_start_and_twice_is_fine(app: Flask) -> None:
    server = WebServer(app, "127.0.0.1", 0)
    server.close()
    server.close()


def test_its_threads_end_with_it(app: Flask) -> None:
    before = threading.active_count()
    with WebServer(app, "127.0.0.1", 0) as server:
        get(server.port, "/healthz")
    wait_for(lambda: threading.active_count() <= before)


def test_a_page_that_does_not_read_is_forgotten_and_costs_no_memory(
    studio: FakeStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pi_service.web.server.USER_TIMEOUT_MS", 700)
    app = fake_app(studio)
    with WebServer(app, "127.0.0.1", 0) as server:
        stalled = socket.socket()
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect(("127.0.0.1", server.port))
        stalled.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for(lambda: streams_of(app).open == 1)
        padding = "x" * 20_000
        deadline = time.monotonic() + 20
        while streams_of(app).open and time.monotonic() < deadline:
            studio.events.publish("machine", {"state": "ready", "sentence": padding})
            assert get(server.port, "/healthz") == 200
        assert streams_of(app).open == 0
        stalled.close()
