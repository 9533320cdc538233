"""A dialect is one object: a new firmware is met by its banner and spoken to as it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pytest

from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.grbl09 import GRBL_09
from firmware_gcode.grbl.dialects.grblhal import GRBLHAL
from firmware_gcode.grbl.dialects.registry import BY_KEY, DIALECTS, announced_by
from firmware_gcode.grbl.dialects.speech import Speech
from firmware_gcode.grbl.dialects.stock import STOCK
from firmware_gcode.grbl.events import LinkState, ProgramEnded
from firmware_gcode.grbl.protocol import Options, Reply, Status
from firmware_gcode.grbl.session import Session
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from tests.firmware_gcode.virtual_time import VirtualTimeLink


@dataclass(frozen=True)
class Whisper(Dialect):
    """A firmware whose reports are ``W:idle 1,2,3`` and which answers no `$I`."""

    def parse(self, line: str) -> Reply:
        if found := re.fullmatch(r"W:(\w+) (\S+),(\S+),(\S+)", line):
            place = (float(found[2]), float(found[3]), float(found[4]))
            return Status(found[1].capitalize(), wpos=place)
        return super().parse(line)


WHISPER = Whisper(
    name="Whisper",
    banner=re.compile(r"Whisper (\S+) at your service"),
    versions=("2.",),
    asked=("$$", "$#", "$G"),
    stored=("$$", "$#"),
    buffer=64,
    lacks=frozenset({"$32"}),
)


def test_a_new_dialect_is_met_by_its_banner(
    monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    monkeypatch.setattr("firmware_gcode.grbl.dialects.registry.DIALECTS", [WHISPER, *DIALECTS])
    session = Session(profile)
    now, sent = 0.0, b""

    def hear(*lines: str) -> bytes:
        nonlocal now, sent
        now += 0.05
        session.received("".join(f"{line}\r\n" for line in lines).encode(), now)
        session.tick(now)
        sent += (out := session.take_output())
        return out

    session.opened("the test", now)
    hear("Whisper 2.7 at your service")
    assert hear("W:idle 0.000,0.000,0.000").startswith(b"$$\n")
    assert hear("$110=500.000", "ok").startswith(b"$#\n")
    assert hear("ok").startswith(b"$G\n")
    hear("ok")
    assert session.state is LinkState.UNREFERENCED
    assert b"$I" not in sent
    assert session.details.work == (0.0, 0.0, 0.0)
    assert session.details.settings == {"$110": 500.0}
    assert session.details.buffer == 64


PENS = ["profile", "homing_profile", "servo_profile"]
DRAWN = [
    (key, pen)
    for key, each in BY_KEY.items()
    for pen in (PENS if each.speech.axes == 3 else ["servo_profile"])
    if each.known
]
Ready = Callable[..., VirtualTimeLink]


@pytest.mark.parametrize(("key", "pen"), DRAWN)
def test_each_dialect_draws(
    key: str,
    pen: str,
    request: pytest.FixtureRequest,
    make_ready: Ready,
    make_program: Callable[..., Program],
) -> None:
    profile = request.getfixturevalue(pen)
    rehearsal = make_ready(profile, dialect=BY_KEY[key])
    assert rehearsal.session.details.buffer == (1023 if key == "grblhal" else 128)
    rehearsal.session.draw(make_program(profile, strokes=3))
    assert rehearsal.run(60.0, lambda: rehearsal.session.state is LinkState.READY)
    assert rehearsal.events[-2] == ProgramEnded("done", 3)
    assert len(rehearsal.machine.ink.strokes) == 3
    assert rehearsal.session.fullest > 65
    assert rehearsal.machine.board.receiver.lost_to_ring == 0


def test_an_offset_that_is_never_reported_is_read(
    make_program: Callable[..., Program], homing_profile: Profile
) -> None:
    rehearsal = VirtualTimeLink(homing_profile, dialect=GRBLHAL)
    rehearsal.machine.write(b"$X\n$10=3\n")
    rehearsal.run(1.0)
    rehearsal.plug()
    assert rehearsal.run(10.0, lambda: rehearsal.session.state is LinkState.UNREFERENCED)
    rehearsal.session.home()
    assert rehearsal.run(60.0, lambda: rehearsal.session.state is LinkState.READY)
    rehearsal.machine.ink.strokes.clear()
    assert b"WCO" not in rehearsal.machine.read()
    rehearsal.session.draw(make_program(homing_profile, strokes=2))
    assert rehearsal.run(60.0, lambda: rehearsal.session.state is LinkState.READY)
    assert len(rehearsal.machine.ink.strokes) == 2
    assert rehearsal.machine.board.memory.extras[10] == 3.0


def test_a_machine_that_counts_otherwise_when_homed_is_not_believed(
    homing_profile: Profile,
) -> None:
    """Homed at the near ends by `$23`, which GRBL calls -299; a board that calls it 0."""

    @dataclass(frozen=True)
    class Forced(Speech):
        def place(self, values: Sequence[str]) -> str:
            return ",".join("0.000" if value.startswith("-2") else value for value in values)

    turned = replace(homing_profile, grbl={**homing_profile.grbl, "$23": 3.0})
    forced = VirtualTimeLink(turned, dialect=replace(STOCK, speech=Forced()))
    for rehearsal in (VirtualTimeLink(turned), forced):
        session = rehearsal.session
        rehearsal.plug()
        assert rehearsal.run(10.0, partial(at, session, LinkState.LOCKED))
        session.home()
        assert not rehearsal.run(0.2, partial(at, session, LinkState.READY))
        rehearsal.run(30.0, partial(at, session, LinkState.READY, LinkState.UNREFERENCED))
    assert at(session, LinkState.UNREFERENCED)
    assert session.fault is not None
    assert session.fault.code == "homed-elsewhere"


def at(session: Session, *states: LinkState) -> bool:
    return session.state in states


def test_one_that_borrows_a_banner_is_known_by_what_it_says(make_ready: Ready) -> None:
    profile = Profile.load("servo-pen")
    borrowed = replace(
        GRBLHAL, speech=replace(GRBLHAL.speech, banner="Grbl 1.1f ['$' for help]")
    )
    rehearsal = make_ready(profile, dialect=borrowed)
    connection = rehearsal.session._core.connection
    assert connection.dialect is GRBLHAL
    rehearsal.machine.power_on()
    assert rehearsal.run(20.0, lambda: rehearsal.session.state is LinkState.UNREFERENCED)
    assert connection.dialect is GRBLHAL


def test_an_old_one_is_named_and_sent_to_the_flashing_page(profile: Profile) -> None:
    rehearsal = VirtualTimeLink(profile, dialect=GRBL_09)
    rehearsal.plug()
    assert rehearsal.run(20.0, lambda: rehearsal.session.state is LinkState.FAULTED)
    fault = rehearsal.session.fault
    assert fault is not None
    assert (fault.code, fault.params["version"]) == ("firmware-too-old", "0.9j")
    assert "WIRING.md" in str(fault)
    rehearsal.run(60.0)
    assert rehearsal.machine.shaft == (0, 0, 0)


def test_a_damaged_report_does_not_take_an_axis_away(make_ready: Ready) -> None:
    rehearsal = make_ready(Profile.load("servo-pen"))
    machine = rehearsal.session._core.connection.machine
    before = machine.position
    rehearsal.session.received(b"<Idle|MPos:7.000,8.000|3.000|FS:0,0>\r\n", rehearsal.now)
    assert machine.position in {before, None}


def test_what_a_dialect_says_of_itself() -> None:
    assert announced_by("\xf0Grbl 1.1h ['$' for help]") is STOCK
    assert announced_by("Marlin 2.1") is None
    assert STOCK.buffer_of(None) == 128
    assert STOCK.buffer_of(Options("V", 15, 255)) == 255
    assert STOCK.warning("1.1h.20190830") is None
    assert "machine says '0.9j'" in str(STOCK.warning("0.9j"))
    assert STOCK.has("$32")
    assert not WHISPER.has("$32")
