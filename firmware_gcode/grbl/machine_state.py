"""What is known of the machine: its reports, with fields that come now and then kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from firmware_gcode.grbl.protocol import (
    Options,
    Parameter,
    Setting,
    StartupLine,
    Status,
    TextSetting,
    Triple,
    Version,
    padded,
)

Learned: TypeAlias = Setting | TextSetting | Parameter | Options | Version | StartupLine
"""What `$$`, `$#`, `$I` and `$N` answer."""

INCH_MM = 25.4

HUNGRY_BLOCKS = 2
"""Free blocks of a planner that is not kept full: between two lines one may be free."""
AT_REST = frozenset({"Idle", "Alarm", "Check", "Sleep"})
"""States in which the motors stand still and no buffered line runs on (but see G4)."""


class MachineState:
    """The machine as its last reports show it.

    Attributes:
        status: The last report; None before the first.
        reports: How many reports have come.
        settings: `$$`, as far as it was read.
        texts: Those of them that are no numbers.
        axes: How many coordinates it reports; 0 before the first report.
        emptiest: The most free bytes that it ever reported: the size of its receive buffer.
        parameters: `$#`, likewise.
        options: `[OPT:…]` of `$I`.
        version: `[VER:…]` of `$I`.
        startup: `$N`, the start-up lines by their numbers.
        state_since: Since when every report has said the same state.
        still_since: Since when no report has shown another position than the one before.
    """

    def __init__(self) -> None:
        self.status: Status | None = None
        self.reports = 0
        self.settings: dict[str, float] = {}
        self.texts: dict[str, str] = {}
        self.axes = 0
        self.emptiest: int | None = None
        self.parameters: dict[str, tuple[float, ...]] = {}
        self.options: Options | None = None
        self.version: Version | None = None
        self.startup: dict[int, str] = {}
        self.state_since = 0.0
        self.still_since = 0.0
        self._offset: Triple | None = None
        self._overrides = (100, 100, 100)
        self._place: Triple | None = None

    def reported(self, status: Status, now: float) -> None:
        """Take a report in."""
        if status.axes < self.axes:  # Damaged on its way: its positions are not believed.
            status = replace(status, mpos=None, wpos=None, wco=None)
        self.axes = max(self.axes, status.axes)
        if status.bytes_free is not None:
            self.emptiest = max(self.emptiest or 0, status.bytes_free)
        if status.state != self.state:
            self.state_since = now
        self.status = status
        self.reports += 1
        self._offset = status.wco or self._offset
        self._overrides = status.overrides or self._overrides
        place = status.mpos or status.wpos
        if place is not None and place != self._place:
            self._place, self.still_since = place, now

    def learned(self, told: Learned) -> None:
        """Take an answer to `$$`, `$#`, `$I` or `$N` in."""
        match told:
            case Setting():
                self.settings[told.key] = told.value
            case TextSetting():
                self.texts[told.key] = told.text
            case Parameter():
                self.parameters[told.name] = told.values
            case Options():
                self.options = told
            case Version():
                self.version = told
            case StartupLine():
                self.startup[told.number] = told.text

    def reset(self) -> None:
        """Forget what a reset changes, and wait for a fresh report."""
        self.status = None
        self._offset = None
        self._overrides = (100, 100, 100)

    @property
    def state(self) -> str:
        """GRBL's own word for its state; empty before the first report."""
        return self.status.state if self.status else ""

    @property
    def hungry(self) -> bool:
        """Whether its planner is not full: it moves faster than lines come, or are read."""
        free = self.status.blocks_free if self.status else None
        return free is not None and free >= HUNGRY_BLOCKS

    @property
    def standing(self) -> bool:
        """Whether a hold has come to its end, or nothing could have been moving."""
        if self.status is None:
            return False
        if self.status.state in {"Hold", "Door"}:
            return self.status.substate == 0
        return self.status.state in AT_REST

    @property
    def position(self) -> Triple | None:
        """Work position in mm; None while it cannot be worked out."""
        if self.status is None:
            return None
        unit = self.unit
        if self.status.wpos is not None:
            x, y, z = self.status.wpos
        elif self.status.mpos is not None and (known := self._offset or self._stored_offset):
            x, y, z = (a - b for a, b in zip(self.status.mpos, known, strict=True))
        else:
            return None
        return x * unit, y * unit, z * unit

    @property
    def _stored_offset(self) -> Triple | None:
        """The offset by `$#`, for a machine whose reports never tell it (`$10` of grblHAL).

        Every move of ours is made in G54; G92 and the tool's length count in it too.
        """
        if (stored := self.parameters.get("G54")) is None or len(stored) < 2:
            return None
        x, y, z = padded(stored)
        extra = self.parameters.get("G92", ())
        dx, dy, dz = padded(extra) if len(extra) >= 2 else (0.0, 0.0, 0.0)
        tool = self.parameters.get("TLO", (0.0,))
        return x + dx, y + dy, z + dz + tool[-1]

    @property
    def counted_z(self) -> float | None:
        """Z as the last report counts it, from wherever, mm; None if it did not."""
        place = None if self.status is None else self.status.mpos or self.status.wpos
        return None if place is None else place[2] * self.unit

    @property
    def unit(self) -> float:
        """How many mm are one of the units in which GRBL reports (`$13`)."""
        return INCH_MM if self.settings.get("$13") == 1.0 else 1.0

    @property
    def feed_override(self) -> int:
        """The feed override in percent."""
        return self._overrides[0]
