"""The visitors' connections: how many there are, and how long each may keep us waiting.

A connection owes us a whole request, and then that it reads what it is answered. Who is late
is let go. Where there are too many, of one address or of all, those go first who have owed a
request for longest, then those that are idle; never one that is being answered. So somebody
new always gets in.
"""

from __future__ import annotations

import re
import socket
import struct
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from copy import copy
from enum import StrEnum
from heapq import nsmallest
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, WSGITask

from pi_service.studio.access.limiter import network_of
from pi_service.web.lanes import Threads, Trusted, Turn, lane_of
from pi_service.web.problems import FACTS, MEDIA_TYPE, body, title
from pi_service.web.security import FORWARDED

MOST = 640
"""Connections at a time."""
MOST_OF_ONE = 48
"""Of one address: a browser opens six, and many phones may share an address."""
HEADER_S, BODY_S = 10.0, 30.0
"""Seconds within which a request's header, and all of it, has to be there."""
MOST_FILE = 16_000_000
"""Bytes of a request with a file, which is the staff's."""
FILES = re.compile(r"POST .*/artworks(/preview)?")
READ_S, READ_BYTES = 10.0, 16 * 1024
"""So much of a waiting answer has to be taken within so many seconds."""
IDLE_S = 60.0
"""Seconds after which a connection without a request is let go."""
NEWCOMER_S = 2.0
"""Seconds within which a new connection is not let go for another of its address."""
MOST_HELD = 8 * 1024 * 1024
"""Bytes of requests that are not whole or wait for their turn, and of answers that wait for
their readers, of all together."""
LOOK_S = 0.25
ACCEPTED = 64
"""New connections that are taken in at once, before others have their turn,"""
LET_GO = 16
"""and how many go at once where there are too many."""
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: nothing is kept in the kernel for a connection that is let go."""


class Why(StrEnum):
    """Why a connection is let go."""

    IDLE = "connection-idle"
    LATE = "request-late"
    UNREAD = "answer-unread"
    MUCH = "connections-too-much"
    OF_ONE = "connections-of-one"
    MANY = "connections-too-many"


Count = Callable[[str], None]


class Incoming(HTTPRequestParser):  # type: ignore[misc] # waitress has no types
    """A request on its way in; a file of the staff's may be as large as `MOST_FILE`.

    Attributes:
        is_file: Whether it is one, and most likely the staff's.
    """

    is_file = False

    def __init__(self, adj: Adjustments, trusted: Trusted) -> None:
        super().__init__(adj)
        self.adj: Adjustments = adj
        self._trusted = trusted

    def parse_header(self, header_plus: bytes) -> None:
        """Take in what is asked, and of whom it comes."""
        super().parse_header(header_plus)
        asked = f"{self.command} {self.path}"
        if self.body_rcv is None or not FILES.fullmatch(asked):
            return
        self.is_file = self.headers in self._trusted
        if self.is_file:
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = MOST_FILE
            self.body_rcv.getbuf().overflow = 2 * MOST_FILE


class Task(WSGITask):  # type: ignore[misc] # waitress has no types
    """A request on its way to the app, which may say that it is the staff's."""

    def get_environment(self) -> dict[str, Any]:
        """waitress's, with ``catplotter.trust`` and `FORWARDED`."""
        environ: dict[str, Any] = super().get_environment()
        headers, trusted = self.request.headers, self.channel.server.trusted
        environ["catplotter.trust"] = lambda: trusted.note(headers)
        unnamed = self.channel.asker != self.channel.server.proxy
        environ[FORWARDED] = unnamed and "X_FORWARDED_FOR" in headers
        return environ


class Refused(ErrorTask):  # type: ignore[misc] # waitress has no types
    """What does not even reach the app, told as the app would."""

    def execute(self) -> None:
        """Answer with a problem."""
        code = int(self.request.error.code)
        words = body(code, FACTS.get(code, FACTS[400])).encode()
        self.status = f"{code} {title(code)}"
        self.response_headers.append(("Content-Type", MEDIA_TYPE))
        self.set_close_on_finish()
        self.content_length = len(words)
        self.write(words)


