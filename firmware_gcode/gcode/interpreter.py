"""A G-code interpreter with GRBL 1.1h's grammar, modal rules and error codes.

One interpreter serves the checker, the motion model and the simulated machine. It follows the
order of GRBL's `gc_execute_line`: the whole line is checked first, and a line with an error
changes nothing.
"""

from __future__ import annotations

from typing import Final

from firmware_gcode.gcode.actions import Action
from firmware_gcode.gcode.block import AxisCommand, parse_block
from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.line import Line
from firmware_gcode.gcode.state import ParserState
from firmware_gcode.gcode.words import strip_line

_MAX_LINE_NUMBER: Final = 10_000_000


class Interpreter(ParserState):
    """The state of GRBL's parser, and what each line makes of it."""

    def execute(self, line: str) -> list[Action]:
        """Interpret one line and take over its modes.

        Args:
            line: A line of G-code, or a jog that begins with ``$J=``; comments, blanks and
                lower case are allowed.

        Returns:
            What the machine must do, in order; empty if there is nothing to do.

        Raises:
            GcodeError: GRBL would refuse the line; nothing has changed.
        """
        return self.execute_stripped(strip_line(line))

    def execute_stripped(self, line: str) -> list[Action]:
        """Interpret a line that `strip_line` has already cleaned; see `execute`."""
        jog = line.startswith("$J=")
        block = parse_block(line[3:] if jog else line, self.modal, jog=jog)
        if block.axis_command is AxisCommand.NONE and block.has_axes:
            block.axis_command = AxisCommand.MOTION
        if block.values.get("N", 0.0) >= _MAX_LINE_NUMBER + 1:
            raise GcodeError(ErrorCode.INVALID_LINE_NUMBER)
        return Line(self, block).run()
