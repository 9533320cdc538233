"""What GRBL 1.1 says, one line at a time, as types.

Nothing here fails on bad input: a line that is not GRBL's is `Unknown`, a report with a
damaged field loses that field. The grammar is that of GRBL's `report.c`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from firmware_gcode.facts import Fact
from firmware_gcode.gcode.errors import error_meaning

Triple: TypeAlias = tuple[float, float, float]

_ERROR_ADVICE: Final[dict[int, str]] = {
    5: "grbl-do-homing-setting",
    7: "grbl-do-restore",
    8: "grbl-do-wait",
    9: "grbl-do-reference",
    10: "grbl-do-soft-limits",
    13: "grbl-do-close-door",
    15: "grbl-do-jog-shorter",
    17: "grbl-do-laser-off",
    **dict.fromkeys((3, 4, 6, 12, 14, 16), "grbl-do-compare-settings"),
}
_ALARM_CODES: Final[dict[int, str]] = {
    1: "grbl-alarm-hard-limit",
    2: "grbl-alarm-soft-limit",
    3: "grbl-alarm-reset-in-motion",
    4: "grbl-alarm-probe-closed",
    5: "grbl-alarm-probe-failed",
    6: "grbl-alarm-homing-reset",
    7: "grbl-alarm-homing-door",
    8: "grbl-alarm-homing-pull-off",
    9: "grbl-alarm-homing-no-switch",
}
_ALARM_ADVICE: Final[dict[int, str]] = {
    2: "grbl-do-check-origin",
    8: "grbl-do-check-pull-off",
    9: "grbl-do-check-travel",
}


@dataclass(frozen=True, slots=True)
class Ok:
    """`ok`: the line was parsed and queued, which is not to say executed."""


@dataclass(frozen=True, slots=True)
class Error:
    """`error:N`: the line was refused; lines after it still run."""

    code: int

    @property
    def meaning(self) -> Fact:
        """What the number means."""
        return error_meaning(self.code)

    @property
    def advice(self) -> Fact:
        """What to do; usually a line was damaged."""
        return Fact(_ERROR_ADVICE.get(self.code, "grbl-do-send-again"))


@dataclass(frozen=True, slots=True)
class Alarm:
    """`ALARM:N`: the machine stopped and is locked."""

    code: int

    @property
    def meaning(self) -> Fact:
        """What the number means."""
        return Fact(_ALARM_CODES.get(self.code, "grbl-alarm-unknown"))

    @property
    def advice(self) -> Fact:
        """What to do; usually to look at the machine."""
        return Fact(_ALARM_ADVICE.get(self.code, "grbl-do-look"))


@dataclass(frozen=True, slots=True)
class Banner:
    """`Grbl 1.1h ['$' for help]`: the machine has just started or was reset."""

    version: str


@dataclass(frozen=True, slots=True)
class Status:
    """A status report `<Idle|MPos:…>`. Fields that the report did not carry are None.

    Attributes:
        state: Idle, Run, Hold, Jog, Alarm, Door, Check, Home or Sleep.
        substate: The number behind Hold: or Door:.
        mpos: Machine position, in the unit of `$13` (mm).
        wpos: Work position, likewise. GRBL sends one of the two.
        wco: Work coordinate offset: mpos - wpos.
        blocks_free: Free planner blocks.
        bytes_free: Free bytes in the receive buffer.
        feed: Speed now, mm/min.
        spindle: Spindle (servo) value now.
        line: Line number being executed, where lines carry `N`.
        overrides: Feed, rapid and spindle override in percent.
        accessories: Letters of what is switched on (S, C, F, M); only in reports with
            `overrides`.
        axes: 2 where positions have two coordinates, and so a Z of zero here.
        pins: Letters of the inputs that are active (X, Y, Z, P, D, H, R, S).
    """

    state: str
    substate: int | None = None
    mpos: Triple | None = None
    wpos: Triple | None = None
    wco: Triple | None = None
    blocks_free: int | None = None
    bytes_free: int | None = None
    feed: float | None = None
    spindle: float | None = None
    line: int | None = None
    overrides: tuple[int, int, int] | None = None
    accessories: str = ""
    pins: str = ""
    axes: int = 3


@dataclass(frozen=True, slots=True)
class Setting:
    """`$110=500.000`, an answer to `$$`."""

    key: str
    value: float


@dataclass(frozen=True, slots=True)
class TextSetting:
    """`$74=name`, an answer to `$$` that is no number (grblHAL)."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class StartupLine:
    """`$N0=G21`, an answer to `$N`."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """`[G54:…]`, `[G92:…]`, `[TLO:…]`: a stored position, an answer to `$#`."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Modes:
    """`[GC:G0 G54 …]`: the modal words in force, an answer to `$G`."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """`[VER:1.1h.20190830:name]`, an answer to `$I`."""

    version: str
    name: str


@dataclass(frozen=True, slots=True)
class Options:
    """`[OPT:V,15,128]`: the build's options and buffer sizes, an answer to `$I`."""

    letters: str
    planner_blocks: int
    receive_bytes: int


@dataclass(frozen=True, slots=True)
class Remark:
    """What the link does not act on: `[MSG:…]`, `[HLP:…]`, `[echo: …]`, `[PRB:…]`, `>G21:ok`.

    Attributes:
        kind: The word before the colon; ">" for a start-up line that ran after a reset.
        text: What stands behind it.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything else: noise, half a line, or another kind of machine."""

    text: str


Reply: TypeAlias = (
    Ok
    | Error
    | Alarm
    | Banner
    | Status
    | Setting
    | TextSetting
    | StartupLine
    | Parameter
    | Modes
    | Version
    | Options
    | Remark
    | Unknown
)

