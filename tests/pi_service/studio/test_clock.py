"""After a boot without a battery nobody believes the clock until somebody says it is right."""

from __future__ import annotations

import json
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from firmware_gcode.facts import Fact
from pi_service.studio.calendar.calendar import Calendar
from pi_service.studio.calendar.clock import ClockSigns, LocalZone, WallClock, zone_files
from pi_service.studio.core.database import Database
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import JobState, Request
from tests.pi_service.studio.gallery import ZONE, Gallery, eventually

NOON = datetime(2026, 11, 24, 12, tzinfo=ZONE).timestamp()
HALF_AN_HOUR = 1800.0


class Computer:
    """A computer that was switched on just now; its clock shows noon."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.up, self.synchronised = 10.0, False
        self.boots("first")
        self.signs = ClockSigns(
            root, clock=lambda: NOON, kernel=lambda: self.synchronised, uptime=lambda: self.up
        )

    def boots(self, name: str) -> None:
        self.up = 10.0
        self._write("proc/sys/kernel/random/boot_id", f"{name}\n")

    def time_server(self) -> None:
        self._write("run/systemd/timesync/synchronized", "")

    def battery(self, shows: float, *, used: str = "1") -> None:
        self._write("sys/class/rtc/rtc0/hctosys", f"{used}\n")
        self._write("sys/class/rtc/rtc0/since_epoch", f"{shows:.0f}\n")

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path / "computer")


def wall(computer: Computer, folder: Path, said: list[Fact] | None = None) -> WallClock:
    return WallClock(
        Database(folder / "catplotter.db"),
        lambda: NOON,
        signs=computer.signs,
        patience_s=HALF_AN_HOUR,
        say=([] if said is None else said).append,
    )


def test_it_is_doubted_until_a_time_server_was_heard(
    computer: Computer, tmp_path: Path
) -> None:
    clock = wall(computer, tmp_path)
    assert "may be wrong" in str(clock.fault())
    computer.time_server()
    assert clock.trusted
    assert clock.fault() is None


def test_the_kernels_word_is_taken(computer: Computer, tmp_path: Path) -> None:
    clock = wall(computer, tmp_path)
    before = clock.trusted
    computer.synchronised = True
    assert (before, clock.trusted) == (False, True)


@pytest.mark.parametrize(
    ("shows", "used", "trusted"),
    [(NOON - 2, "1", True), (NOON - 2, "0", False), (1000.0, "1", False)],
)
def test_a_battery_counts_where_it_set_the_clock(
    computer: Computer, tmp_path: Path, shows: float, used: str, trusted: bool
) -> None:
    computer.battery(shows, used=used)
    assert wall(computer, tmp_path).trusted is trusted


def test_a_persons_word_holds_until_the_next_boot(computer: Computer, tmp_path: Path) -> None:
    database = Database(tmp_path / "catplotter.db")
    first = WallClock(database, lambda: NOON, signs=computer.signs, patience_s=HALF_AN_HOUR)
    first.vouch()
    assert first.trusted
    again = WallClock(database, lambda: NOON, signs=computer.signs, patience_s=HALF_AN_HOUR)
    assert again.trusted  # the service was restarted
    computer.boots("second")
    other = WallClock(database, lambda: NOON, signs=computer.signs, patience_s=HALF_AN_HOUR)
    assert not other.trusted


def test_after_a_while_it_is_believed_and_said_so_but_never_trusted(
    computer: Computer, tmp_path: Path
) -> None:
    said: list[Fact] = []
    clock = wall(computer, tmp_path, said)
    computer.up = HALF_AN_HOUR + 1
    assert clock.fault() is None
    assert clock.fault() is None
    assert [str(told) for told in said] == [
        "No time server has said what time it is within 30 min; the clock is believed as it "
        "is, and no date is written under drawings. Set it if it is wrong."
    ]
    assert not clock.trusted


def test_a_time_that_cannot_be_is_never_believed(computer: Computer, tmp_path: Path) -> None:
    computer.time_server()
    database = Database(tmp_path / "catplotter.db")
    clock = WallClock(database, lambda: 1e9, signs=computer.signs)
    assert "not set" in str(clock.fault())


def test_hours_and_schedules_wait_and_captions_have_no_date(
    gallery: Gallery, computer: Computer
) -> None:
    gallery.now = NOON
    gallery.signs = computer.signs
    gallery.settings = StudioSettings(columns=2, rows=2, caption=True)
    studio = gallery.open()
    first = gallery.draw_one()  # there are no hours: nothing goes by the clock
    assert "2026" not in first.caption
    studio.calendar.set_hours({"tue": "10:00-18:00"})
    job = studio.jobs.request(Request("page"))
    eventually(lambda: "may be wrong" in str(studio.jobs.get(job.id).reason))
    assert studio.snapshot()["shown"]["state"] == "needs_somebody"
    studio.calendar.vouch()
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.finish()
    assert "2026" in gallery.draw_one().caption


def test_a_new_time_zone_is_followed_and_said(tmp_path: Path) -> None:
    said: list[Fact] = []
    files: list[object] = [1]
    zones: list[tzinfo] = [ZoneInfo("Europe/London")]
    zone = LocalZone(mark=lambda: files[0], find=lambda: zones[0])
    calendar = Calendar(
        Database(tmp_path / "catplotter.db"),
        clock=lambda: datetime(2026, 11, 24, 9, 30, tzinfo=UTC).timestamp(),
        zone=zone,
        say=said.append,
    )
    calendar.set_hours({"tue": "10:00-18:00"})
    assert calendar.hold(60.0) is not None
    zones[0] = ZoneInfo("Europe/Berlin")
    calendar.look()  # its files are read when they have changed
    assert calendar.hold(60.0) is not None
    files[0] = 2
    calendar.look()
    assert calendar.hold(60.0) is None
    assert [str(told) for told in said] == [
        "The time zone is Europe/Berlin now; it is 10:30 there. Hours and schedules go by it."
    ]


def test_the_zones_files_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/Europe/London")
    before = zone_files(tmp_path)
    assert zone_files(tmp_path) == before
    (tmp_path / "localtime").unlink()
    (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    assert zone_files(tmp_path) != before
    assert json.dumps(before)
