"""The serial port, and the one place where pyserial is used."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import socket
import struct
import termios
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import serial

from firmware_gcode.facts import CodedError, Fact, fact

WRITE_SECONDS = 2.0
"""After so long a port that takes no data is given up."""
DTR_SECONDS = 0.1
"""How long DTR is low to reset a board; the capacitor on an Uno needs some microseconds."""


KEEPALIVE_SECONDS, KEEPALIVE_TRIES = 2, 3
LOOK_UP_SECONDS = 4.0
"""How long the name of a host is looked up."""
HALF_OPEN_SECONDS = 8.0
"""After so long without an answer of the other end's kernel a connection is dead."""


PSEUDO_TERMINALS = range(136, 144)
"""Linux's device numbers of their near ends."""


class PortError(CodedError):
    """A port that cannot be opened, or went away; the fact says what to do."""


class Port(Protocol):
    """What the link needs of a serial port; calls raise `PortError` once it is gone."""

    def fileno(self) -> int:
        """A file descriptor that `select` can wait for."""

    def read(self) -> bytes:
        """The bytes that have arrived; empty when none have."""

    def write(self, data: bytes) -> None:
        """Hand `data` to the driver."""

    def restart(self) -> None:
        """Reset the board behind the port, where the port can; never raises."""

    def close(self) -> None:
        """Let go of the port; never raises."""


def open_port(where: str, baud: int) -> Port:
    """Open a serial port by its path, or one on the network by its URL.

    Raises:
        PortError: It cannot be opened; says why.
    """
    return NetworkPort(where) if "://" in where else SerialPort(where, baud)


class SerialPort:
    """A real port (or a pty), opened exclusively, 8N1 without flow control.

    Args:
        path: The port, as /dev/ttyUSB0 or a path in /dev/serial/by-id.
        baud: Bits per second; GRBL's default is 115200.

    Raises:
        PortError: It cannot be opened; says why.
    """

    GONE = "port-unplugged"
    """The code of what is told when it goes away."""

    def __init__(self, path: str, baud: int) -> None:
        self._path = path
        try:
            self._serial = serial.Serial(
                path, baud, timeout=0, write_timeout=WRITE_SECONDS, exclusive=True
            )
        except (OSError, ValueError) as error:
            raise PortError(why_not_opened(path, error)) from error
        self._shut_others_out()
        self._keep_dtr()

    def _shut_others_out(self) -> None:
        """Let nobody else open it (tty_ioctl(4)): not all programs heed pyserial's lock.

        A pseudo-terminal would stay shut for as long as its other end lives.
        """
        with suppress(OSError, ValueError):
            number = os.major(os.fstat(self._serial.fileno()).st_rdev)
            if number not in PSEUDO_TERMINALS:
                fcntl.ioctl(self._serial.fileno(), termios.TIOCEXCL)

    def _keep_dtr(self) -> None:
        """Leave DTR raised when the port is closed: opening it again resets no board.

        On an Uno each rise of DTR is a reset; Linux lowers it at the last close unless HUPCL
        is cleared. The first opening after power-on still resets the board.
        """
        with suppress(OSError, termios.error):
            flags = termios.tcgetattr(self._serial.fileno())
            flags[2] &= ~termios.HUPCL
            termios.tcsetattr(self._serial.fileno(), termios.TCSANOW, flags)

    def fileno(self) -> int:
        """The file descriptor, for `select`."""
        try:
            return int(self._serial.fileno())
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise PortError(self.GONE, port=self._path) from error

    def read(self) -> bytes:
        """The bytes that have arrived; empty when none have."""
        try:
            return bytes(self._serial.read(4096))
        except (OSError, ValueError, TypeError) as error:
            raise PortError(self.GONE, port=self._path) from error

    def write(self, data: bytes) -> None:
        """Hand `data` to the driver; refused when it takes nothing for two seconds."""
        try:
            self._serial.write(data)
        except serial.SerialTimeoutException as error:
            raise PortError("port-blocked", port=self._path) from error
        except (OSError, ValueError, TypeError) as error:
            raise PortError(self.GONE, port=self._path) from error

    def restart(self) -> None:
        """Lower DTR for a moment, which resets an Uno. A pseudo-terminal has none."""
        with suppress(OSError, ValueError, TypeError):
            self._serial.dtr = False
            time.sleep(DTR_SECONDS)
            self._serial.dtr = True

    def close(self) -> None:
        """Let go of the port."""
        try:
            self._serial.close()
        except (OSError, ValueError, TypeError):
            return


