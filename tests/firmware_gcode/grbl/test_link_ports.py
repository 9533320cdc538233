"""The plotter is found by name, by USB id or by being the only one, and found again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware_gcode.grbl.port import PlotterFinder, PortError, describe_ports


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


def test_the_board_it_knows_is_found_among_several_and_under_another_name() -> None:
    devices = [Device("/dev/ttyUSB0", serial_number="A5")]
    find = PlotterFinder(devices=lambda: devices)
    assert find() == "/dev/ttyUSB0"
    devices[:] = [Device("/dev/ttyUSB0"), Device("/dev/ttyUSB1", serial_number="A5")]
    assert find() == "/dev/ttyUSB1"


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
    devices = [Device(str(path), serial_number="A5")]
    find = PlotterFinder(str(path), devices=lambda: devices)
    assert find() == str(path)
    path.unlink()
    devices[:] = []
    with pytest.raises(PortError, match="Plug the plotter in"):
        find()
    devices[:] = [Device("/dev/ttyUSB1", serial_number="A5"), Device("/dev/ttyUSB2")]
    assert find() == "/dev/ttyUSB1"


def test_a_wrong_name_gets_the_right_one_suggested() -> None:
    with pytest.raises(PortError, match=r"no port /dev/ttyX.*there is /dev/ttyUSB0"):
        PlotterFinder("/dev/ttyX", devices=lambda: [Device("/dev/ttyUSB0")])()


def test_ports_are_described_for_people() -> None:
    devices = [Device("/dev/ttyUSB0"), Device("/dev/ttyS0", vid=None)]
    assert describe_ports(lambda: devices) == ["/dev/ttyUSB0: CH340 (most Arduino copies)"]
