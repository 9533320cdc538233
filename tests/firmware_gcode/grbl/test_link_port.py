"""Opening real ports (pseudo-terminals), and the sentences when it does not work."""

from __future__ import annotations

import os
import pty
import select
import termios
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_gcode.grbl.port import PortError, SerialPort


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """A pseudo-terminal: the other end's descriptor, and the path to open."""
    master, slave = pty.openpty()
    tty.setraw(master)
    path = os.ttyname(slave)
    os.close(slave)
    yield master, path
    os.close(master)


def test_bytes_go_both_ways_and_reading_never_blocks(terminal: tuple[int, str]) -> None:
    master, path = terminal
    port = SerialPort(path, 115200)
    assert port.read() == b""
    port.write(b"?\x18\n")
    assert os.read(master, 10) == b"?\x18\n"
    os.write(master, b"ok\r\n")
    select.select([port.fileno()], [], [], 5.0)
    assert port.read() == b"ok\r\n"
    port.close()
    port.close()


def test_closing_leaves_dtr_as_it_is_and_a_terminal_without_dtr_can_be_restarted(
    terminal: tuple[int, str],
) -> None:
    master, path = terminal
    port = SerialPort(path, 115200)
    assert not termios.tcgetattr(port.fileno())[2] & termios.HUPCL
    port.restart()
    port.write(b"?")
    assert os.read(master, 10) == b"?"
    port.close()
    port.restart()


def test_a_port_that_does_not_exist() -> None:
    with pytest.raises(PortError, match=r"no port /dev/ttyNONE\. Check the cable"):
        SerialPort("/dev/ttyNONE", 115200)


def test_a_port_that_is_in_use(terminal: tuple[int, str]) -> None:
    _, path = terminal
    first = SerialPort(path, 115200)
    with pytest.raises(PortError, match=r"in use by another program\. Close it first"):
        SerialPort(path, 115200)
    first.close()
    SerialPort(path, 115200).close()


def test_a_file_is_not_a_port(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(PortError, match="is not a serial port"):
        SerialPort(str(path), 115200)


def test_a_port_that_goes_away_says_so() -> None:
    master, slave = pty.openpty()
    port = SerialPort(os.ttyname(slave), 115200)
    os.close(slave)
    os.close(master)
    with pytest.raises(PortError, match="unplugged"):
        port.read()
    with pytest.raises(PortError, match="unplugged"):
        port.write(b"?")
    port.close()
    with pytest.raises(PortError, match="unplugged"):
        port.fileno()
