"""The exchange with a machine, pure: bytes and time in, bytes and events out.

It has no thread, no port and no clock, so a test can drive it through any fault.
"""

from __future__ import annotations

import math

from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl import routines
from firmware_gcode.grbl.commands import RealTime, dwell_seconds, feed_step
from firmware_gcode.grbl.connection import Unanswered
from firmware_gcode.grbl.events import LinkEvent, LinkState
from firmware_gcode.grbl.protocol import (
    Alarm,
    Banner,
    Error,
    LineSplitter,
    Modes,
    Ok,
    Options,
    Parameter,
    Reply,
    Setting,
    StartupLine,
    Status,
    TextSetting,
    Unknown,
    Version,
)
from firmware_gcode.grbl.session_state import Details, Fault, SessionState, details_of
from firmware_gcode.grbl.travel import LineRefusedError, TravelError
from firmware_gcode.program.profile import Profile

SILENCE_SECONDS = 3.0
"""`?` is answered within milliseconds except while homing and after alarms."""
STUCK_SECONDS = 2.0
"""How long GRBL may say Idle with lines unanswered, dwells aside; parsing takes ms."""
STILL_SECONDS = 5.0
"""How long GRBL may say Run at the same position."""

CABLE = fact("check-cable")
"""What to do when a line was lost or damaged."""


class ReplyWatch:
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

    def look(self, core: SessionState, now: float) -> Fault | None:
        """What is wrong, if anything; not asked while a routine waits for something."""
        reported, channel = core.connection.machine, core.connection.channel
        if now - self._heard > SILENCE_SECONDS:
            return Fault(fact("machine-silent"), lost=True)
        oldest = channel.oldest
        if oldest is None:
            self._answered = now
            return None
        if reported.state == "Idle":
            waited = now - max(reported.state_since, self._answered)
            if waited > STUCK_SECONDS + dwell_seconds(oldest.text):
                return Fault(fact("machine-stuck", line=oldest.text))
        if reported.state == "Run":
            waited = now - max(reported.state_since, reported.still_since, self._answered)
            if waited > STILL_SECONDS:
                return Fault(fact("machine-not-moving"), lost=True)
        return None


POLL_SECONDS = 0.1
"""Between status requests while something moves; GRBL's documentation allows ten a second."""
IDLE_POLL_SECONDS = 0.5
"""Between status requests while nothing does."""

STREAMING = frozenset({LinkState.DRAWING, LinkState.PAUSING})
WITH_PROGRAM = STREAMING | {LinkState.PAUSED}
UNPLUGGED_ADVICE = fact("plug-in-again")


