"""The simulated machine behind a real pty, opened with pyserial and driven over its socket."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serial

from firmware_gcode.grbl.simulator.ink import ink_svg
from firmware_gcode.grbl.simulator.pty import PtyError, PtyMachine

SETTINGS = {
    "$100": 80, "$101": 80, "$102": 80, "$110": 6000, "$111": 6000, "$112": 3000,
    "$120": 500, "$121": 500, "$122": 200, "$1": 255,
}  # fmt: skip


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[PtyMachine]:
    with PtyMachine(
        settings=SETTINGS,
        speed=50.0,
        link_path=tmp_path / "plotter",
        control_path=tmp_path / "control",
    ) as made:
        yield made


def open_port(machine: PtyMachine) -> serial.Serial:
    """The machine's port as a G-code sender opens it; answers at once to an empty line."""
    port = serial.serial_for_url(machine.port, 115200, timeout=5)
    port.write(b"\n")
    assert port.read_until(b"ok\r\n").endswith(b"ok\r\n")
    return port


def ask(port: serial.Serial, line: str) -> str:
    """Send a line and wait for its answer."""
    port.write(line.encode() + b"\n")
    while True:
        answer = str(port.readline().decode().strip())
        if answer == "ok" or answer.startswith("error:"):
            return answer
        assert answer or port.in_waiting, "no answer"


def until(condition: Callable[[], bool], limit: float = 10.0) -> None:
    """Wait for a condition."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def test_a_sender_draws_a_square(machine: PtyMachine) -> None:
    with open_port(machine) as port:
        for line in ("G0 Z5", "G0 X10 Y10", "G1 Z0 F600", "X20 F3000", "Y20", "X10", "Y10"):
            assert ask(port, line) == "ok"
        assert ask(port, "G0 Z5") == "ok"
        assert ask(port, "G4 P0.01") == "ok"
    assert machine.ink == [[(10, 10), (20, 10), (20, 20), (10, 20), (10, 10)]]
    assert ink_svg(machine.ink).count("<path") == 1


def test_the_port_can_be_closed_and_opened_again(machine: PtyMachine) -> None:
    with open_port(machine) as port:
        assert ask(port, "G0 X1") == "ok"
    with open_port(machine) as port:
        port.write(b"?")
        assert b"MPos:1.000" in port.read_until(b">\r\n") or port.is_open


def test_a_banner_greets_after_a_reset(machine: PtyMachine) -> None:
    with open_port(machine) as port:
        port.write(b"\x18")
        assert port.read_until(b"help]\r\n") == b"\r\nGrbl 1.1h ['$' for help]\r\n"


def test_opening_can_reset_the_board_as_on_an_uno() -> None:
    with (
        PtyMachine(settings=SETTINGS, speed=20.0, reset_on_open=True) as machine,
        serial.serial_for_url(machine.port, 115200, timeout=5) as port,
    ):
        assert b"Grbl 1.1h" in port.read_until(b"help]\r\n")


def is_gone(port: serial.Serial) -> bool:
    """Whether reading fails because there is no port any more."""
    try:
        port.read(1)
    except serial.SerialException:
        return True
    return False


def test_unplugging_takes_the_port_away_until_it_is_plugged_in(machine: PtyMachine) -> None:
    port = open_port(machine)
    machine.unplug()
    until(lambda: is_gone(port))
    port.close()
    assert not Path(machine.port).exists()
    machine.plug()
    with open_port(machine) as again:
        assert ask(again, "G0 X1") == "ok"


def test_the_plug_can_be_pulled_at_a_byte(machine: PtyMachine) -> None:
    port = open_port(machine)
    assert machine.control("unplug 6") == "ok"
    port.write(b"G0 X1\nG0 X2\n")
    until(lambda: is_gone(port))
    port.close()
    until(lambda: machine.control("pos") != "0 0 0")
    until(lambda: machine.machine.supervisor.phase.word == "Idle")
    assert machine.control("pos") == "80 0 0"


def command(path: Path, text: str) -> str:
    """Send one command over the control socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(path))
        client.sendall(text.encode() + b"\n")
        return client.recv(2000).decode().strip()


def test_the_control_socket_sets_pins_and_counts_steps(
    machine: PtyMachine, tmp_path: Path
) -> None:
    path = tmp_path / "control"
    with open_port(machine) as port:
        assert command(path, "pin limx 1") == "ok"
        port.write(b"?")
        assert b"Pn:X" in port.read_until(b">\r\n")
        assert command(path, "zero") == "ok"
        assert ask(port, "G0 X1 Y2") == "ok"
        assert ask(port, "G4 P0.01") == "ok"
        assert command(path, "pos") == "80 160 0"
        assert command(path, "reset") == "ok"
        assert b"Grbl" in port.read_until(b"help]\r\n")
    assert command(path, "pin door 1").startswith("error The command is not known")
    assert command(path, "explode").startswith("error The command is not known")


def test_several_commands_may_share_a_connection(tmp_path: Path, machine: PtyMachine) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(tmp_path / "control"))
        client.sendall(b"zero\npos\n")
        answer = b""
        while answer.count(b"\n") < 2:
            answer += client.recv(100)
    assert answer == b"ok\n0 0 0\n"


def test_it_idles_without_using_the_processor(machine: PtyMachine) -> None:
    with open_port(machine) as port:
        ask(port, "G0 X1")
        until(lambda: machine.machine.supervisor.phase.word == "Idle")
        before = time.process_time()
        time.sleep(0.5)
        assert time.process_time() - before < 0.1


def test_everything_is_gone_after_closing(tmp_path: Path) -> None:
    machine = PtyMachine(link_path=tmp_path / "plotter", control_path=tmp_path / "control")
    assert (tmp_path / "plotter").is_symlink()
    machine.close()
    machine.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_of_the_link_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "plotter").write_text("precious")
    with pytest.raises(PtyError, match="exists and is not a link"):
        PtyMachine(link_path=tmp_path / "plotter")
    assert (tmp_path / "plotter").read_text() == "precious"


def test_a_socket_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(PtyError, match="The control socket "):
        PtyMachine(control_path=tmp_path / "nowhere" / "control")


def test_a_left_over_link_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "plotter").symlink_to("/dev/nonexistent")
    with PtyMachine(link_path=tmp_path / "plotter") as machine:
        assert os.path.realpath(machine.port).startswith("/dev/pts/")
