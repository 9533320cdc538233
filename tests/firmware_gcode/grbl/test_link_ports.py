"""The plotter is found by name, by USB id or by being the only one, and found again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from firmware_gcode.grbl.finder import PlotterFinder, describe_ports, held_by
from firmware_gcode.grbl.port import PortError
from firmware_gcode.grbl.strangers import stranger


@dataclass
class Device:
    device: str
    vid: int | None = 0x1A86
    pid: int | None = 0x7523
    serial_number: str | None = None
    location: str | None = "1-1"


def test_the_only_board_is_the_plotter() -> None:
    devices = [Device("/dev/ttyS0", vid=None, pid=None), Device("/dev/ttyUSB0")]
    assert PlotterFinder(devices=lambda: devices)() == "/dev/ttyUSB0"
    assert PlotterFinder(devices=lambda: devices[:1])() is None


def test_among_several_a_person_must_choose() -> None:
    devices = [Device("/dev/ttyUSB1"), Device("/dev/ttyUSB0", location="1-2")]
    with pytest.raises(PortError, match=r"\(/dev/ttyUSB0, /dev/ttyUSB1\)\. Name"):
        PlotterFinder(devices=lambda: devices)()


PLOTTER = Device("/dev/ttyUSB0", location="1-1.2")
STICK = Device("/dev/ttyUSB1", vid=0x10C4, pid=0xEA60, serial_number="0001", location="1-1.3")
TWIN = Device("/dev/ttyUSB2", location="1-1.4")


def known(there: list[Device], wanted: str | None = None) -> PlotterFinder:
    """A finder that has met the plotter among what is there."""
    find = PlotterFinder(wanted, devices=lambda: there, usb=Path("/nowhere"))
    find()
    find.met()
    return find


@pytest.mark.parametrize("wanted", [None, "/dev/ttyUSB0"])
def test_another_board_is_never_taken_for_a_plotter_that_is_off(
    wanted: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = [PLOTTER]
    monkeypatch.setattr(Path, "exists", lambda path: str(path) in {d.device for d in there})
    find = known(there, wanted)
    for others in ([STICK], [TWIN], [STICK, TWIN], [replace(STICK, device="/dev/ttyUSB0")]):
        there[:] = others
        with pytest.raises(PortError) as raised:
            find()
        if wanted is None or others[0].device == wanted:
            assert "CH340 (most Arduino copies) in USB socket 1-1.2" in str(raised.value)
    there[:] = [STICK, replace(PLOTTER, device="/dev/ttyUSB3")]
    assert find() == "/dev/ttyUSB3"


def test_a_board_that_speaks_no_grbl_does_not_keep_the_plotter_from_being_found() -> None:
    there = [STICK]
    find = PlotterFinder(devices=lambda: there, usb=Path("/nowhere"))
    assert find() == STICK.device
    there[:] = [PLOTTER]
    with pytest.raises(PortError, match="another board"):
        find()
    find.doubt()
    assert find() == PLOTTER.device
    find.met()
    find.doubt()  # it is only switched off
    there[:] = [STICK]
    with pytest.raises(PortError, match="another board"):
        find()


def test_two_alike_are_told_apart_by_their_sockets() -> None:
    there = [PLOTTER]
    find = known(there)
    there[:] = [TWIN, replace(PLOTTER, device="/dev/ttyUSB7")]
    assert find() == "/dev/ttyUSB7"
    same = replace(STICK, location="1-1.9")
    there[:] = [STICK]
    find = known(there)
    there[:] = [same]  # all CP210x have the number 0001
    with pytest.raises(PortError, match="another board"):
        find()


def test_a_board_with_a_number_of_its_own_is_known_in_any_socket() -> None:
    there = [replace(PLOTTER, serial_number="95735353")]
    find = known(there)
    there[:] = [TWIN, replace(there[0], location="3-1")]
    assert find() == "/dev/ttyUSB0"


def test_the_plotter_is_known_after_a_restart_and_forgotten_on_a_persons_word(
    tmp_path: Path,
) -> None:
    there = [PLOTTER]
    memory = tmp_path / "plotter.json"
    find = PlotterFinder(devices=lambda: there, usb=tmp_path)
    find.remember_in(memory)
    find()
    find.met()
    again = PlotterFinder(devices=lambda: there, usb=tmp_path)
    again.remember_in(memory)
    there[:] = [STICK]
    with pytest.raises(PortError, match="catplotter machine adopt"):
        again()
    again.forget()
    assert again() == STICK.device
    memory.write_text("[1, 2")
    fresh = PlotterFinder(devices=lambda: there, usb=tmp_path)
    fresh.remember_in(memory)
    assert fresh() == STICK.device


def test_a_name_that_stays_with_its_board_is_taken_at_its_word(tmp_path: Path) -> None:
    port = tmp_path / "by-id"
    port.touch()
    there = [replace(PLOTTER, device=str(port))]
    find = known(there, str(port))
    there[:] = [replace(STICK, device=str(port))]
    assert find() == str(port)


def test_a_board_whose_port_somebody_took_is_told(tmp_path: Path) -> None:
    board = tmp_path / "1-1.2"
    board.mkdir()
    (board / "idVendor").write_text("1a86\n")
    find = PlotterFinder(devices=list, usb=tmp_path)
    with pytest.raises(PortError, match="brltty has taken it"):
        find()
    (board / "1-1.2:1.0" / "ttyUSB0").mkdir(parents=True)
    assert find() is None


def test_who_has_a_port_open_is_found(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()
    descriptor = tmp_path / "proc/612/fd/7"
    descriptor.parent.mkdir(parents=True)
    descriptor.symlink_to(port)
    (tmp_path / "proc/612/comm").write_text("ModemManager\n")
    assert held_by(str(port), tmp_path / "proc") == ["ModemManager"]


@pytest.mark.parametrize(
    ("said", "thing"),
    [
        ("echo:Unknown command", "a Marlin"),
        ("Error:No Line Number with checksum", "a Marlin"),
        ("$GPGGA,123519,4807.038,N", "a GPS receiver"),
        ("NO CARRIER", "a modem"),
        ("rst:0x1 (POWERON_RESET)", "an ESP32"),
        ("raspberrypi login: ", "another computer's console"),
        ("qwertz", "does not speak GRBL"),
    ],
)
def test_what_is_at_the_port_has_a_plain_name(said: str, thing: str) -> None:
    assert thing in str(stranger("/dev/ttyUSB0", said))


def test_a_usb_id_names_a_kind_of_board() -> None:
    devices = [Device("/dev/ttyUSB0"), Device("/dev/ttyACM0", vid=0x2341, pid=0x43)]
    assert PlotterFinder("2341:0043", devices=lambda: devices)() == "/dev/ttyACM0"
    assert PlotterFinder("0403:6001", devices=lambda: devices)() is None


def test_a_named_port_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "pty"
    path.write_text("")
    assert PlotterFinder(str(path), devices=list)() == str(path)


def test_a_named_port_that_comes_back_under_another_name_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "ttyUSB0"
    path.write_text("")
    devices = [Device(str(path), serial_number="A5062")]
    find = PlotterFinder(str(path), devices=lambda: devices, usb=tmp_path)
    assert find() == str(path)
    find.met()
    path.unlink()
    devices[:] = []
    with pytest.raises(PortError, match="Plug the plotter in"):
        find()
    devices[:] = [Device("/dev/ttyUSB1", serial_number="A5062"), Device("/dev/ttyUSB2")]
    assert find() == "/dev/ttyUSB1"


def test_a_wrong_name_gets_the_right_one_suggested() -> None:
    with pytest.raises(PortError, match=r"no port /dev/ttyX.*there is /dev/ttyUSB0"):
        PlotterFinder("/dev/ttyX", devices=lambda: [Device("/dev/ttyUSB0")])()


def test_ports_are_described_for_people() -> None:
    devices = [Device("/dev/ttyUSB0"), Device("/dev/ttyS0", vid=None)]
    assert describe_ports(lambda: devices) == ["/dev/ttyUSB0: CH340 (most Arduino copies)"]
