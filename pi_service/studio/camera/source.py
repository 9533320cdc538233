"""Pictures from a streamer on the network: an MJPEG stream, or a snapshot at a time.

Spoken by ustreamer, mjpg-streamer, camera-streamer, motion and most network cameras: HTTP, and
either ``multipart/x-mixed-replace`` with a JPEG in each part or a single ``image/jpeg``. The
streamer may be anything, so everything that it sends has a limit of bytes and of time.
"""

from __future__ import annotations

import base64
import re
import socket
import ssl
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pi_service.studio.camera.errors import CameraError

MOST_BYTES = 4 * 1024 * 1024
"""Of one picture; one of twelve megapixels has three."""
CONNECT_S, PICTURE_S = 3.0, 8.0
"""How long the streamer may take to let us in, and to send the next picture whole."""
_LINE, _LINES = 8192, 64
"""Bytes of a line of a header, and lines of one."""
_PIECE = 1 << 16
_CLEAN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the camera's pictures are; nothing else is ever asked for.

    Attributes:
        login: ``user:password``, or None.
    """

    secure: bool
    host: str
    port: int
    path: str
    login: str | None = None

    @classmethod
    def parse(cls, text: str, login: str | None = None) -> Address:
        """Read an address as people write it. Raises CameraError if it is none.

        Args:
            text: Such as ``http://camera.local:8080/stream``.
            login: ``user:password``; not part of the address, which everybody may see.
        """
        try:
            found = urlsplit(text.strip())
            port = found.port or {"http": 80, "https": 443}[found.scheme]
        except (ValueError, KeyError) as error:
            raise CameraError("camera-address", address=text[:200]) from error
        path = (found.path or "/") + (f"?{found.query}" if found.query else "")
        if not found.hostname or found.username or not _CLEAN.fullmatch(path):
            raise CameraError("camera-address", address=text[:200])
        return cls(found.scheme == "https", found.hostname, port, path, login)

    @property
    def request(self) -> bytes:
        """What is asked: HTTP/1.0, so that no answer comes in chunks."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        lines = [f"GET {self.path} HTTP/1.0", f"Host: {host}:{self.port}"]
        lines += ["Accept: multipart/x-mixed-replace, image/jpeg", "User-Agent: catplotter"]
        if self.login is not None:
            lines.append(
                f"Authorization: Basic {base64.b64encode(self.login.encode()).decode()}"
            )
        return "".join(f"{line}\r\n" for line in (*lines, "")).encode()

    def connect(self) -> socket.socket:
        """A connection. Raises OSError."""
        plain = socket.create_connection((self.host, self.port), timeout=CONNECT_S)
        if not self.secure:
            return plain
        try:
            context = ssl.create_default_context()
            return context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def pictures(
    address: Address,
    opened: Callable[[socket.socket], None] = lambda _: None,
    timer: Callable[[], float] = time.monotonic,
) -> Generator[bytes, None, None]:
    """One picture after the other, for as long as the streamer sends some.

    A snapshot's address gives one and ends; a stream ends with an error.

    Args:
        opened: Gets the connection, so that somebody else can end it.

    Raises:
        CameraError: What comes is no picture, too much of it, too slow, or ended.
        OSError: The streamer cannot be reached.
    """
    with address.connect() as connection:
        opened(connection)
        connection.sendall(address.request)
        wire = _Wire(connection, timer)
        wire.begin()
        kind, known = _answer(wire)
        if kind == "image/jpeg":
            yield _body(wire, known, None)
        elif kind == "multipart/x-mixed-replace":
            while True:
                wire.begin()
                yield _part(wire)
        else:
            raise CameraError("camera-no-picture", kind=kind[:60] or "?")


