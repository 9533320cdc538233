"""The workshop's smaller parts, without a machine."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_gcode.facts import CodedError, fact
from firmware_gcode.program.profile import SHIPPED
from pi_service.studio.core.errors import StudioError
from pi_service.studio.machine.control import Lease
from pi_service.studio.workshop.computer import Computer
from pi_service.studio.workshop.messages import Messages
from pi_service.studio.workshop.own_profile import OwnProfile
from pi_service.studio.workshop.tasks import Tasks, within


def now() -> datetime:
    return datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_lease_and_drawing_exclude_each_other() -> None:
    at = [0.0]
    lease = Lease(lambda: at[0])
    lease.take(10.0)
    assert (lease.held, lease.left_s) == (True, 10.0)
    at[0] = 5.0
    lease.take(2.0)  # never shorter than it was
    assert lease.left_s == 5.0
    at[0] = 11.0
    assert (lease.held, lease.left_s) == (False, 0.0)
    lease.drawing = True
    assert not lease.extend()
    with pytest.raises(StudioError, match="A drawing is on the paper"):
        lease.take()
    lease.drawing = False
    lease.take()
    lease.give_back()
    assert not lease.held


def test_an_open_calibration_excludes_every_other_act() -> None:
    lease, open_steps = Lease(), [True]
    lease.calibrating = lambda: bool(open_steps)
    with pytest.raises(StudioError, match="The calibration has the machine"):
        lease.take()
    lease.take(calibration=True)
    open_steps.clear()
    lease.take()


def test_a_copy_counts_until_its_original_is_changed(tmp_path: Path) -> None:
    source, data = SHIPPED / "z-pen.toml", tmp_path
    own = OwnProfile(source, data, now=now)
    assert not (data / "profile.toml").exists()
    own.change({("", "draw_feed"): 1234.0})
    assert own.profile.draw_feed == 1234.0
    again = OwnProfile(source, data, now=now)
    assert again.profile.draw_feed == 1234.0
    assert again.copied
    other = OwnProfile(SHIPPED / "simulated.toml", data, now=now)
    assert other.profile.name == "simulated"
    assert "put aside in profile.toml.20261122-120000.old" in str(other.said)
    assert not (data / "profile.toml").exists()


def test_a_broken_copy_is_put_aside(tmp_path: Path) -> None:
    OwnProfile(SHIPPED / "z-pen.toml", tmp_path, now=now).change({("", "draw_feed"): 1000.0})
    copy = tmp_path / "profile.toml"
    copy.write_text(copy.read_text().replace("baud = 115200", "baud = nothing"))
    own = OwnProfile(SHIPPED / "z-pen.toml", tmp_path, now=now)
    assert own.profile.draw_feed == 1500.0
    assert "not a valid TOML file" in str(own.said)


def test_ones_own_file_is_changed_itself(tmp_path: Path) -> None:
    source = tmp_path / "mine.toml"
    shutil.copy(SHIPPED / "z-pen.toml", source)
    (tmp_path / "data").mkdir()
    own = OwnProfile(source, tmp_path / "data", now=now)
    assert own.path == source
    own.change({("", "draw_feed"): 1000.0})
    assert "draw_feed = 1000.0" in source.read_text()
    assert list((tmp_path / "data").iterdir()) == []
    source.write_text(source.read_text().replace("draw_feed = 1000.0", "draw_feed = 900.0"))
    assert own.reload()
    assert own.profile.draw_feed == 900.0
    assert not own.reload()


def test_the_computer_tells_what_there_is(tmp_path: Path) -> None:
    zone = tmp_path / "sys/class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "temp").write_text("48312\n")
    proc = tmp_path / "proc"
    (proc / "self").mkdir(parents=True)
    (proc / "device-tree").mkdir()
    (proc / "device-tree/model").write_text("Raspberry Pi Zero 2 W Rev 1.0\0")
    (proc / "meminfo").write_text("MemTotal:  437000 kB\nMemAvailable:  200000 kB\n")
    (proc / "self/smaps_rollup").write_text("Rss: 70000 kB\nPss:  61000 kB\n")
    soc = tmp_path / "sys/devices/platform/soc/soc:firmware"
    soc.mkdir(parents=True)
    (soc / "get_throttled").write_text("50001\n")
    view = Computer(tmp_path, tmp_path).view()
    assert view["temperature_c"] == 48.3
    assert view["memory"] == {"total": 437000 * 1024, "available": 200000 * 1024}
    assert view["service_memory"] == 61000 * 1024
    assert view["model"] == "Raspberry Pi Zero 2 W Rev 1.0"
    assert view["trouble"] == ["too little voltage"]
    assert view["trouble_before"] == ["too little voltage", "slowed down"]
    assert view["disk"]["free"] > 0
    assert view["commands"]["update"].startswith("sudo catplotter update")


def test_the_computer_does_not_make_up_what_is_not_there(tmp_path: Path) -> None:
    view = Computer(tmp_path / "gone", tmp_path).view()
    for name in ("temperature_c", "memory", "service_memory", "disk", "model", "trouble"):
        assert view[name] is None, name
    assert view["version"]


def test_messages_are_remembered_newest_first() -> None:
    messages, log = Messages(), logging.getLogger("tests.workshop")
    log.addHandler(messages)
    log.setLevel(logging.INFO)
    try:
        log.info("one %d", 1)
        try:
            raise ValueError("broken")  # noqa: TRY301
        except ValueError:
            log.exception("two")
        log.info("three %d")  # no argument for it, and no format is made of it
    finally:
        log.removeHandler(messages)
    assert [each["text"] for each in messages.last(2)] == [
        "three %d",
        "two (ValueError: broken)",
    ]
    assert messages.last()[-1]["level"] == "info"


@pytest.fixture
def tasks() -> Callable[[], Tasks]:
    return lambda: Tasks(lambda: None, lambda: None)


def test_one_thing_at_a_time_and_every_trouble_is_a_sentence(
    tasks: Callable[[], Tasks],
) -> None:
    import threading  # noqa: PLC0415

    one, gate = tasks(), threading.Event()
    one.start()
    future = one.begin(fact("text", text="it waits"), gate.wait)
    assert str(one.busy) == "it waits"
    assert within(future, 0.0) is None
    with pytest.raises(StudioError, match="still busy: it waits"):
        one.begin(fact("text", text="more"), lambda: None)
    gate.set()
    assert within(future, 5.0)
    with pytest.raises(ZeroDivisionError):
        within(one.begin(fact("text", text="nonsense"), lambda: 1 / 0), 5.0)
    one.close()
    with pytest.raises(StudioError, match="ending"):
        one.begin(fact("text", text="late"), lambda: None)


def test_a_trouble_with_a_code_keeps_it(tasks: Callable[[], Tasks]) -> None:
    def fail() -> None:
        raise CodedError("machine-busy", what="it thinks")

    one = tasks()
    one.start()
    with pytest.raises(StudioError, match="still busy: it thinks") as caught:
        within(one.begin(fact("text", text="it fails"), fail), 5.0)
    assert caught.value.fact == fact("machine-busy", what="it thinks")
    one.close()