class Connection(HTTPChannel):  # type: ignore[misc]
    """One visitor's connection.

    Attributes:
        asker: Whose it is; see `network_of`.
        owing_since: Since when it owes us a request; None while it does not.
        sent: Bytes that went out.
    """

    task_class = Task
    error_task_class = Refused

    def __init__(
        self, server: Server, sock: socket.socket, addr: Any, adj: Adjustments, map: Any = None
    ) -> None:
        self.asker = network_of(addr[0])
        self.owing_since: float | None = time.monotonic()
        self.seen_at = self.owing_since
        self.sent = 0
        self._reading: tuple[float, int, int] | None = None
        self._ahead = False
        super().__init__(server, sock, addr, adj, map=map)

    def parser_class(self, adj: Adjustments) -> Incoming:
        """A request, as waitress begins one."""
        return Incoming(adj, self.server.trusted)

    def add_channel(self, map: Any = None) -> None:
        """Note that it is there."""
        super().add_channel(map)
        self.server.askers[self.asker].add(self)

    def del_channel(self, map: Any = None) -> None:
        """Note that it is not there any more."""
        super().del_channel(map)
        theirs = self.server.askers[self.asker]
        theirs.discard(self)
        if not theirs:
            del self.server.askers[self.asker]

    def readable(self) -> bool:
        """While one request is answered, only whether the visitor has gone is looked at."""
        return bool(super().readable()) and not (self._ahead and self.requests)

    def handle_read(self) -> None:
        """Take bytes in; those of a further request wait in the kernel."""
        if not self.requests:
            self._ahead = False
            super().handle_read()
            return
        try:
            self._ahead = bool(self.socket.recv(1, socket.MSG_PEEK))
        except OSError:
            return
        if not self._ahead:
            self.connected = False

    def received(self, data: bytes) -> bool:
        """Take bytes in. Who sends several requests at once is answered the first one.

        Its turn is queued when all that came is read: an answer that began before would not
        know that it is the last one here.
        """
        idle = not self.requests
        taken = bool(super().received(data))
        now = time.monotonic()
        self.seen_at = now
        with self.requests_lock:
            if len(self.requests) > 1:
                for further in self.requests[1:]:
                    further.close()
                del self.requests[1:]
                self.requests[0].headers["CONNECTION"] = "close"
            if self.request is None:
                self.owing_since = None
            elif self.owing_since is None:
                self.owing_since = now
        if idle and self.requests:
            self.server.queue(self)
        return taken

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Count what goes out."""
        sent = int(super().send(data, do_close=do_close) or 0)
        self.sent += sent
        return sent

    def late(self, now: float) -> Why | None:
        """Why it is let go, if it is to be."""
        if self.owing_since is not None:
            header = self.request is None or not self.request.headers_finished
            patience = HEADER_S if header else BODY_S
            return Why.LATE if now - self.owing_since > patience else None
        if not self.total_outbufs_len:
            self._reading = None
            idle = not self.requests and now - self.seen_at > IDLE_S
            return Why.IDLE if idle else None
        if self._reading is None:
            self._reading = now, self.sent, self.total_outbufs_len
        began, sent, waited = self._reading
        if now - began < READ_S:
            return None
        self._reading = now, self.sent, self.total_outbufs_len
        return Why.UNREAD if self.sent - sent < min(waited, READ_BYTES) else None

    def rank(self) -> tuple[int, float] | None:
        """Who goes first where there are too many, the least; None for who stays."""
        if self.owing_since is not None:
            return 0, self.owing_since
        if not self.requests and not self.total_outbufs_len:
            return 1, self.seen_at
        if self._reading is not None:
            return 2, self._reading[0]
        return None

    def held(self) -> int:
        """Bytes that are kept for it, but for a file of the staff's."""
        held = int(self.total_outbufs_len)
        for request in [*self.requests, self.request]:
            if request is not None and not request.is_file:
                held += request.header_bytes_received + request.body_bytes_received
        return held

    def let_go(self) -> None:
        """Close it at once, and keep nothing for it; on the server's thread."""
        if self.socket is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.handle_close()