def _answer(wire: _Wire) -> tuple[str, Mapping[str, str]]:
    """The kind of what is answered, and the headers."""
    status = wire.line().split()
    if len(status) < 2 or not status[0].startswith("HTTP/") or not status[1].isdigit():
        raise CameraError("camera-no-picture", kind="?")
    known = _headers(wire)
    if status[1] in {"401", "403"}:
        raise CameraError("camera-login")
    if status[1] != "200":
        raise CameraError("camera-status", status=status[1][:3])
    kind, _, _ = known.get("content-type", "").partition(";")
    if "transfer-encoding" in known:
        kind = f"{kind} ({known['transfer-encoding']})"
    return kind.strip().lower(), known


def _part(wire: _Wire) -> bytes:
    """The next part of a stream."""
    for _ in range(_LINES):
        boundary = wire.line()
        if boundary.startswith("--"):
            break
    else:
        raise CameraError("camera-no-picture", kind="?")
    known = _headers(wire)
    kind = known.get("content-type", "image/jpeg").partition(";")[0].strip().lower()
    if kind not in {"image/jpeg", "image/jpg"}:
        raise CameraError("camera-no-picture", kind=kind[:60])
    return _body(wire, known, boundary)


def _body(wire: _Wire, known: Mapping[str, str], boundary: str | None) -> bytes:
    length = known.get("content-length", "").strip()
    if length.isdigit():
        return wire.exactly(int(length[:12]))
    if boundary is None:
        return wire.rest()
    return wire.until(b"\r\n" + boundary.encode("latin-1"))


def _headers(wire: _Wire) -> dict[str, str]:
    known: dict[str, str] = {}
    for _ in range(_LINES):
        line = wire.line()
        if not line:
            return known
        name, _, value = line.partition(":")
        known[name.strip().lower()] = value.strip()
    raise CameraError("camera-no-picture", kind="?")


class _Wire:
    """What comes over a connection, never more than was asked for and never too late."""

    def __init__(self, connection: socket.socket, timer: Callable[[], float]) -> None:
        self._connection = connection
        self._timer = timer
        self._has = bytearray()
        self._until = 0.0

    def begin(self) -> None:
        """A picture is to be here whole within `PICTURE_S` from now on."""
        self._until = self._timer() + PICTURE_S

    def line(self) -> str:
        """A line without its end."""
        return self._upto(b"\n", _LINE).decode("latin-1").rstrip("\r")

    def exactly(self, count: int) -> bytes:
        """So many bytes."""
        if count > MOST_BYTES:
            raise _too_large()
        while len(self._has) < count:
            self._more()
        return self._take(count)

    def until(self, mark: bytes) -> bytes:
        """Everything before a mark, which stays to be read."""
        at = self._find(mark, MOST_BYTES)
        return self._take(at)

    def rest(self) -> bytes:
        """Everything until the other side ends it."""
        while self._more(or_end=True):
            if len(self._has) > MOST_BYTES:
                raise _too_large()
        return self._take(len(self._has))

    def _upto(self, mark: bytes, most: int) -> bytes:
        at = self._find(mark, most)
        found = self._take(at)
        del self._has[: len(mark)]
        return found

    def _find(self, mark: bytes, most: int) -> int:
        begin = 0
        while (at := self._has.find(mark, begin)) < 0:
            if len(self._has) > most:
                raise _too_large()
            begin = max(0, len(self._has) - len(mark) + 1)
            self._more()
        return at

    def _take(self, count: int) -> bytes:
        taken = bytes(self._has[:count])
        del self._has[:count]
        return taken

    def _more(self, *, or_end: bool = False) -> bool:
        left = self._until - self._timer()
        if left <= 0:
            raise CameraError("camera-slow", seconds=round(PICTURE_S))
        self._connection.settimeout(left)
        try:
            piece = self._connection.recv(_PIECE)
        except TimeoutError as error:
            raise CameraError("camera-slow", seconds=round(PICTURE_S)) from error
        if not piece and not or_end:
            raise CameraError("camera-ended")
        self._has += piece
        return bool(piece)


def _too_large() -> CameraError:
    return CameraError("camera-too-large", mb=round(MOST_BYTES / 1e6))
