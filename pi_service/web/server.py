"""The web server: waitress inside the service, with bounded buffers and a quick end.

Its buffers hold 128 KiB a client instead of 16 MiB, and its listening socket hands down
keep-alive and ``TCP_USER_TIMEOUT`` to every connection: a phone that left the building is
forgotten after ten seconds instead of filling the memory. How connections and threads are
shared is said in `pi_service.web.connections` and `pi_service.web.lanes`.
"""

from __future__ import annotations

import errno
import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments

from firmware_gcode.facts import CodedError, Fact, fact
from pi_service.web.connections import Server
from pi_service.web.lanes import Threads
from pi_service.web.refusals import refusals_of
from pi_service.web.streaming import streams_of

WATERMARK = 128 * 1024
SEND_BUFFER = 32 * 1024
"""Bytes that the kernel keeps for a client that does not read (it doubles the number)."""
USER_TIMEOUT_MS = 10_000
MAX_BODY = 1024 * 1024
"""Bytes that are taken in at all; far beyond what any route takes, so that it can say so."""
GRACE = 0.6
"""Seconds that answers under way may take when the server closes."""


class ListenError(CodedError, OSError):
    """The server cannot listen where it should; the message says why and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket whose connections notice a client that is gone.

    Args:
        host: Name or address to listen on; ``::`` also takes IPv4.
        port: Port, or 0 for any free one.

    Raises:
        ListenError: If the port is taken or reserved, or the address is not this machine's.
    """
    if not 0 <= port <= 65535:
        raise ListenError("page-port-unknown", port=port)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server(
            (host, port), family=family, backlog=128, dualstack_ipv6=host == "::"
        )
    except OSError as error:
        raise ListenError(_why_not(host, port, error)) from error
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for name, value in (
        ("TCP_KEEPIDLE", 10),
        ("TCP_KEEPINTVL", 5),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", USER_TIMEOUT_MS),
    ):
        if hasattr(socket, name):  # Linux has them all; the Mac of a developer some
            listening.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return listening


def _why_not(host: str, port: int, error: OSError) -> Fact:
    if error.errno == errno.EADDRINUSE:
        shown = f"[{host}]" if ":" in host else host
        return fact("page-port-in-use", port=port, free=f"{shown}:{port % 65535 + 1}")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return fact("page-port-reserved", port=port)
    return fact("host-not-here", host=host, why=str(error))


def _believing(proxy: str) -> dict[str, Any]:
    """The options that take a proxy's word for who asks, and whether encrypted."""
    told = {"x-forwarded-for", "x-forwarded-proto"}
    return {"trusted_proxy": proxy, "trusted_proxy_count": 1, "trusted_proxy_headers": told}


class WebServer:
    """Serves an app from its own threads.

    It listens from its making on, so that a port in use is known before anything else starts.

    Args:
        proxy: Address of a reverse proxy that is believed about who asks; None for none.
        prefix: The path below which a proxy has the page, such as ``/cats``; empty for none.

    Raises:
        ListenError: If it cannot listen there.
    """

    def __init__(
        self, app: Flask, host: str, port: int, *, proxy: str | None = None, prefix: str = ""
    ) -> None:
        self._streams = streams_of(app)
        self._socket = listen(host, port)
        self._port = int(self._socket.getsockname()[1])
        self._map: dict[int, Any] = {}
        settings = Adjustments(
            sockets=[self._socket],
            outbuf_high_watermark=WATERMARK,
            channel_request_lookahead=1,  # else a client that hangs up goes unnoticed
            max_request_body_size=MAX_BODY,
            inbuf_overflow=2 * MAX_BODY,  # never a file on the card
            max_request_header_size=16 * 1024,
            asyncore_use_poll=True,
            log_socket_errors=False,
            ident=None,
            clear_untrusted_proxy_headers=True,
            url_prefix=prefix,
            **({} if proxy is None else _believing(proxy)),
        )
        self._server = Server(
            app,
            self._socket,
            self._map,
            Threads(),
            settings,
            count=refusals_of(app).count,
            proxy=proxy,
        )
        logging.getLogger("waitress").setLevel(logging.WARNING)  # not every page that leaves
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)
        self._closed = False

    @property
    def last_turn(self) -> float:
        """When its loop last turned, monotonic seconds."""
        return self._server.last_turn

    @property
    def port(self) -> int:
        """The port that it listens on, also once it is closed."""
        return self._port

    @property
    def url(self) -> str:
        """The address of the page as seen from this machine."""
        return f"http://localhost:{self.port}/"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """End all streams, let answers finish, and stop listening; in less than a second."""
        if self._closed:
            return
        self._closed = True
        self._streams.close()
        self._wait_for_answers(time.monotonic() + GRACE)
        self._in_loop(self._hang_up)
        self._server.task_dispatcher.shutdown(timeout=GRACE)
        # Last, as threads that end still pull it: a closed one's number may be a new file's.
        self._in_loop(self._server.trigger.close)
        if self._thread.is_alive():
            self._thread.join(timeout=GRACE)
        self._socket.close()

    def _wait_for_answers(self, deadline: float) -> None:
        channels = self._server.active_channels
        while any(channel.requests for channel in list(channels.values())):
            if time.monotonic() > deadline:
                return
            time.sleep(0.01)

    def _hang_up(self) -> None:
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        wasyncore.dispatcher.close(self._server)

    def _in_loop(self, step: Callable[[], None]) -> None:
        """Have a step done by the server's own thread, or here where it does not run."""
        if not self._thread.is_alive():
            step()
            return
        done = threading.Event()

        def stepped() -> None:
            try:
                step()
            finally:
                done.set()

        self._server.trigger.pull_trigger(stepped)
        done.wait(GRACE)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
