"""Impolite visitors: who trickles, does not read, or wants everything, has only a share."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from waitress.channel import HTTPChannel

from pi_service.__main__ import cli
from pi_service.studio.access.access import Access
from pi_service.studio.jobs.job import Request
from pi_service.studio.proposals.beginning import MOST_POINTS
from pi_service.web import connections, lanes, streaming
from pi_service.web.lanes import LANES, Lane, Trusted, Turn, Turns, lane_of
from pi_service.web.problems import ApiError
from pi_service.web.refusals import refusals_of
from pi_service.web.server import WebServer
from tests.pi_service.people import staff_token
from tests.pi_service.web.fake_studio import FakeStudio
from tests.pi_service.web.sse import Listening, wait_for

IMPOLITE, POLITE = "127.0.0.66", "127.0.0.9"
JSON = {"Content-Type": "application/json"}
STOP = "POST /api/v1/machine/stop"
HALF = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: "


def come(port: int, at: str = IMPOLITE, says: bytes = HALF) -> socket.socket:
    """A connection from an address, and the first that is said on it."""
    made = socket.socket()
    made.settimeout(5)
    made.bind((at, 0))
    with contextlib.suppress(OSError):  # who is one too many may be thrown out at once
        made.connect(("127.0.0.1", port))
        made.sendall(says)
    return made


def ask(
    port: int,
    path: str,
    *,
    method: str = "GET",
    at: str = POLITE,
    body: str | None = None,
    **headers: str,
) -> tuple[int, bytes]:
    """What somebody is answered."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=5, source_address=(at, 0)
    )
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def is_gone(visitor: socket.socket) -> bool:
    """Whether the server has let go of a connection."""
    visitor.settimeout(0.01)
    try:
        return visitor.recv(65536) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


