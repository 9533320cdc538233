"""Notices a stuck machine: silence, an answer that never comes, a move that stands still."""

from __future__ import annotations

from firmware_gcode.grbl.commands import dwell_seconds
from firmware_gcode.grbl.core import Core, Fault

SILENCE_SECONDS = 3.0
"""`?` is answered within milliseconds except while homing and after alarms."""
STUCK_SECONDS = 2.0
"""How long GRBL may say Idle with lines unanswered, dwells aside; parsing takes ms."""
STILL_SECONDS = 5.0
"""How long GRBL may say Run at the same position."""

CABLE = "Check the cable; then draw again."


class Watchdog:
    """Looks at the time that passes while lines wait for their answers."""

    def __init__(self) -> None:
        self._heard = 0.0
        self._answered = 0.0

    def heard(self, now: float) -> None:
        """The machine said something that makes sense."""
        self._heard = now

    def answered(self, now: float) -> None:
        """A line was answered, or sent to a machine that had nothing to do."""
        self._answered = now

    def look(self, core: Core, now: float) -> Fault | None:
        """What is wrong, if anything; not asked while a routine waits for something."""
        view, channel = core.talk.view, core.talk.channel
        if now - self._heard > SILENCE_SECONDS:
            return Fault("The machine has stopped answering.", lost=True)
        oldest = channel.oldest
        if oldest is None:
            self._answered = now
            return None
        if view.state == "Idle":
            waited = now - max(view.state_since, self._answered)
            if waited > STUCK_SECONDS + dwell_seconds(oldest.text):
                return Fault(
                    f"The machine stands still and does not answer {oldest.text!r}: "
                    "something was lost on the way."
                )
        if view.state == "Run":
            waited = now - max(view.state_since, view.still_since, self._answered)
            if waited > STILL_SECONDS:
                return Fault("The machine says that it moves, but it does not.", lost=True)
        return None
