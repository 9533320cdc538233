"""Which lines a person may send to GRBL by hand, and what each of them is.

What is not known to be harmless is refused with a sentence: the link must go on knowing where
the pen is, which modes hold, and what is in the machine's buffer.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from firmware_gcode.facts import Fact, fact, fact_of
from firmware_gcode.gcode.actions import Arc, Move, Probe
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.grbl.commands import LineError, line_bytes
from firmware_gcode.grbl.machine_state import View
from firmware_gcode.program.profile import Profile
from pi_service.studio.core.errors import StudioError

SLACK_MM = 0.05
"""Positions are reported in whole steps."""


class Kind(StrEnum):
    """What a line is."""

    REPORT = "report"
    ASK = "ask"
    SET = "set"
    HOME = "home"
    UNLOCK = "unlock"
    MOVE = "move"
    MODE = "mode"


@dataclass(frozen=True, slots=True)
class Order:
    """A line that may be sent.

    Attributes:
        kind: What it is.
        line: As it is sent, in capitals.
        key: Of a setting: its name.
        value: Of a setting: what it is to be.
    """

    kind: Kind
    line: str
    key: str = ""
    value: float = 0.0


_QUESTIONS = frozenset({"$", "$$", "$#", "$G", "$I", "$N"})
_SETTING = re.compile(r"(\$\d{1,3})=([+-]?\d*\.?\d+)")
_WORD = re.compile(r"([A-Z])([+-]?\d*\.?\d+)")
_LETTERS = frozenset("GMFSXYZPN")
_G = frozenset({0.0, 1.0, 4.0, 17.0, 18.0, 19.0, 20.0, 21.0, 53.0, 54.0, 90.0, 91.0, 94.0})
_M = frozenset({3.0, 4.0, 5.0, 8.0, 9.0})
_ELSEWHERE = {
    "$RST": fact("console-no-rst"),
    "$SLP": fact("console-no-sleep"),
    "$C": fact("console-no-check"),
    "$N": fact("console-no-startup"),
    "$I=": fact("console-no-label"),
    "$J": fact("console-no-jog"),
}
_INSTEAD = {
    10.0: fact("console-set-zero"),
    92.0: fact("console-set-zero"),
    28.0: fact("console-home"),
    30.0: fact("console-home"),
}


def read(text: str) -> Order:
    """What a person's line is.

    Raises:
        StudioError: It is not sent from here; says why and what to do instead.
    """
    line = re.sub(r"\s+", "", text).upper()
    if not line:
        raise StudioError("console-empty")
    if line == "?":
        return Order(Kind.REPORT, line)
    try:
        line_bytes(line)
    except LineError as error:
        raise StudioError("console-realtime", why=fact_of(error)) from error
    return _dollar(line) if line.startswith("$") else _gcode(line)


def _dollar(line: str) -> Order:
    if line in _QUESTIONS:
        return Order(Kind.ASK, line)
    if line in {"$H", "$X"}:
        return Order(Kind.HOME if line == "$H" else Kind.UNLOCK, line)
    if found := _SETTING.fullmatch(line):
        return Order(Kind.SET, line, found[1], float(found[2]))
    for beginning, why in _ELSEWHERE.items():
        if line.startswith(beginning):
            raise StudioError("console-not-sent", line=line, why=why)
    raise StudioError("console-not-sent", line=line, why=fact("console-known-dollar"))


def _gcode(line: str) -> Order:
    words = _WORD.findall(line)
    if "".join(letter + number for letter, number in words) != line:
        raise StudioError("console-no-gcode", line=line)
    for letter, number in words:
        _check_word(letter, float(number))
    letters = {letter for letter, _ in words}
    dwell = any(letter == "G" and float(number) == 4.0 for letter, number in words)
    moves = bool(letters & set("XYZ")) and not dwell
    return Order(Kind.MOVE if moves else Kind.MODE, line)


def _check_word(letter: str, number: float) -> None:
    word = f"{letter}{number:g}"
    if letter not in _LETTERS:
        raise StudioError("console-no-word", word=word)
    allowed = {"G": _G, "M": _M}.get(letter)
    if allowed is None or number in allowed:
        return
    instead = _INSTEAD.get(float(int(number))) if letter == "G" else None
    raise StudioError(
        "console-not-sent", line=word, why=instead or fact("console-known-words")
    )


def out_of_reach(line: str, modes: str, view: View, profile: Profile) -> Fact | None:
    """Why a move may not be made; None if it stays within the machine's travel.

    Args:
        line: The line of G-code.
        modes: The words of `$G`'s answer, such as "G0 G54 G17 G21 G90".
        view: Where the machine is.
        profile: How far it goes.
    """
    place = view.position
    if place is None:
        return fact("place-not-told")
    parser = Interpreter()
    parser.coordinates = _triple(view, "G54")
    parser.stored[0] = parser.coordinates
    parser.offset = _triple(view, "G92")
    offset = parser.work_offset
    parser.position = (place[0] + offset[0], place[1] + offset[1], place[2] + offset[2])
    for word in sorted(modes.split(), key=lambda word: word[0] != "F"):
        with suppress(GcodeError):  # F0, and so G1: none is in force; G2, G3: not without axes
            if word[0] in "GF":
                parser.execute(word)
    try:
        actions = parser.execute(line)
    except GcodeError as error:
        return fact("grbl-would-refuse", why=fact_of(error))
    for action in actions:
        if isinstance(action, Arc | Probe):
            return fact("console-no-arcs")
        if isinstance(action, Move):
            x, y = action.target[0] - offset[0], action.target[1] - offset[1]
            if not profile.reach.contains([(x, y)], SLACK_MM):
                return beyond(x, y, profile)
    return None


def beyond(x: float, y: float, profile: Profile) -> Fact:
    """What is told of a move that would leave the machine's travel."""
    return fact(
        "move-beyond",
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        width=profile.width,
        height=profile.height,
    )


def _triple(view: View, name: str) -> tuple[float, float, float]:
    unit = 25.4 if view.settings.get("$13") == 1.0 else 1.0
    values = view.parameters.get(name, (0.0, 0.0, 0.0))
    if len(values) < 3:
        return (0.0, 0.0, 0.0)
    return (values[0] * unit, values[1] * unit, values[2] * unit)