@contextlib.contextmanager
def crowd(*visitors: socket.socket) -> Iterator[list[socket.socket]]:
    """Visitors who leave in the end."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing(each)) for each in visitors]


def refused(app: Flask, reason: str) -> int:
    return refusals_of(app).counts().get(reason, 0)


def test_a_header_has_to_come_to_its_end(
    app: Flask, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADER_S", 0.3)
    with crowd(come(server.port), come(server.port, says=b"")) as visitors:
        for _ in range(8):
            with contextlib.suppress(OSError):
                visitors[0].sendall(b"a")  # a byte now and then keeps nobody here
            time.sleep(0.1)
        assert all(map(is_gone, visitors))
    assert refused(app, "request-late") == 2


def test_so_has_a_body(app: Flask, server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_S", 0.3)
    begun = b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{"
    with crowd(come(server.port, says=begun)) as (visitor,):
        wait_for(lambda: is_gone(visitor))
    assert refused(app, "request-late") == 1


def test_an_answer_has_to_be_read(
    app: Flask, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "READ_S", 0.3)
    monkeypatch.setattr(connections, "MOST_HELD", 10**9)

    @app.get("/healthz/long")
    def long() -> bytes:
        return b"x" * 2_000_000

    monkeypatch.setattr("pi_service.web.access.VISITORS", {"GET /healthz/long"})
    asks = b"GET /healthz/long HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with crowd(*(come(server.port, says=asks) for _ in range(20))) as visitors:
        wait_for(lambda: refused(app, "answer-unread") == 20, 8)
        assert all(map(_reads_to_an_end, visitors))


def _reads_to_an_end(visitor: socket.socket) -> bool:
    """Whether a connection ends before the whole answer came."""
    count = 0
    try:
        while piece := visitor.recv(65536):
            count += len(piece)
    except OSError:
        pass
    return count < 2_000_000


def test_unread_answers_have_a_bound_together(
    app: Flask, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_HELD", 100_000)
    monkeypatch.setattr("pi_service.web.access.VISITORS", {"GET /healthz/long"})
    app.add_url_rule("/healthz/long", view_func=lambda: b"x" * 8_000_000)
    asks = b"GET /healthz/long HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with crowd(come(server.port, says=asks)) as (visitor,):
        wait_for(lambda: refused(app, "connections-too-much") == 1)
        assert _reads_to_an_end(visitor) or is_gone(visitor)


def test_so_have_requests_that_are_not_whole(
    app: Flask, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_HELD", 100_000)
    head = b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500000\r\n\r\n"
    with crowd(come(server.port, says=head + b"x" * 90_000), come(server.port)) as visitors:
        time.sleep(0.3)
        visitors[0].sendall(b"x" * 60_000)
        wait_for(lambda: is_gone(visitors[0]))
        assert not is_gone(visitors[1])


@pytest.mark.parametrize(
    ("asks", "code"),
    [
        ("POST /api/v1/jobs HTTP/1.1\r\nContent-Length: 9000000\r\n\r\n", "request-too-large"),
        ("GET / HTTP/1.1\r\nX: ".ljust(16 * 1024, "x"), "request-not-understood"),
        ("GET / HTTP/1.1\r\nno header\r\n\r\n", "request-not-understood"),
    ],
)
def test_what_does_not_reach_the_app_is_told_as_the_app_would(
    server: WebServer, asks: str, code: str
) -> None:
    with crowd(come(server.port, says=asks.encode())) as (visitor,):
        said = b"".join(iter(lambda: visitor.recv(65536), b"")).decode()
    assert "application/problem+json" in said
    assert json.loads(said.partition("\r\n\r\n")[2])["code"] == code


def test_as_many_points_as_promised_reach_the_service(server: WebServer) -> None:
    points = [[123.45678901234567, 98.76543210987654]] * (MOST_POINTS + 1)
    frame = {"width": 500, "height": 500}
    drawn: dict[str, Any] = {"class": "cat", "frame": frame, "strokes": [points]}
    status, said = ask(
        server.port, "/api/v1/proposals", method="POST", body=json.dumps(drawn), **JSON
    )
    assert (status, json.loads(said)["code"]) == (
        404,
        "address-unknown",
    )  # there is no model here; but it was not too large
    drawn["strokes"] = [points * 3]
    status, said = ask(
        server.port, "/api/v1/proposals", method="POST", body=json.dumps(drawn), **JSON
    )
    assert (status, json.loads(said)["code"]) == (413, "lines-too-large")


def test_one_address_has_its_share_of_connections(
    app: Flask, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_OF_ONE", 5)
    monkeypatch.setattr(connections, "NEWCOMER_S", 0.2)
    with crowd(*(come(server.port) for _ in range(12))) as visitors:
        wait_for(lambda: sum(map(is_gone, visitors)) == 7)
        assert refused(app, "connections-of-one") == 7
        assert ask(server.port, "/healthz")[0] == 200
        time.sleep(0.3)  # then those have had their time: also from there one gets in again
        assert ask(server.port, "/healthz", at=IMPOLITE)[0] == 200


def test_a_stop_by_command_comes_through_a_crowd_of_its_own_address(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_OF_ONE", 5)
    monkeypatch.setattr(connections, "NEWCOMER_S", 60.0)

    def sent_away(pause_s: float) -> None:
        monkeypatch.setattr(connections, "NEWCOMER_S", 0.0)  # those have had their time now
        time.sleep(pause_s)

    clock = SimpleNamespace(monotonic=time.monotonic, sleep=sent_away)
    monkeypatch.setattr("pi_service.cli.client.time", clock)
    with crowd(*(come(server.port, "127.0.0.1") for _ in range(12))) as visitors:
        wait_for(lambda: sum(map(is_gone, visitors)) == 7)
        done = CliRunner().invoke(cli, ["stop", "--url", f"http://127.0.0.1:{server.port}"])
    assert done.exit_code == 0, done.output
    assert connections.NEWCOMER_S == 0.0


def test_where_all_are_too_many_somebody_new_gets_in(
    app: Flask, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST", 30)
    crowds = [f"127.0.1.{n}" for n in range(1, 41)]
    with Listening(server.port) as watching, crowd(*(come(server.port, at) for at in crowds)):
        watching.next()
        for _ in range(5):
            assert ask(server.port, "/healthz")[0] == 200
        assert watching.next().kind == "heartbeat"  # who is answered stays
    assert refused(app, "connections-too-many") >= 11


def test_who_asks_many_things_at_once_is_answered_the_first(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = HTTPChannel.received

    def slowly(channel: HTTPChannel, data: bytes) -> Any:
        taken = read(channel, data)
        time.sleep(0.05)  # a thread that answers may be the faster one
        return taken

    monkeypatch.setattr(HTTPChannel, "received", slowly)
    asks = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50
    with crowd(come(server.port, says=asks)) as (visitor,):
        said = b""
        while piece := visitor.recv(65536):
            said += piece
    assert said.count(b"HTTP/1.1 200") == 1
    assert b"Connection: close" in said


def test_stop_and_staff_are_answered_while_all_other_threads_are_taken(
    app: Flask,
    doors: Access,
    studio: FakeStudio,
    server: WebServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(10)
    release = threading.Event()
    monkeypatch.setattr("pi_service.web.access.VISITORS", {"GET /hold", STOP})
    app.add_url_rule("/hold", view_func=lambda: str(release.wait(20)))
    key = {"Cookie": f"catplotter_session={staff_token(doors)}"}
    assert ask(server.port, "/api/v1/settings", **key)[0] == 200  # from now on it is known
    holds = b"GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with crowd(*(come(server.port, f"127.0.2.{n}", holds) for n in range(1, 60))):
        began = time.monotonic()
        assert ask(server.port, "/api/v1/machine/stop", method="POST")[0] == 202
        assert ask(server.port, "/api/v1/settings", **key)[0] == 200
        assert time.monotonic() - began < 1.0
        release.set()


def test_one_address_has_its_share_of_live_streams(app: Flask, server: WebServer) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(streaming.MOST_OF_ONE):
            listening = stack.enter_context(Listening(server.port, at=IMPOLITE))
            assert listening.status == 200
        assert stack.enter_context(Listening(server.port, at=IMPOLITE)).status == 503
        assert stack.enter_context(Listening(server.port, at=POLITE)).status == 200
    assert refused(app, "streams-too-many") == 1


def test_some_live_streams_are_kept_back_for_the_staff(app: Flask) -> None:
    streams = streaming.Streams(2)
    for asker in ("a", "b"):
        streams.enter(asker, staff=False)
    with pytest.raises(ApiError):
        streams.enter("c", staff=False)
    leave = streams.enter("c", staff=True)
    leave()
    leave()
    assert streams.open == 2


def test_behind_a_named_proxy_everybody_has_a_share_of_their_own(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_OF_ONE", 3)
    with (
        WebServer(app, "127.0.0.1", 0, proxy=POLITE) as server,
        contextlib.ExitStack() as all_,
    ):
        for number in range(streaming.MOST_OF_ONE + 1):
            told = {"X-Forwarded-For": f"10.9.9.9, 10.0.0.{number % 2}"}
            stream = Listening(server.port, at=POLITE, headers=told)
            assert all_.enter_context(stream).status == 200


class Task:
    def __init__(self) -> None:
        self.cancelled = False

    def service(self) -> None:
        raise NotImplementedError

    def cancel(self) -> None:
        self.cancelled = True


def turns_of(*askers: str, lane: Lane) -> tuple[Turns, list[Turn]]:
    queue = Turns({"page": lane})
    waiting = [Turn(_no_threads, Task(), "page", asker) for asker in askers]
    for turn in waiting:
        queue.append(turn)
    return queue, waiting


_no_threads: Any = None


def test_a_lane_serves_one_address_after_the_other() -> None:
    queue, (a1, a2, a3, b1) = turns_of("a", "a", "a", "b", lane=Lane(threads=4, each=2))
    assert [queue.popleft() for _ in range(3)] == [a1, b1, a2]
    assert not queue  # a has its share
    with pytest.raises(IndexError):
        queue.popleft()
    queue.over(a1)
    assert queue.popleft() is a3


def test_a_lane_has_so_many_threads() -> None:
    queue, (a, b) = turns_of("a", "b", lane=Lane(threads=1, each=1))
    assert queue.popleft() is a
    assert not queue
    queue.over(a)
    assert queue.popleft() is b
    b.cancel()


@pytest.mark.parametrize(
    ("asked", "lane"),
    [
        ("POST /api/v1/machine/stop", "stop"),
        ("POST /cats/api/v1/machine/stop", "stop"),
        ("GET /api/v1/events", "live"),
        ("POST /api/v1/proposals", "ideas"),
        ("POST /api/v1/proposals/draw", "ideas"),
        ("POST /api/v1/session", "login"),
        ("POST /api/v1/setup", "login"),
        ("GET /api/v1/jobs/12.png", "pictures"),
        ("GET /api/v1/jobs/12.gif", "pictures"),
        ("GET /api/v1/jobs/12.svg", "page"),
        ("GET /", "page"),
    ],
)
def test_every_request_has_its_lane(asked: str, lane: str) -> None:
    assert lane_of(*asked.split(), staff=False) == lane
    assert lane_of(*asked.split(), staff=True) == (
        lane if lane in {"stop", "live"} else "staff"
    )
    assert lane in LANES


def test_the_newest_of_the_staffs_keys_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "REMEMBERED", 2)
    trusted = Trusted()
    keys = [{"AUTHORIZATION": f"Bearer {n}"} for n in range(3)]
    for key in keys:
        trusted.note(key)
    assert [key in trusted for key in keys] == [False, True, True]
    assert {"AUTHORIZATION": "Bearer x"} not in trusted
    assert {} not in trusted
