"""What a session knows and says: its state, its program, and the events that tell of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from firmware_gcode.facts import Fact
from firmware_gcode.grbl.connection import Connection, Runner
from firmware_gcode.grbl.events import (
    LinkEvent,
    LinkState,
    Notice,
    Outcome,
    PenRisk,
    ProgramEnded,
    StateChanged,
    StrokeDrawn,
)
from firmware_gcode.grbl.protocol import Triple
from firmware_gcode.grbl.streamer import Streamer
from firmware_gcode.grbl.travel import Travel
from firmware_gcode.program.profile import Profile


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that went wrong.

    Attributes:
        what: What happened.
        advice: What to do; None when the state says it.
        lost: Whether the position is lost by it.
        alarm: Whether GRBL is in the alarm that this is about.
    """

    what: Fact
    advice: Fact | None = None
    lost: bool = False
    alarm: bool = False


class SessionState:
    """The state that the session and its routines share; it decides nothing.

    Attributes:
        travel: What may be sent: the profile, and whether the position is known.
        runner: What is being done besides streaming.
        connecting: Whether it is being found out what is at the port.
        stranger: Whether the fault is that what is there does not speak GRBL.
        helpless: Whether nothing can be done until the machine speaks.
        reopen: Whether the port should be closed and opened again.
        feed_percent: How fast to draw, percent of the planned feed; what the machine says of
            itself follows step by step.
        unplugged: Whether the fault is that the port went away while it drew.
        tap: Told of every line that comes in, for whoever shows them; None for nobody.
    """

    def __init__(
        self, profile: Profile, *, pen_may_be_down: bool, raised: float = 0.0
    ) -> None:
        self.travel = Travel(profile)
        self.travel.raised = raised
        self.connection = Connection(self.travel)
        self.runner = Runner()
        self.state = LinkState.ABSENT
        self.fault: Fact | None = None
        self._pen_may_be_down = pen_may_be_down
        self.streamer: Streamer | None = None
        self.port = ""
        self.reopen = False
        self.connecting = False
        self.stranger = False
        self.helpless = False
        self.feed_percent = 100
        self.unplugged = False
        self.tap: Callable[[str], None] | None = None
        self._events: list[LinkEvent] = []

    @property
    def pen_may_be_down(self) -> bool:
        """Whether the pen could be on the paper; a change is told, for whoever comes next."""
        return self._pen_may_be_down

    @pen_may_be_down.setter
    def pen_may_be_down(self, may: bool) -> None:
        if may != self._pen_may_be_down:
            self._pen_may_be_down = may
            self.tell_pen()

    def tell_pen(self, *, drawing: bool = False) -> None:
        """Tell what must be known of the pen after a kill; `drawing` will put it down."""
        self.emit(PenRisk(self._pen_may_be_down or drawing, round(self.travel.raised, 3)))

    def begin(self, port: str) -> None:
        """Begin on a port that was just opened: nothing is known of what is there."""
        self.port = port
        self.travel.restarted()
        self.connection = Connection(self.travel)
        self.travel.referenced = False
        self.reopen = False
        self.helpless = False

    def take_events(self) -> list[LinkEvent]:
        """What happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    def emit(self, event: LinkEvent) -> None:
        """Tell the listeners."""
        self._events.append(event)

    def notice(self, told: Fact) -> None:
        """Tell people something that changes no state."""
        self.emit(Notice(told))

    def enter(self, state: LinkState, reason: Fact | None = None) -> None:
        """Change the state, and say so if it is another one or there is a reason to tell."""
        if state is self.state and reason is None:
            return
        self.state = state
        self.emit(StateChanged(state, reason))

    def drawn(self, strokes: list[int]) -> None:
        """Tell of strokes that are drawn."""
        for stroke in strokes:
            self.emit(StrokeDrawn(stroke))

    def end_program(self, outcome: Outcome, reason: Fact | None) -> None:
        """End the program, if there is one, and say how."""
        run, self.streamer = self.streamer, None
        self.feed_percent = 100
        if run is not None:
            self.emit(ProgramEnded(outcome, run.drawn, reason))

    def rest_state(self) -> LinkState:
        """The state of a machine that stands and listens."""
        if self.connection.machine.state == "Alarm":
            return LinkState.LOCKED
        return LinkState.READY if self.travel.referenced else LinkState.UNREFERENCED


@dataclass(frozen=True, slots=True)
class Details:
    """A machine as its last reports and answers show it; nothing is asked for it.

    Attributes:
        port: What its port is called; "" before one was opened.
        grbl: GRBL's own word for its state, such as "Idle"; "" before the first report.
        work: Position in work coordinates, mm, as the machine counts; None if not reported.
        machine: Position in machine coordinates, mm, likewise.
        feed: Speed now, mm/min.
        pins: Letters of the inputs that are active, as in `Status.pins`.
        buffer: Bytes of the receive buffer.
        busy: Whether something is being done besides drawing: a move, a conversation.
    """

    port: str = ""
    grbl: str = ""
    work: Triple | None = None
    machine: Triple | None = None
    feed: float | None = None
    pins: str = ""
    version: str = ""
    label: str = ""
    options: str = ""
    buffer: int = 0
    settings: Mapping[str, float] = field(default_factory=dict)
    referenced: bool = False
    pen_may_be_down: bool = False
    busy: bool = False


def details_of(core: SessionState) -> Details:
    """The details of a session's machine, copied."""
    reported = core.connection.machine
    status, version, options = reported.status, reported.version, reported.options
    unit = reported.unit
    place = status.mpos if status is not None else None
    machine = None if place is None else (place[0] * unit, place[1] * unit, place[2] * unit)
    return Details(
        port=core.port,
        grbl=reported.state,
        work=reported.position,
        machine=machine,
        feed=status.feed if status is not None else None,
        pins=status.pins if status is not None else "",
        version=version.version if version else "",
        label=version.name if version else "",
        options=options.letters if options else "",
        buffer=core.connection.channel.size,
        settings=dict(reported.settings),
        referenced=core.travel.referenced,
        pen_may_be_down=core.pen_may_be_down,
        busy=core.runner.busy,
    )