LONGEST_LINE = 512
"""Bytes after which a line that does not end is given up as noise."""


class LineSplitter:
    """Cuts the byte stream into lines; noise without an end is dropped, not kept for ever."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that are complete now, without their ends; empty ones are left out."""
        *lines, self._rest = (self._rest + data).replace(b"\r", b"\n").split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            self._rest = b""
        return [line.decode("latin-1") for line in lines if line.strip(b" \0")]

    def clear(self) -> None:
        """Forget the half line, for a port that was opened anew."""
        self._rest = b""


_ANSWER = re.compile(r"(ok|error:(\d{1,3}))")
_ALARM = re.compile(r"ALARM:(\d{1,3})")
_STATUS = re.compile(r"<([A-Z][A-Za-z]*)(?::(\d+))?((?:\|[^|<>]*)*)>")
_SETTING = re.compile(r"\$(\d{1,3})=(-?\d+(?:\.\d+)?)(?: \(.*\))?")
_TEXT = re.compile(r"\$(\d{1,3})=(.+)")
_STARTUP = re.compile(r"\$N(\d)=(.*)")
_STARTUP_RUN = re.compile(r">(.*:(?:ok|error:\d+))")
_BRACKET = re.compile(r"\[([A-Za-z0-9.]+):(.*)\]")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def parse(line: bytes | str) -> Reply:
    """One line of GRBL's, without its end; bytes are read as latin-1: nothing can fail."""
    text = (line.decode("latin-1") if isinstance(line, bytes) else line).strip()
    if found := _ANSWER.fullmatch(text):
        return Error(int(found[2])) if found[2] else Ok()
    if text.startswith("<"):
        return _status(text)
    if text.startswith("["):
        return _bracket(text)
    if found := _ALARM.fullmatch(text):
        return Alarm(int(found[1]))
    return _dollar(text)


def _dollar(text: str) -> Reply:
    if found := _SETTING.fullmatch(text):
        return Setting(f"${found[1]}", float(found[2]))
    if found := _TEXT.fullmatch(text):
        return TextSetting(f"${found[1]}", found[2])
    if found := _STARTUP.fullmatch(text):
        return StartupLine(int(found[1]), found[2])
    if found := _STARTUP_RUN.fullmatch(text):
        return Remark(">", found[1])
    return Unknown(text)


def _bracket(text: str) -> Reply:
    found = _BRACKET.fullmatch(text)
    if not found:
        return Unknown(text)
    name, value = found[1], found[2]
    match name:
        case "MSG" | "HLP" | "echo" | "PRB":
            return Remark(name, value.strip())
        case "GC":
            return Modes(tuple(value.split()))
        case "VER":
            version, _, own = value.partition(":")
            return Version(version, own)
        case "OPT":
            return _options(value) or Unknown(text)
    values = _numbers(value)
    return Parameter(name, values) if values else Unknown(text)


def _options(value: str) -> Options | None:
    """Builds of grblHAL append more fields; those of the ESP32 may say no sizes at all."""
    letters, *sizes = value.split(",")
    if len(sizes) < 2 or not (sizes[0].isdecimal() and sizes[1].isdecimal()):
        return None
    return Options(letters, int(sizes[0]), int(sizes[1]))


def _status(text: str) -> Reply:
    found = _STATUS.fullmatch(text)
    if not found:
        return Unknown(text)
    fields: dict[str, str] = {}
    for part in found[3].split("|")[1:]:
        name, _, value = part.partition(":")
        fields[name] = value
    blocks, received = _pair(fields.get("Bf"))
    feed, spindle = _pair(fields.get("FS"))
    overrides = _numbers(fields.get("Ov", ""))
    line = fields.get("Ln", "")
    return Status(
        state=found[1],
        substate=int(found[2]) if found[2] else None,
        mpos=_place(fields.get("MPos", "")),
        wpos=_place(fields.get("WPos", "")),
        wco=_place(fields.get("WCO", "")),
        blocks_free=None if blocks is None else int(blocks),
        bytes_free=None if received is None else int(received),
        feed=_single(fields.get("F")) if feed is None else feed,
        spindle=spindle,
        line=int(line) if line.isdecimal() else None,
        overrides=(
            (int(overrides[0]), int(overrides[1]), int(overrides[2]))
            if len(overrides) == 3
            else None
        ),
        accessories=fields.get("A", ""),
        pins=fields.get("Pn", ""),
        axes=2 if len(_numbers(fields.get("MPos") or fields.get("WPos") or "")) == 2 else 3,
    )


def _numbers(text: str) -> tuple[float, ...]:
    """Comma-separated numbers; empty when one of them is not a number."""
    parts = text.split(",")
    if all(_NUMBER.fullmatch(part) for part in parts):
        return tuple(float(part) for part in parts)
    return ()


def _place(text: str) -> Triple | None:
    """The first three of the axes (some builds report more); Z is zero where there are two."""
    numbers = _numbers(text)
    return padded(numbers) if len(numbers) >= 2 else None


def padded(values: Sequence[float]) -> Triple:
    """Coordinates of two axes or more as X, Y and Z."""
    return values[0], values[1], values[2] if len(values) > 2 else 0.0


def _pair(text: str | None) -> tuple[float | None, float | None]:
    numbers = _numbers(text or "")
    return (numbers[0], numbers[1]) if len(numbers) >= 2 else (None, None)


def _single(text: str | None) -> float | None:
    numbers = _numbers(text or "")
    return numbers[0] if numbers else None
