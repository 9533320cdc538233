"""A camera on the loopback: speaks MJPEG as ustreamer does, or misbehaves as it is told to."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

from PIL import Image

GREY, WHITE = (120, 120, 120), (255, 255, 255)


def jpeg(colour: tuple[int, int, int] = GREY, size: tuple[int, int] = (64, 48)) -> bytes:
    """A JPEG of one colour."""
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, "JPEG")
    return made.getvalue()


def answer(body: bytes, kind: str = "image/jpeg", status: str = "200 OK") -> Iterator[bytes]:
    """A whole answer."""
    head = f"HTTP/1.0 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    yield head.encode() + body


def stream(
    pictures: Iterator[bytes], *, lengths: bool = True, boundary: str = "boundarydonotcross"
) -> Iterator[bytes]:
    """Pictures as ustreamer sends them; without `lengths` as cheap cameras do."""
    kind = f"multipart/x-mixed-replace;boundary={boundary}"
    yield (
        "HTTP/1.0 200 OK\r\nAccess-Control-Allow-Origin: *\r\nCache-Control: no-store\r\n"
        f"Content-Type: {kind}\r\n\r\n--{boundary}\r\n"
    ).encode()
    for picture in pictures:
        length = f"Content-Length: {len(picture)}\r\n" if lengths else ""
        head = f"Content-Type: image/jpeg\r\n{length}X-Timestamp: 1764.000000\r\n\r\n"
        yield head.encode() + picture + f"\r\n--{boundary}\r\n".encode()


class Streamer:
    """A server that gives every connection what `say` gives; counts the connections.

    Attributes:
        asked: The requests so far, whole.
        open: Connections that are open now.
    """

    def __init__(self, say: Callable[[], Iterator[bytes]]) -> None:
        self.say = say
        self.asked: list[str] = []
        self.open = 0
        self._closing = False
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._begin(self._serve)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/stream"

    def close(self) -> None:
        """End all connections."""
        self._closing = True
        # It hears no close while it waits for somebody: somebody comes.
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join(10)
        self._server.close()

    def _begin(self, work: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._server.accept()
            if self._closing:
                connection.close()
                return
            self._begin(self._answer, connection)

    def _answer(self, connection: socket.socket) -> None:
        self.open += 1
        with connection, suppress(OSError):
            self.asked.append(connection.recv(4096).decode())
            for piece in self.say():
                if self._closing:
                    break
                connection.sendall(piece)
        self.open -= 1
