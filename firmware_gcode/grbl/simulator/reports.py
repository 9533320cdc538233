"""What the controller tells of itself, word for word as its dialect does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from firmware_gcode.gcode.actions import PLACES
from firmware_gcode.gcode.words import float32
from firmware_gcode.grbl.dialects.speech import Report
from firmware_gcode.grbl.simulator.board import Board
from firmware_gcode.grbl.simulator.memory import print_extra, print_float
from firmware_gcode.grbl.simulator.phases import RESTING, Phase
from firmware_gcode.motion.timer import CAPACITY

_INCH_PER_MM: Final = float32(0.0393701)
_OFFSET_EVERY: Final = {True: 10, False: 30}
_OVERRIDES_EVERY: Final = {True: 10, False: 20}
"""Reports from one that tells them to the next, at rest or not (`status-idle-cadence`)."""


@dataclass(eq=False, slots=True)
class Reporter:
    """Looks at the parts, and words what they are."""

    board: Board
    offset_due: int = 0  # In how many reports the work offset is told again.

    def status(self, phase: Phase) -> str:
        """The answer to ``?``; counts which fields are due."""
        board, rests = self.board, phase in RESTING
        place, offset = board.drive.place, board.parser.work_offset
        speed = 0.0 if rests else board.drive.trajectory.speed
        tells_offset, tells_overrides = self._count(rests)
        return board.speech.status(
            Report(
                state=phase.word,
                machine=self._point(place),
                work=self._point([p - o for p, o in zip(place, offset, strict=True)]),
                mask=int(board.memory.extras.get(10, board.settings[10])),
                blocks=CAPACITY - len(board.drive.trajectory.blocks),
                bytes_free=board.receiver.free,
                feed=self._printed(speed * 60.0, 0, 1),
                spindle=print_float(board.tool.rpm, 0),
                pins=board.inputs.letters,
                offset=self._point(offset) if tells_offset else "",
                overrides=str(board.overrides) if tells_overrides else "",
                accessories=board.tool.letters,
            )
        )

    def _count(self, rests: bool) -> tuple[bool, bool]:
        """Whether this report tells the offset, and whether it tells the overrides."""
        due = self.board.overrides
        offset = self.offset_due <= 0
        self.offset_due = (_OFFSET_EVERY[rests] if offset else self.offset_due) - 1
        if offset:
            due.due = max(due.due, 1)
        overrides = due.due <= 0
        due.due = (_OVERRIDES_EVERY[rests] if overrides else due.due) - 1
        return offset, overrides

    def modes(self) -> str:
        """The answer to ``$G``."""
        parser = self.board.parser
        speed = print_float(parser.spindle_speed, 0)
        feed = self._printed(parser.feed, 0, 1)
        text = f"{parser.modal.words} T{parser.tool} F{feed} S{speed}"
        return self.board.speech.modes.format(text=text)

    def probing(self) -> str:
        """The result of the last probing."""
        inputs = self.board.inputs
        place = self._point(self.board.drive.to_mm(inputs.contact))
        return f"[PRB:{place}:{int(inputs.met)}]"

    def parameters(self) -> Iterator[str]:
        """The answer to ``$#``."""
        parser = self.board.parser
        for name, point in zip(PLACES, parser.stored, strict=True):
            yield f"[{name}:{self._point(point)}]"
        yield f"[G92:{self._point(parser.offset)}]"
        yield f"[TLO:{self._printed(parser.tool_offset)}]"
        yield self.probing()

    def settings(self) -> Iterator[str]:
        """The answer to ``$$``."""
        board = self.board
        own = {number: print_extra(value) for number, value in board.memory.extras.items()}
        return board.speech.settings({**dict(board.settings.printed()), **own}.items())

    def _printed(self, value: float, decimals: int = 3, of_inches: int = 4) -> str:
        """Print millimetres, or inches (`$13=1`), with so many decimals of either."""
        if self.board.settings.on(13):
            return print_float(float32(value * _INCH_PER_MM), of_inches)
        return print_float(value, decimals)

    def _point(self, values: Sequence[float]) -> str:
        return self.board.speech.place([self._printed(value) for value in values])
