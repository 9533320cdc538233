"""Talking to GRBL: what goes out, what is known, and the turns of every procedure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from firmware_gcode.facts import CodedError, Fact, fact
from firmware_gcode.grbl.channel import Channel
from firmware_gcode.grbl.commands import RealTime
from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.registry import announced_by, identified_by
from firmware_gcode.grbl.dialects.stock import STOCK
from firmware_gcode.grbl.machine_state import MachineState
from firmware_gcode.grbl.protocol import Alarm, Banner, Error, Reply
from firmware_gcode.grbl.travel import LineRefusedError, Travel

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wait:
    """Something to wait for.

    Attributes:
        until: Whether it has happened.
        seconds: How long to wait before `Unanswered` is raised in the procedure.
        what: What is waited for.
    """

    until: Callable[[], bool]
    seconds: float
    what: Fact


Procedure: TypeAlias = Generator[Wait, None, T]


class Unanswered(CodedError):  # noqa: N818 - an event in a conversation, not a mistake
    """What a procedure waited for did not happen in time."""

    def __init__(self, awaited: Fact) -> None:
        super().__init__(fact("machine-did-not-answer", awaited=awaited))


class Runner:
    """Drives procedures, one after the other.

    Attributes:
        deadline: When `step` must be called at the latest; None while nothing runs.
    """

    def __init__(self) -> None:
        self.deadline: float | None = None
        self._procedure: Procedure[None] | None = None
        self._wait: Wait | None = None
        self._next: deque[Procedure[None]] = deque()
        self._running = False

    @property
    def busy(self) -> bool:
        """Whether a procedure runs or waits for its turn."""
        return self._procedure is not None or bool(self._next)

    @property
    def queued(self) -> int:
        """How many procedures wait for their turn."""
        return len(self._next)

    def has(self, procedure: Procedure[None]) -> bool:
        """Whether a procedure runs or waits for its turn."""
        return procedure is self._procedure or procedure in self._next

    def add(self, procedure: Procedure[None]) -> None:
        """Run a procedure after those that are there."""
        self._next.append(procedure)

    def replace(self, procedure: Procedure[None]) -> None:
        """Drop whatever runs or waits, and run another procedure instead."""
        self.drop()
        self._next.append(procedure)

    def drop(self) -> None:
        """Drop whatever runs or waits."""
        procedure = self._procedure
        self._next.clear()
        self._forget()
        if procedure is not None and not self._running:
            procedure.close()

    def step(self, now: float) -> None:
        """Go on as far as what has happened allows.

        Raises:
            Exception: Whatever the running procedure raised; it is over then.
        """
        while True:
            if self._procedure is None:
                if not self._next:
                    return
                self._procedure = self._next.popleft()
            late = self.deadline is not None and now >= self.deadline
            if self._wait is not None and not self._wait.until() and not late:
                return
            self._advance(self._procedure, self._wait, now)

    def _advance(self, procedure: Procedure[None], wait: Wait | None, now: float) -> None:
        self._running = True
        try:
            if wait is None or wait.until():
                following = next(procedure)
            else:
                following = procedure.throw(Unanswered(wait.what))
        except StopIteration:
            self._over(procedure)
            return
        except BaseException:
            self._over(procedure)
            raise
        finally:
            self._running = False
        if self._procedure is procedure:
            self._wait, self.deadline = following, now + following.seconds

    def _over(self, procedure: Procedure[None]) -> None:
        if self._procedure is procedure:
            self._forget()

    def _forget(self) -> None:
        self._procedure, self._wait, self.deadline = None, None, None


END_OF_MOVE = fact("await-end-of-move")
"""The end of a move, as something to wait for."""
ANSWER_SECONDS = 5.0
"""How long GRBL may take for the answer to a line that moves nothing."""
BANNER_SECONDS = 3.0
"""How long a reset takes at most: an alarm's half second and a boot loader's second within."""
STOP_SECONDS = 8.0
"""How long the slowest machine takes to come to rest after a hold."""
ALARM_SECONDS = 0.6
"""After `ALARM:` GRBL listens to nothing for half a second (seen on the real firmware)."""


class Refused(LineRefusedError):  # noqa: N818 - an answer of the machine, not a mistake
    """GRBL answered a line with an error.

    Attributes:
        text: The line.
        error: The answer.
    """

    def __init__(self, text: str, error: Error) -> None:
        self.text, self.error = text, error
        meaning, advice = error.meaning, error.advice
        super().__init__(fact("grbl-refused", line=text, meaning=meaning, advice=advice))


class Connection:
    """One conversation with one GRBL.

    Args:
        travel: Judges every line before it is sent.

    Attributes:
        dialect: What firmware it is; stock GRBL until it announces itself.
        channel: What was sent and not answered.
        machine: What the machine reported.
        banner: The last banner; set to None before one is expected.
        alarm: The last alarm; likewise.
        noise: The last line that is not GRBL's, for the message when nothing else comes.
        expects_banner: Whether a banner is the answer to a reset, or news.
        expects_alarm: Whether an alarm is an outcome of what is going on, or news.
        homing: Whether a homing cycle runs, in which GRBL reports nothing.
    """

    def __init__(self, travel: Travel) -> None:
        self.travel = travel
        self.dialect: Dialect = STOCK
        self._certain = False
        self.machine = MachineState()
        self.channel = Channel(judge=self._judge)
        self.banner: Banner | None = None
        self.alarm: Alarm | None = None
        self.noise = ""
        self.expects_banner = False
        self.expects_alarm = False
        self.homing = False

    def understand(self, line: str) -> Reply:
        """Read a line of the machine's, and learn from it what firmware it is."""
        greeting = announced_by(line)
        if sign := identified_by(line):
            self.dialect, self._certain = sign, True
        elif greeting is not None and not self._certain:
            self.dialect = greeting
        return (greeting or self.dialect).parse(line)

    def _judge(self, line: str) -> None:
        self.travel.check(line, self.machine, idle=self.channel.outstanding == 0)

    def ask(self, text: str, *, seconds: float = ANSWER_SECONDS) -> Procedure[None]:
        """Send a line once there is room and wait for its `ok`.

        Raises:
            TravelError: The line may not be sent.
            Refused: The answer was an error.
            Unanswered: There was none.
        """
        yield Wait(lambda: self.channel.fits(text), seconds, fact("await-room"))
        sent = self.channel.send(text)
        yield Wait(lambda: sent.answer is not None, seconds, fact("await-answer", line=text))
        if isinstance(sent.answer, Error):
            self.travel.doubt()
            raise Refused(text, sent.answer)

    def report(self, *, seconds: float = ANSWER_SECONDS) -> Procedure[None]:
        """Wait for the next status report; what came before is not looked at."""
        before = self.machine.reports
        yield Wait(lambda: self.machine.reports > before, seconds, fact("await-report"))

    def rest(self, seconds: float) -> Procedure[None]:
        """Let time pass."""
        try:
            yield Wait(lambda: False, seconds, fact("await-time"))
        except Unanswered:
            return

    def hold(self) -> Procedure[None]:
        """Feed hold until the machine stands, so that a reset keeps its position.

        In `Idle` GRBL goes to `Hold:0` too, but a running jog ends in `Idle`: there a second
        report confirms that no line from the buffer began to move meanwhile.

        Raises:
            Unanswered: It does not come to rest, or says nothing.
        """
        for _ in range(2):
            self.channel.realtime(RealTime.HOLD)
            yield from self.report(seconds=STOP_SECONDS)
            yield Wait(lambda: self.machine.standing, STOP_SECONDS, fact("await-standstill"))
            if self.machine.state != "Idle":
                return

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
        yield Wait(lambda: self.banner is not None, BANNER_SECONDS, fact("await-restart"))

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
        """Take a banner in: whatever was sent is gone, whatever was reported is old."""
        self.banner = banner
        self.expects_banner = False
        self.homing = False
        self.channel.forget()
        self.machine.reset()
        self.travel.restarted()