class NetworkPort(SerialPort):
    """A plain TCP stream to a board or a bridge, by pyserial's handler of ``socket://``.

    Args:
        url: As ``socket://192.168.4.1:23``.

    Raises:
        PortError: The URL is not of that form, or nobody answers there; says why.
    """

    GONE = "port-connection-lost"

    def __init__(self, url: str) -> None:
        self._path = url
        where = _found(url)
        try:
            self._serial = serial.serial_for_url(where, timeout=0, write_timeout=WRITE_SECONDS)
        except (OSError, ValueError) as error:
            raise PortError("port-not-connected", port=url, why=str(error)) from error
        self._watch()

    def _watch(self) -> None:
        """Have the kernel send at once, notice that the other end is gone, and keep nothing.

        Without keepalive such a connection stays open for hours; without the time limit what
        was sent is tried again for minutes, and could reach the machine when it draws anew;
        the linger of 0 throws it away when the port is closed.
        """
        with socket.socket(fileno=os.dup(self.fileno())) as same:
            for level, option, value in (
                (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
                (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
                (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_SECONDS),
                (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_SECONDS),
                (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_TRIES),
                (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(HALF_OPEN_SECONDS * 1e3)),
            ):
                same.setsockopt(level, option, value)
            same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def restart(self) -> None:
        """There is no line over the network that resets the board."""

    def close(self) -> None:
        """Let go of it; pyserial leaves its socket open where the other end is gone."""
        held: socket.socket | None = self._serial._socket
        super().close()
        if held is not None:
            held.close()


def check_url(url: str) -> tuple[str, str, str]:
    """See that a URL names a TCP stream; gives host, colon and number.

    Raises:
        PortError: It does not; says what it should be.
    """
    scheme, _, rest = url.partition("://")
    if scheme.lower() != "socket":
        raise PortError("port-scheme-unknown", port=url, scheme=scheme)
    found = _ADDRESS.fullmatch(rest)
    if found is None or not 0 < int(found[1]) < 65536:
        raise PortError("port-url-odd", port=url)
    return rest.rstrip("/").rpartition(":")


def _found(url: str) -> str:
    """The URL with the address of its host, looked up in time: a resolver may take minutes."""
    host, _, number = check_url(url)
    found: list[object] = []

    def look() -> None:
        try:
            kind = socket.SOCK_STREAM
            found.append(socket.getaddrinfo(host.strip("[]"), number, type=kind)[0][4][0])
        except OSError as error:
            found.append(error)

    seeker = threading.Thread(target=look, name="plotter-address", daemon=True)
    seeker.start()
    seeker.join(LOOK_UP_SECONDS)
    answer = found[0] if found else "the name server does not answer."
    if isinstance(answer, OSError) or not found:
        raise PortError("port-not-connected", port=url, why=str(answer))
    place = f"[{answer}]" if ":" in str(answer) else answer
    return f"socket://{place}:{number}"


_ADDRESS = re.compile(r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})/?")


def why_not_opened(path: str, error: Exception) -> Fact:
    """Why a port did not open."""
    number = getattr(error, "errno", None)
    if number == errno.ENOENT or not Path(path).exists():
        return fact("port-missing", port=path)
    if number == errno.EACCES:
        return fact("port-forbidden", port=path)
    if number in (errno.EAGAIN, errno.EBUSY, errno.EWOULDBLOCK):
        return fact("port-in-use", port=path)
    if number in (errno.ENOTTY, errno.EINVAL) or not Path(path).is_char_device():
        return fact("port-not-serial", port=path)
    return fact("port-not-opened", port=path, why=str(error))
