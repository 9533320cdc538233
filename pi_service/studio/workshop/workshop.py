"""The maker's front door: everything that a person may do to the machine by hand.

Every request either is carried out, or raises `StudioError` with a sentence that says why not
and what to do. While a drawing is on the paper nothing is; while somebody works here, nothing
is drawn. What takes longer than its asker waits goes on; its end is told by a ``workshop``
event.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import fact, fact_of
from firmware_gcode.grbl.events import LinkEvent, LinkState, StateChanged
from firmware_gcode.grbl.link import Link
from firmware_gcode.program.profile import Profile
from firmware_gcode.setup.calibration.shop import LONGEST_LIFT, LONGEST_NUDGE
from firmware_gcode.setup.calibration.steps import CALIBRATION
from firmware_gcode.setup.writing import Fate
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.events import EventStream
from pi_service.studio.history.backup import back_up
from pi_service.studio.history.elsewhere import Elsewhere
from pi_service.studio.history.keeper import Keeper
from pi_service.studio.machine.control import Act, MachineControl
from pi_service.studio.workshop.calibration import Calibration
from pi_service.studio.workshop.checkup import Checkup
from pi_service.studio.workshop.choices import Values, change, choices, facts
from pi_service.studio.workshop.computer import Computer
from pi_service.studio.workshop.console import Console
from pi_service.studio.workshop.machine_session import MachineSession, asked
from pi_service.studio.workshop.messages import Messages
from pi_service.studio.workshop.own_profile import OwnProfile
from pi_service.studio.workshop.pen_trial import PenTrial
from pi_service.studio.workshop.updates import Updates

LAST_SECONDS = 3.0
"""So long before the lease ends, what was only tried is taken back."""
DETAILS = (
    *("port", "grbl", "feed", "pins", "version", "label", "options", "buffer"),
    *("referenced", "pen_may_be_down"),
)
"""What of the link's details is shown as it is."""
_LOST = frozenset(
    {LinkState.ABSENT, LinkState.LOCKED, LinkState.UNREFERENCED, LinkState.HOMING}
)
EVENT = "workshop"
"""The kind of the workshop's events; their data is `Workshop.news`."""


