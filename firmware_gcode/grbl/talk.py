"""Talking to GRBL: what goes out, what is known, and the turns of every procedure."""

from __future__ import annotations

from collections.abc import Callable

from firmware_gcode.grbl.channel import Channel
from firmware_gcode.grbl.commands import RealTime
from firmware_gcode.grbl.procedure import Procedure, Unanswered, Wait
from firmware_gcode.grbl.protocol import Alarm, Banner, Error
from firmware_gcode.grbl.view import View

ANSWER_SECONDS = 5.0
"""How long GRBL may take for the answer to a line that moves nothing."""
BANNER_SECONDS = 3.0
"""How long a reset takes at most: an alarm's half second and a boot loader's second within."""
STOP_SECONDS = 8.0
"""How long the slowest machine takes to come to rest after a hold."""
ALARM_SECONDS = 0.6
"""After `ALARM:` GRBL listens to nothing for half a second (its `report.c`)."""


class Refused(RuntimeError):  # noqa: N818 - an answer of the machine, not a mistake
    """GRBL answered a line with an error.

    Attributes:
        text: The line.
        error: The answer.
    """

    def __init__(self, text: str, error: Error) -> None:
        self.text, self.error = text, error
        super().__init__(f"GRBL refused {text!r} ({error.meaning}). {error.advice}")


class Talk:
    """One conversation with one GRBL.

    Attributes:
        channel: What was sent and not answered.
        view: What the machine reported.
        banner: The last banner; set to None before one is expected.
        alarm: The last alarm; likewise.
        noise: The last line that is not GRBL's, for the message when nothing else comes.
        expects_banner: Whether a banner is the answer to a reset, or news.
        expects_alarm: Whether an alarm is an outcome of what is going on, or news.
        homing: Whether a homing cycle runs, in which GRBL reports nothing.
    """

    def __init__(self) -> None:
        self.channel = Channel()
        self.view = View()
        self.banner: Banner | None = None
        self.alarm: Alarm | None = None
        self.noise = ""
        self.expects_banner = False
        self.expects_alarm = False
        self.homing = False

    def ask(self, text: str, *, seconds: float = ANSWER_SECONDS) -> Procedure[None]:
        """Sends a line once there is room and waits for its `ok`.

        Raises:
            Refused: The answer was an error.
            Unanswered: There was none.
        """
        yield Wait(lambda: self.channel.fits(text), seconds, "room in the machine's buffer")
        sent = self.channel.send(text)
        yield Wait(lambda: sent.answer is not None, seconds, f"the answer to {text}")
        if isinstance(sent.answer, Error):
            raise Refused(text, sent.answer)

    def report(self, *, seconds: float = ANSWER_SECONDS) -> Procedure[None]:
        """Waits for the next status report; what came before is not looked at."""
        before = self.view.reports
        yield Wait(lambda: self.view.reports > before, seconds, "a status report")

    def settle(self, *, seconds: float) -> Procedure[None]:
        """Waits until every line is answered and the machine stands."""
        yield Wait(lambda: self.channel.outstanding == 0, seconds, "the end of a move")
        yield from self.report()
        yield Wait(lambda: self.view.standing, seconds, "the end of a move")

    def rest(self, seconds: float) -> Procedure[None]:
        """Lets time pass."""
        try:
            yield Wait(_never, seconds, "time to pass")
        except Unanswered:
            return

    def hold(self) -> Procedure[None]:
        """Feed hold until the machine stands, so that a reset keeps its position.

        In `Idle` GRBL goes to `Hold:0` too, but a running jog ends in `Idle`: there a second
        report confirms that no line from the buffer began to move meanwhile.

        Raises:
            Unanswered: It does not come to rest, or says nothing.
        """
        self.channel.realtime(RealTime.HOLD)
        yield from self.report(seconds=STOP_SECONDS)
        yield Wait(lambda: self.view.standing, STOP_SECONDS, "the machine to stand")
        if self.view.state == "Idle":
            self.channel.realtime(RealTime.HOLD)
            yield from self.report(seconds=STOP_SECONDS)
            yield Wait(lambda: self.view.standing, STOP_SECONDS, "the machine to stand")

    def reset(self) -> Procedure[None]:
        """Soft reset (0x18), then the banner and a first report.

        Raises:
            Unanswered: No banner came, twice.
        """
        try:
            yield from self._reset_once()
        except Unanswered:
            yield from self._reset_once()
        yield from self.report()

    def _reset_once(self) -> Procedure[None]:
        self.channel.forget()
        self.banner, self.expects_banner = None, True
        self.channel.realtime(RealTime.RESET)
        yield Wait(lambda: self.banner is not None, BANNER_SECONDS, "GRBL to start again")

    def halt(self) -> Procedure[bool]:
        """The clean stop: hold, stand, reset. Nothing that was sent runs on after it.

        Returns:
            Whether the machine still knows its position.

        Raises:
            Unanswered: It does not even answer a reset.
        """
        self.expect_alarm()
        kept = not self.homing
        try:
            if kept:
                yield from self.hold()
        except Unanswered:
            kept = False
        self.homing = False
        yield from self.reset()
        self.expects_alarm = False
        return kept and self.alarm is None

    def expect_alarm(self) -> None:
        """From now on an alarm is an outcome, not news."""
        self.alarm, self.expects_alarm = None, True

    def started(self, banner: Banner) -> None:
        """Takes a banner in: whatever was sent is gone, whatever was reported is old."""
        self.banner = banner
        self.expects_banner = False
        self.homing = False
        self.channel.forget()
        self.view.reset()

    def wait(self, until: Callable[[], bool], seconds: float, what: str) -> Procedure[None]:
        """Waits for anything."""
        yield Wait(until, seconds, what)


def _never() -> bool:
    return False
