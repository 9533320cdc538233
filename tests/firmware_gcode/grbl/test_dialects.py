"""A dialect is one object: a new firmware is met by its banner and spoken to as it says."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.registry import DIALECTS, announced_by
from firmware_gcode.grbl.dialects.stock import STOCK
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.grbl.protocol import Options, Reply, Status
from firmware_gcode.grbl.session import Session
from firmware_gcode.program.profile import Profile


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


def test_what_a_dialect_says_of_itself() -> None:
    assert announced_by("\xf0Grbl 1.1h ['$' for help]") is STOCK
    assert announced_by("Marlin 2.1") is None
    assert STOCK.buffer_of(None) == 128
    assert STOCK.buffer_of(Options("V", 15, 255)) == 255
    assert STOCK.warning("1.1h.20190830") is None
    assert "machine says '0.9j'" in str(STOCK.warning("0.9j"))
    assert STOCK.has("$32")
    assert not WHISPER.has("$32")