class Exchange:
    """Everything about a machine but the port and what people ask for.

    The owner of the port calls `opened`, `received`, `tick` (at `deadline` at the latest) and
    `lost`, and after each of these takes the events, then the bytes to write.

    Args:
        pen_may_be_down: Whether the last session ended without a lifted pen.
        raised: By how much it had raised a pen of unknown height, mm.
    """

    def __init__(
        self, profile: Profile, *, pen_may_be_down: bool = False, raised: float = 0.0
    ) -> None:
        self._core = SessionState(profile, pen_may_be_down=pen_may_be_down, raised=raised)
        self._splitter = LineSplitter()
        self._watchdog = ReplyWatch()
        self._open = False
        self._polled = -math.inf
        self._absent_reason: Fact | None = None
        self._overheld = 0

    @property
    def state(self) -> LinkState:
        """The link's state."""
        return self._core.state

    @property
    def fault(self) -> Fact | None:
        """What went wrong last and what to do; None when nothing is wrong."""
        return self._core.fault

    @property
    def position(self) -> tuple[float, float] | None:
        """Where the pen is, work coordinates in mm; None while that is not known."""
        place = self._core.connection.machine.position
        return place[:2] if place is not None and self._core.travel.referenced else None

    @property
    def moving(self) -> bool:
        """Whether there is a program, or anything else is being done with the machine."""
        return self._core.streamer is not None or self.busy

    @property
    def feed_percent(self) -> int:
        """The feed override that is wanted, percent."""
        return self._core.feed_percent

    @property
    def details(self) -> Details:
        """The machine for whoever looks after it."""
        return details_of(self._core)

    @property
    def busy(self) -> bool:
        """Whether anything is being done with the machine but streaming."""
        return self._core.runner.busy and not self._core.helpless

    @property
    def fullest(self) -> int:
        """The most bytes that were ever in the machine's receive buffer at once."""
        return self._core.connection.channel.fullest

    @property
    def deadline(self) -> float:
        """When `tick` must be called at the latest."""
        if not self._open:
            return math.inf
        runner = self._core.runner.deadline
        poll = self._polled + self._poll_interval()
        return poll if runner is None else min(poll, runner)

    def take_events(self) -> list[LinkEvent]:
        """What happened since the last call."""
        return self._core.take_events()

    def take_output(self) -> bytes:
        """The bytes to write now."""
        return self._core.connection.channel.take()

    def take_reopen(self) -> bool:
        """Whether the port should be closed and opened again, to wake a silent machine."""
        wanted, self._core.reopen = self._core.reopen, False
        return wanted

    def opened(self, port: str, now: float) -> None:
        """The port was opened: find out what is there."""
        core = self._core
        core.begin(port)
        self._open, self._absent_reason, self._polled = True, None, -math.inf
        self._splitter.clear()
        self._watchdog = ReplyWatch()
        self._watchdog.heard(now)
        core.runner.replace(routines.connect(core))
        self._go(now)

    def lost(self, reason: Fact) -> None:
        """The port is gone: unplugged, or closed to be opened again."""
        core = self._core
        core.runner.drop()
        self._open = False
        core.travel.referenced = False
        if core.streamer is not None:
            core.pen_may_be_down = core.pen_may_be_down or core.streamer.pen_may_be_down
            core.drawn(core.streamer.settled(None))
            core.fault = fact("machine-fault", what=reason, advice=UNPLUGGED_ADVICE)
            core.unplugged = True
            core.end_program("failed", core.fault)
            reason = core.fault
        self.absent(reason)

    def absent(self, reason: Fact) -> None:
        """There is no port, or it cannot be opened; `reason` says why."""
        if self._core.state is not LinkState.ABSENT or reason != self._absent_reason:
            self._absent_reason = reason
            self._core.enter(LinkState.ABSENT, reason)

    def received(self, data: bytes, now: float) -> None:
        """Bytes came in."""
        for line in self._splitter.feed(data):
            if self._core.tap is not None:
                self._core.tap(line)
            self._take(self._core.connection.understand(line), now)
            self._go(now)

    def tick(self, now: float) -> None:
        """Time went by."""
        if not self._open:
            return
        core = self._core
        if now - self._polled >= self._poll_interval() - 1e-6:
            self._polled = now
            if core.connection.channel.listening:
                core.connection.channel.realtime(RealTime.STATUS)
        if core.runner.busy:
            self._watchdog.heard(now)
        elif fault := self._watchdog.look(core, now):
            self._trouble(fault)
        self._go(now)

    def _poll_interval(self) -> float:
        active = self._core.runner.busy or self._core.state in STREAMING
        return POLL_SECONDS if active else IDLE_POLL_SECONDS

    def _take(self, reply: Reply, now: float) -> None:
        """One line of the machine's."""
        connection = self._core.connection
        if isinstance(reply, Unknown):
            connection.noise = reply.text
            return
        self._watchdog.heard(now)
        match reply:
            case Ok() | Error():
                self._take_answer(reply, now)
            case Status():
                connection.machine.reported(reply, now)
                if reply.overrides is not None:
                    self._steer_feed()
                self._take_report()
            case Banner():
                self._take_banner(reply)
            case Alarm():
                self._take_alarm(reply)
            case (
                Setting() | TextSetting() | Parameter() | Options() | Version() | StartupLine()
            ):
                connection.machine.learned(reply)
            case Modes():
                connection.travel.learned(reply.words)
            case _:
                return

    def _take_answer(self, answer: Ok | Error, now: float) -> None:
        core = self._core
        self._watchdog.answered(now)
        if core.connection.expects_banner:
            return  # A reset answers the line it interrupts; that says nothing.
        sent = core.connection.channel.answered(answer)
        if core.streamer is None or core.state not in WITH_PROGRAM:
            return
        if sent is None:
            self._trouble(Fault(fact("answer-unasked"), CABLE))
        elif isinstance(answer, Error):
            core.travel.doubt()
            what = fact("program-line-refused", line=sent.text, meaning=answer.meaning)
            self._trouble(Fault(what, answer.advice))
        elif sent.tag is not None:
            core.streamer.answered(sent.tag)

    def _take_report(self) -> None:
        """A report that came after an answer was made after it: GRBL says all in order."""
        core = self._core
        place = core.connection.machine.position
        if (
            core.connection.machine.state == "Alarm"
            and core.state is LinkState.READY
            and not self.busy
        ):
            self._trouble(Fault(fact("alarm-unheard"), lost=True, alarm=True))
        if core.streamer is None or place is None or core.state not in WITH_PROGRAM:
            return
        idle = core.connection.machine.state == "Idle"
        drawn, progress = core.streamer.reported(place, idle=idle)
        core.drawn(drawn)
        if progress is not None:
            core.emit(progress)
        if self._miscounted():
            self._trouble(Fault(fact("answers-too-many"), CABLE))
        elif core.streamer.stray:
            self._trouble(Fault(fact("pen-astray"), CABLE))
        elif core.connection.machine.state in {"Hold", "Door"} and not core.runner.busy:
            self._pause_now(fact("held-at-button"))

    def _steer_feed(self) -> None:
        """Take the next step towards the feed override that is wanted."""
        connection = self._core.connection
        step = feed_step(connection.machine.feed_override, self._core.feed_percent)
        connection.channel.raw(step)

    def _miscounted(self) -> bool:
        """Whether the machine holds more than we think, twice in a row: an `ok` too many.

        What is in its buffer was sent and is not answered, and a report comes after the
        answers given before it; so it can hold less than is in flight, never more.
        """
        status, channel = self._core.connection.machine.status, self._core.connection.channel
        free = status.bytes_free if status is not None else None
        most = min(self._core.connection.machine.emptiest or 0, channel.size)
        over = free is not None and most - free > channel.in_flight
        self._overheld = self._overheld + 1 if over else 0
        return self._overheld >= 2

    def _take_banner(self, banner: Banner) -> None:
        core = self._core
        expected = core.connection.expects_banner
        core.connection.started(banner)
        if expected:
            return
        if core.connecting:
            core.runner.replace(routines.connect(core, started=True))
        else:
            self._trouble(Fault(fact("machine-restarted"), lost=True))

    def _take_alarm(self, alarm: Alarm) -> None:
        connection = self._core.connection
        connection.alarm = alarm
        if connection.homing:
            connection.expects_banner = True
        elif not connection.expects_alarm:
            what = fact("machine-alarm", number=alarm.code, meaning=alarm.meaning)
            self._trouble(Fault(what, alarm.advice, lost=True, alarm=True))

    def _pause_now(self, reason: Fact | None) -> None:
        """Stop in the middle of a stroke, with nothing lost."""
        core = self._core
        if core.streamer is None or not core.streamer.strokes:
            self._trouble(Fault(fact("held-without-strokes")))
            return
        core.pen_may_be_down = core.pen_may_be_down or core.streamer.pen_may_be_down
        core.enter(LinkState.PAUSING)
        core.runner.replace(routines.pause_now(core, reason))

    def _trouble(self, fault: Fault) -> None:
        """Stop sending, and make the machine safe before anything else."""
        core = self._core
        core.connecting = False
        if core.streamer is not None:
            # Where heights are known, lifting a lifted pen is harmless: nothing is assumed.
            known = core.travel.referenced and not fault.lost
            core.pen_may_be_down |= known or core.streamer.pen_may_be_down
        core.fault = fault.what
        core.enter(LinkState.FAULTED, fault.what)
        core.runner.replace(routines.make_safe(core, fault))

    def _go(self, now: float) -> None:
        """Take every step that what has happened allows."""
        core = self._core
        try:
            core.runner.step(now)
        except Unanswered as error:
            self._trouble(Fault(error.fact, lost=True))
            core.runner.step(now)
        except LineRefusedError as error:
            self._refused(error)
            core.runner.step(now)
        if core.streamer is not None and core.state in STREAMING and not core.runner.busy:
            try:
                core.streamer.pump(
                    core.connection.channel, hungry=core.connection.machine.hungry
                )
            except TravelError as error:
                self._trouble(Fault(error.fact))
                return
            if core.streamer.waits_for and core.state is LinkState.DRAWING:
                core.enter(LinkState.PAUSING, fact("lifting-at-stroke-end"))
            self._ended()

    def _refused(self, error: LineRefusedError) -> None:
        """A move by hand that GRBL refuses is only told of; anything else is a fault."""
        if self._core.streamer is None and self._core.state in {
            LinkState.READY,
            LinkState.UNREFERENCED,
        }:
            self._core.notice(error.fact)
        else:
            self._trouble(Fault(error.fact))

    def _ended(self) -> None:
        """See whether the program, or the stroke before a pause, has come to its end."""
        core, run = self._core, self._core.streamer
        if run is None or not run.rests:
            return
        if run.complete:
            core.pen_may_be_down = False
            core.end_program("done", None)
            core.enter(LinkState.READY)
        elif core.state is LinkState.PAUSING:
            core.enter(LinkState.PAUSED, run.waits_for)
