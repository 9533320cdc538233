"""Which lines a person may send to GRBL by hand, and what each of them is.

What is not known to be harmless is refused with a sentence: the link must go on knowing where
the pen is, which modes hold, and what is in the machine's buffer.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

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
    "$RST": "It would wipe settings. Write them one by one, or restore a backup.",
    "$SLP": "It would put the machine to sleep, and only a reset wakes it.",
    "$C": "In check mode nothing moves, and the page would not know it.",
    "$N": "A start-up line runs at each power-on. Use catplotter machine restore for it.",
    "$I=": "The board's label is written by catplotter machine label.",
    "$J": "Use the jog pad: it knows how far the machine goes.",
}
_INSTEAD = {
    10.0: "Use Set zero: it tells everybody where the paper is.",
    92.0: "Use Set zero: it tells everybody where the paper is.",
    28.0: "Use Home.",
    30.0: "Use Home.",
}


def read(text: str) -> Order:
    """What a person's line is.

    Raises:
        StudioError: It is not sent from here; says why and what to do instead.
    """
    line = re.sub(r"\s+", "", text).upper()
    if not line:
        raise StudioError("Type a line for GRBL first, such as $$ or ?.")
    if line == "?":
        return Order(Kind.REPORT, line)
    try:
        line_bytes(line)
    except LineError as error:
        raise StudioError(f"{error} Use the buttons to stop, hold or go on.") from error
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
            raise StudioError(f"{line} is not sent from here. {why}")
    raise StudioError(
        f"{line} is not sent from here. Known are $, $$, $#, $G, $I, $N, $H, $X and $110=500."
    )


def _gcode(line: str) -> Order:
    words = _WORD.findall(line)
    if "".join(letter + number for letter, number in words) != line:
        raise StudioError(f"{line} is no line of G-code. G0 X10 Y10 is one.")
    for letter, number in words:
        _check_word(letter, float(number))
    letters = {letter for letter, _ in words}
    dwell = any(letter == "G" and float(number) == 4.0 for letter, number in words)
    moves = bool(letters & set("XYZ")) and not dwell
    return Order(Kind.MOVE if moves else Kind.MODE, line)


def _check_word(letter: str, number: float) -> None:
    word = f"{letter}{number:g}"
    if letter not in _LETTERS:
        raise StudioError(f"{word} is not sent from here: only straight moves and modes are.")
    allowed = {"G": _G, "M": _M}.get(letter)
    if allowed is None or number in allowed:
        return
    instead = _INSTEAD.get(float(int(number))) if letter == "G" else None
    raise StudioError(
        f"{word} is not sent from here. "
        + (instead or "Known are G0, G1, G4, G20, G21, G53, G54, G90, G91, M3, M5 and modes.")
    )


def out_of_reach(line: str, modes: str, view: View, profile: Profile) -> str:
    """Why a move may not be made, a sentence; "" if it stays within the machine's travel.

    Args:
        line: The line of G-code.
        modes: The words of `$G`'s answer, such as "G0 G54 G17 G21 G90".
        view: Where the machine is.
        profile: How far it goes.
    """
    place = view.position
    if place is None:
        return "The machine does not say where it is. Try again."
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
        return f"GRBL would refuse this line: {error}."
    for action in actions:
        if isinstance(action, Arc | Probe):
            return "Arcs and probes are not sent from here."
        if isinstance(action, Move):
            x, y = action.target[0] - offset[0], action.target[1] - offset[1]
            if not profile.reach.contains([(x, y)], SLACK_MM):
                return (
                    f"That would lead to ({x:.1f}, {y:.1f}), out of the machine's travel of "
                    f"{profile.width:g} x {profile.height:g} mm."
                )
    return ""


def _triple(view: View, name: str) -> tuple[float, float, float]:
    unit = 25.4 if view.settings.get("$13") == 1.0 else 1.0
    values = view.parameters.get(name, (0.0, 0.0, 0.0))
    if len(values) < 3:
        return (0.0, 0.0, 0.0)
    return (values[0] * unit, values[1] * unit, values[2] * unit)