class Workshop:
    """The machine, set up by hand.

    Args:
        events: Where ``workshop`` events go.
        adopt: Has the studio take the machine for another profile.
        clock: Seconds since 1970.
        timer: Monotonic seconds.
    """

    def __init__(
        self,
        *,
        machine: MachineControl,
        link: Link,
        own: OwnProfile,
        paper: Paper,
        data: Path,
        events: EventStream,
        adopt: Callable[[Profile], None],
        clock: Callable[[], float] = time.time,
        now: Callable[[], datetime] = datetime.now,
        timer: Callable[[], float] = time.monotonic,
        messages: Messages | None = None,
        computer: Computer | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._control, self._lease = machine, machine.lease
        self._events = events
        self._link = link
        self._data = data
        self._now = now
        self._held = False
        self._clock, self._placed_at = clock, 0.0
        self._leave = link.subscribe(self._hear)
        self._session = MachineSession(
            link=link,
            own=own,
            paper=paper,
            lease=machine.lease,
            tell=adopt,
            changed=self._tell,
            tick=self._tick,
        )
        self.pen = PenTrial(self._session)
        self.checkup = Checkup(self._session, data)
        self.calibration = Calibration(self._session, now=now, timer=timer)
        self.console = Console(self._session, clock=clock, write=self.checkup.write_steps)
        self.computer = computer or Computer(data)
        self.keeper = Keeper(data, machine, elsewhere)
        self.updates = Updates()
        machine.held_back = self.updates.held_back
        self.messages = messages or Messages()

    def start(self) -> None:
        """Take up the work."""
        self._session.tasks.start()

    def close(self) -> None:
        """End: what moves is stopped; the link lifts the pen when it is closed."""
        self._leave()
        if self._session.tasks.busy:
            with suppress(StudioError):
                self._control.halt()
        self._session.tasks.close()
        self._session.machine.leave()

    def view(self) -> dict[str, Any]:
        """Everything about the machine that a maker wants to see at once.

        The fields are those of the web's `MakersMachineSchema`; positions in mm.
        """
        found, own = self._link.details, self._session.own
        paper = self._session.paper
        return {
            **self._control.view(),
            "details": {
                **{name: getattr(found, name) for name in DETAILS},
                "work": _rounded(found.work),
                "machine": _rounded(found.machine),
                "moving": found.busy,
            },
            "profile": {
                **facts(own.profile),
                "file": str(own.path),
                "source": str(own.source),
                "copied": own.copied,
                "said": "" if own.said is None else str(own.said),
                "said_fact": None if own.said is None else own.said.as_dict(),
                "choices": choices(own.profile),
            },
            "paper": {"width": paper.width, "height": paper.height, "margin": paper.margin},
            "pen": self.pen.view(),
            "calibration": self.calibration.view(),
            "written": self.checkup.written,
            "stops": self._link.stops,
            **self.news(),
        }

    def set_up(self) -> dict[str, float | None]:
        """What was done to set the machine up, and when: seconds since 1970, None for never.

        ``place``: it was found out where the pen is, and is known still; ``profile``: its
        profile was changed, by a calibration too; ``settings``: they were written into the
        machine from here; ``backup``: the last one of the machine.
        """
        own, kept = self._session.own, self.checkup.backups()
        changed = own.path.stat().st_mtime if own.path.exists() else None
        return {
            "place": self._placed_at if self._link.details.referenced else None,
            "profile": changed,
            "settings": self.checkup.written_at(),
            "backup": kept[0]["at"] if kept else None,
        }

    def bed(self) -> dict[str, Any]:
        """Where the pen can go, and where it waits: mm from the paper's corner."""
        profile = self._session.own.profile
        reach = profile.reach
        return {
            "reach": [reach.x0, reach.y0, reach.x1, reach.y1],
            "park": list(profile.park),
        }

    def news(self) -> dict[str, Any]:
        """What changes often: ``busy``, ``hands``, ``console`` (number of the last line)."""
        busy = self._session.tasks.busy
        lease = self._lease
        return {
            "busy": "" if busy is None else str(busy),
            "busy_fact": None if busy is None else busy.as_dict(),
            "hands": {"held": lease.held, "left_s": round(lease.left_s)},
            "console": self.console.last_id,
        }

    # By hand

    def jog(self, dx: float, dy: float, dz: float = 0.0, *, stops: int | None = None) -> None:
        """Move the pen by so many mm, within the machine's travel where that is known.

        Args:
            stops: How often the asker knew the machine to be stopped, as in `view`: after
                another Stop nothing is moved. None: whenever it was stopped.
        """
        if max(abs(dx), abs(dy)) > LONGEST_NUDGE or abs(dz) > LONGEST_LIFT:
            raise StudioError("jog-too-far", most=LONGEST_NUDGE, lift=LONGEST_LIFT)
        with self._by_hand(stops):
            self._link.jog(dx, dy, dz)

    def hold(self, toward: str, percent: float, *, stops: int | None = None) -> dict[str, Any]:
        """Move the lifted pen one of the ways in `TOWARD` while it is held; see `Link.hold`.

        Gives what `grip` does.
        """
        with self._by_hand(stops):
            number = self._link.hold(*TOWARD[toward], percent)
        return self._gripped(number, held=True)

    def grip(self, number: int, *, hold: bool) -> dict[str, Any]:
        """Say that a move is still held, or let go of it.

        Gives ``hold`` (its number), ``held`` (whether it goes on), ``work`` (the pen's place).
        """
        with asked():
            held = self._link.grip(number, hold=hold)
        if held:
            self._lease.extend()
        return self._gripped(number, held=held)

    def _gripped(self, number: int, *, held: bool) -> dict[str, Any]:
        return {"hold": number, "held": held, "work": _rounded(self._link.details.work)}

    def go(self, place: str, *, stops: int | None = None) -> None:
        """Take the lifted pen to one of `PLACES`."""
        paper = self._session.paper
        places = {
            "corner": (0.0, 0.0),
            "centre": (paper.width / 2, paper.height / 2),
            "park": self._session.own.profile.park,
        }
        if place not in places:
            raise StudioError("place-unknown", place=place[:40], known=", ".join(places))
        self.go_to(*places[place], stops=stops)

    def go_to(self, x: float, y: float, *, stops: int | None = None) -> None:
        """Take the lifted pen to a place in work coordinates, mm, within the travel."""
        with self._by_hand(stops):
            self._link.go(x, y)

    def move_pen(self, *, down: bool, stops: int | None = None) -> None:
        """Lower or lift the pen; lifted while it draws, the drawing is paused at once."""
        act = Act.PEN_DOWN if down else Act.PEN_UP
        if not down and self._lease.drawing:
            self._control.act(act)  # the machine first: nobody's lease is asked about
            return
        with self._by_hand(stops):
            self._control.act(act)
        self.pen.at = "down" if down else "up"
        self._tell()

    def act(self, act: Act, *, stops: int | None = None) -> None:
        """Take the machine and have it do something."""
        with self._by_hand(stops):
            self._control.act(act)

    def forget_place(self) -> None:
        """Take the position for unknown, to set it anew."""
        with self._by_hand():
            self._session.begin(fact("task-forget"), self._session.machine.forget_place)

    def take(self) -> None:
        """Take the machine: the queue waits from now on; a paused drawing is set aside."""
        self._lease.check()
        self._control.free_hands()
        self._session.take()
        self._tell()

    def done(self, *, stops: int | None = None) -> None:
        """Let the queue go on; what was only tried is taken back. `stops` as of `jog`."""
        self._lease.check()
        if not self.pen.pending:
            self._session.refuse_if_busy()
            self._give_back()
            return

        def work() -> None:
            self.pen.drop()
            self._give_back()

        self._session.begin(fact("task-pen-back"), work, after_s=0.0, stops=stops)

    def change_profile(self, values: Values, *, wait_s: float) -> dict[str, Any] | None:
        """Write some of the profile's choices; see `choices.change`."""
        return change(self._session, values, wait_s=wait_s)

    @property
    def today(self) -> str:
        """The day, ISO 8601, for the names of files."""
        return self._now().date().isoformat()

    def back_up(self) -> Path:
        """All that the service keeps, in a new file; whoever asked removes it."""
        handle, name = tempfile.mkstemp(prefix=".backup-", suffix=".tar.gz", dir=self._data)
        path = Path(name)
        try:
            os.close(handle)
            back_up(self._data, path)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise StudioError(fact_of(error)) from error
        return path

    @contextmanager
    def _by_hand(self, stops: int | None = None) -> Iterator[None]:
        """Take the machine for a move by hand; one that is refused keeps nobody waiting."""
        self._session.refuse_if_busy()
        if self._control.link.state is LinkState.HOMING:
            raise StudioError("homing-now")
        self._lease.check()
        self._control.free_hands()
        held = self._lease.held
        guard = nullcontext() if stops is None else self._link.unless_stopped(stops)
        with self._lease.trying(), asked(), guard:
            yield
        if not held:
            self._tell()

    def _hear(self, event: LinkEvent) -> None:
        """Note when the place was found out: it is not known in any state before that."""
        if not isinstance(event, StateChanged):
            return
        if event.state in _LOST:
            self._placed_at = 0.0
        elif event.state is LinkState.READY and not self._placed_at:
            self._placed_at = self._clock()

    def _give_back(self) -> None:
        self._lease.give_back()
        self._tell()

    def _tick(self) -> None:
        """On the workshop's thread, while nothing is being done."""
        self.calibration.look_around()
        if self.calibration.open:
            self._lease.extend()
        elif self.pen.pending and self._lease.left_s < LAST_SECONDS:
            self.pen.drop()
            self._tell()
        if self._held != self._lease.held:
            self._tell()

    def _tell(self) -> None:
        self._held = self._lease.held
        self._events.publish(EVENT, self.news())


def _rounded(place: tuple[float, float, float] | None) -> list[float] | None:
    return None if place is None else [round(value, 3) for value in place]


LONGEST_WAY: Final = LONGEST_NUDGE
"""The longest jog in the plane, mm."""
LONGEST_RISE: Final = LONGEST_LIFT
"""The longest jog of the pen's axis, mm."""
STEPS: Final = tuple(CALIBRATION)
"""The names of the calibration's steps, in the order in which they are taken."""
FATES: Final = tuple(map(str, Fate))
"""What may become of a value that was to be written."""
PLACES: Final = ("corner", "centre", "park")
"""Where the pen can be sent by name."""
TOWARD: Final = {"left": (-1, 0), "right": (1, 0), "back": (0, 1), "forward": (0, -1)}
"""The ways in which the pen moves while it is held, as x and y."""
