"""A line that a person types for GRBL: what it is, and the conversation that carries it out.

What is not known to be harmless is refused: the link must go on knowing which modes hold and
what is in the machine's buffer. Where a move may go is the link's own rule; see `grbl.travel`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl.commands import LineError, line_bytes
from firmware_gcode.grbl.connection import END_OF_MOVE, Procedure, Refused, Wait
from firmware_gcode.grbl.session_state import SessionState
from firmware_gcode.grbl.travel import TravelError
from firmware_gcode.setup.files import SetupError

MOVE_SECONDS = 90.0
"""The longest single move, from one corner of a large machine to the other."""


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
class TypedLine:
    """A line that may be sent, in capitals; of a setting with its name and its new value."""

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
    "$RST": "typed-rst",
    "$SLP": "typed-sleep",
    "$C": "typed-check",
    "$N": "typed-startup",
    "$I=": "typed-label",
    "$J": "typed-jog",
}
_INSTEAD = {
    10.0: "typed-set-zero",
    92.0: "typed-set-zero",
    28.0: "typed-home",
    30.0: "typed-home",
}


def read(text: str) -> TypedLine:
    """What a person's line is.

    Raises:
        SetupError: It is not sent from here; says why and what to do instead.
    """
    line = re.sub(r"\s+", "", text).upper()
    if not line:
        raise SetupError("typed-nothing")
    if line == "?":
        return TypedLine(Kind.REPORT, line)
    try:
        line_bytes(line)
    except LineError as error:
        raise SetupError("typed-unsendable", why=error.fact) from error
    return _dollar(line) if line.startswith("$") else _gcode(line)


def _dollar(line: str) -> TypedLine:
    if line in _QUESTIONS:
        return TypedLine(Kind.ASK, line)
    if line in {"$H", "$X"}:
        return TypedLine(Kind.HOME if line == "$H" else Kind.UNLOCK, line)
    if found := _SETTING.fullmatch(line):
        return TypedLine(Kind.SET, line, found[1], float(found[2]))
    for beginning, why in _ELSEWHERE.items():
        if line.startswith(beginning):
            raise SetupError("typed-elsewhere", line=line, why=Fact(why))
    raise SetupError("typed-elsewhere", line=line, why=fact("typed-known-dollars"))


def _gcode(line: str) -> TypedLine:
    words = _WORD.findall(line)
    if "".join(letter + number for letter, number in words) != line:
        raise SetupError("typed-no-gcode", line=line)
    for letter, number in words:
        _check_word(letter, float(number))
    letters = {letter for letter, _ in words}
    dwell = any(letter == "G" and float(number) == 4.0 for letter, number in words)
    moves = bool(letters & set("XYZ")) and not dwell
    return TypedLine(Kind.MOVE if moves else Kind.MODE, line)


def _check_word(letter: str, number: float) -> None:
    word = f"{letter}{number:g}"
    if letter not in _LETTERS:
        raise SetupError("typed-word", line=word)
    allowed = {"G": _G, "M": _M}.get(letter)
    if allowed is None or number in allowed:
        return
    instead = _INSTEAD.get(float(int(number))) if letter == "G" else None
    why = Fact(instead or "typed-known-words")
    raise SetupError("typed-elsewhere", line=word, why=why)


@dataclass
class Said:
    """What came back to a line.

    Attributes:
        lines: GRBL's own words, line by line.
        note: What they mean, or why the line was refused; None for nothing to say.
        refused: Whether GRBL or the link said no.
    """

    lines: list[str] = field(default_factory=list)
    note: Fact | None = None
    refused: bool = False

    def no(self, why: Fact) -> None:
        """Take note of a refusal."""
        self.note, self.refused = why, True


def carry_out(core: SessionState, typed: TypedLine, said: Said) -> Procedure[None]:
    """Send the line and listen to what comes until its answer."""

    def hear(line: str) -> None:
        if typed.kind is Kind.REPORT or not line.startswith("<"):
            said.lines.append(line)

    core.tap = hear
    try:
        if typed.kind is Kind.REPORT:
            yield from core.connection.report()
            return
        yield from core.connection.ask(typed.line, seconds=MOVE_SECONDS)
        if typed.kind is Kind.MOVE:
            yield from core.connection.report()
            yield Wait(lambda: core.connection.machine.standing, MOVE_SECONDS, END_OF_MOVE)
    except Refused as refusal:
        meaning, advice = refusal.error.meaning, refusal.error.advice
        said.no(fact("typed-refused", meaning=meaning, advice=advice))
    except TravelError as refusal:
        said.no(refusal.fact)
        return
    finally:
        core.tap = None
    if typed.kind in {Kind.MOVE, Kind.MODE}:
        core.pen_may_be_down = True  # Z or the servo may have gone anywhere.
