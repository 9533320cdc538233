"""The serial port, and the one place where pyserial is used."""

from __future__ import annotations

import errno
import termios
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import serial

DTR_SECONDS = 0.1
"""How long DTR is low to reset a board; the capacitor on an Uno needs some microseconds."""


class PortError(OSError):
    """A port that cannot be opened, or went away; the message says what to do."""


class Port(Protocol):
    """What the link needs of a serial port; calls raise `PortError` once it is gone."""

    def fileno(self) -> int:
        """A file descriptor that `select` can wait for."""

    def read(self) -> bytes:
        """Whatever has arrived; empty when nothing has."""

    def write(self, data: bytes) -> None:
        """Hands `data` to the driver."""

    def restart(self) -> None:
        """Resets the board behind the port, where the port can; never raises."""

    def close(self) -> None:
        """Lets go of the port; never raises."""


class SerialPort:
    """A real port (or a pty), opened exclusively, 8N1 without flow control."""

    def __init__(self, path: str, baud: int) -> None:
        self._path = path
        try:
            self._serial = serial.Serial(
                path, baud, timeout=0, write_timeout=2.0, exclusive=True
            )
        except (OSError, ValueError) as error:
            raise PortError(why_not_opened(path, error)) from error
        self._keep_dtr()

    def _keep_dtr(self) -> None:
        """Leaves DTR raised when the port is closed: opening it again resets no board.

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
        except (OSError, ValueError, TypeError) as error:
            raise PortError(f"The plotter at {self._path} was unplugged.") from error

    def read(self) -> bytes:
        """Whatever has arrived; empty when nothing has.

        Raises:
            PortError: The port is gone.
        """
        try:
            return bytes(self._serial.read(4096))
        except (OSError, ValueError, TypeError) as error:
            raise PortError(f"The plotter at {self._path} was unplugged.") from error

    def write(self, data: bytes) -> None:
        """Hands `data` to the driver.

        Raises:
            PortError: The port is gone, or took nothing for two seconds.
        """
        try:
            self._serial.write(data)
        except serial.SerialTimeoutException as error:
            raise PortError(f"The plotter at {self._path} takes no data any more.") from error
        except (OSError, ValueError, TypeError) as error:
            raise PortError(f"The plotter at {self._path} was unplugged.") from error

    def restart(self) -> None:
        """Lowers DTR for a moment, which resets an Uno. A pseudo-terminal has none."""
        with suppress(OSError, ValueError, TypeError):
            self._serial.dtr = False
            time.sleep(DTR_SECONDS)
            self._serial.dtr = True

    def close(self) -> None:
        """Lets go of the port."""
        try:
            self._serial.close()
        except (OSError, ValueError, TypeError):
            return


def open_serial(path: str, baud: int) -> Port:
    """Opens a serial port.

    Args:
        path: The port, as /dev/ttyUSB0 or a path in /dev/serial/by-id.
        baud: Bits per second; GRBL's default is 115200.

    Raises:
        PortError: With a sentence that says why not.
    """
    return SerialPort(path, baud)


def why_not_opened(path: str, error: Exception) -> str:
    """The sentence for a port that did not open."""
    number = getattr(error, "errno", None)
    if number == errno.ENOENT or not Path(path).exists():
        return f"There is no port {path}. Check the cable, or name another port."
    if number == errno.EACCES:
        return f"No permission to open {path}. Add this user to the group 'dialout'."
    if number in (errno.EAGAIN, errno.EBUSY, errno.EWOULDBLOCK):
        return f"The port {path} is in use by another program. Close that program first."
    if number in (errno.ENOTTY, errno.EINVAL) or not Path(path).is_char_device():
        return f"{path} is not a serial port. Name the plotter's port."
    return f"The port {path} cannot be opened: {error}"