class Server(TcpWSGIServer):  # type: ignore[misc]
    """waitress's server, with manners.

    Args:
        count: Told the reason of each connection that is let go.
        proxy: The address of a reverse proxy, which may have as many connections as it likes.

    Attributes:
        askers: Whose connections there are.
        proxy: Whose word is taken about who asks; see `network_of`.
        trusted: By what the staff's requests are known.
        last_turn: When its loop last turned, monotonic seconds.
    """

    channel_class = Connection

    def __init__(
        self,
        app: Any,
        listening: socket.socket,
        map: dict[int, Any],
        threads: Threads,
        adj: Adjustments,
        *,
        count: Count,
        proxy: str | None,
    ) -> None:
        self.askers: defaultdict[str, set[Connection]] = defaultdict(set)
        self.trusted = Trusted()
        self.last_turn = self._looked_at = time.monotonic()
        self._count = count
        self.proxy = None if proxy is None else network_of(proxy)
        self._full_until: dict[str, float] = {}
        info = (listening.family, listening.type, listening.proto, listening.getsockname())
        super().__init__(
            app,
            map,
            True,
            listening,
            dispatcher=threads,
            adj=adj,
            sockinfo=info,
            bind_socket=False,
        )

    def add_task(self, channel: Connection) -> None:
        """waitress's, amid its reading: too early; see `Connection.received`."""

    def queue(self, channel: Connection) -> None:
        """A request is there: in its lane it waits for its turn."""
        request = channel.requests[0]
        asker = channel.asker
        if asker == self.proxy:
            said = request.headers.get("X_FORWARDED_FOR", "").rpartition(",")[2].strip()
            asker = network_of(said or asker)
        method, path = getattr(request, "command", ""), getattr(request, "path", "")
        path = path.removeprefix(self.adj.url_prefix)
        lane = lane_of(method, path, staff=request.headers in self.trusted)
        self.task_dispatcher.add_task(Turn(self.task_dispatcher, channel, lane, asker))

    def readable(self) -> bool:
        """Asked at each turn of the loop."""
        self.last_turn = now = time.monotonic()
        if now - self._looked_at >= LOOK_S:
            self._looked_at = now
            self._look(now)
        return bool(self.accepting)

    def handle_accept(self) -> None:
        """Take in all who wait at the door."""
        for _ in range(ACCEPTED):
            try:
                accepted = self.accept()
            except OSError:  # too many open files
                self._let_go(self.active_channels.values(), LET_GO)
                return
            if accepted is None:
                return
            arrived, address = accepted
            if self._admits(network_of(address[0])):
                self.channel_class(self, arrived, address, self.adj, map=self._map)
            else:
                arrived.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                arrived.close()
                self._count(Why.OF_ONE)

    def _admits(self, asker: str) -> bool:
        """Make room for one more, of this address and of all."""
        now = time.monotonic()
        if asker != self.proxy and len(self.askers.get(asker, ())) >= MOST_OF_ONE:
            if now < self._full_until.get(asker, 0.0):
                return False
            theirs = [c for c in self.askers[asker] if _settled(c, now)]
            if not self._let_go(theirs, 1):
                self._full_until[asker] = now + LOOK_S
                return False
        if len(self.active_channels) >= MOST:
            self._let_go(self.active_channels.values(), LET_GO)
        return len(self.active_channels) < MOST

    def _let_go(self, of: Iterable[Connection], count: int) -> int:
        """Let go of the least deserving; gives how many that were."""
        ranked = [(rank, id(c), c) for c in of if (rank := c.rank()) is not None]
        for _, _, connection in (going := nsmallest(count, ranked)):
            self._count(Why.MANY)
            connection.let_go()
        return len(going)

    def _look(self, now: float) -> None:
        """Let go of those who are late, and of those for whom too much is kept."""
        self._full_until.clear()
        there = list(self.active_channels.values())
        for connection in there:
            reason = connection.late(now)
            if reason is not None:
                if reason is not Why.IDLE:
                    self._count(reason)
                connection.let_go()
        held = [(connection.held(), id(connection), connection) for connection in there]
        too_much = sum(size for size, _, _ in held) - MOST_HELD
        for size, _, connection in sorted(held, reverse=True):
            if too_much <= 0:
                break
            too_much -= size
            self._count(Why.MUCH)
            connection.let_go()


def _settled(connection: Connection, now: float) -> bool:
    """Whether it has had its time to ask."""
    since = connection.owing_since
    return since is None or now - since > NEWCOMER_S
