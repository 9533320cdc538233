"""What every part of the workshop works with: the machine, its profile, the one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import CodedError, Fact
from firmware_gcode.grbl.link import Link, LinkError
from firmware_gcode.program.profile import Profile
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.machine import SetupMachine
from firmware_gcode.setup.profile_file import Changes
from pi_service.studio.core.errors import StudioError
from pi_service.studio.machine.control import LEASE_S, Lease
from pi_service.studio.workshop.own_profile import OwnProfile
from pi_service.studio.workshop.tasks import Tasks, said, within

T = TypeVar("T")
BEGINS_S = 2.0
"""The thread has begun what it was given within this time."""
LOOKS_S = 1.0
"""So long the queue waits after the machine was only looked at."""


class MachineSession:
    """The machine, leased to a person.

    Args:
        lease: Keeps the queue away meanwhile.
        tell: Has the studio take the machine for another profile.
        tick: Called now and then on the workshop's thread.

    Attributes:
        machine: The same for conversations that take a while; only for tasks.
        lease: Keeps the queue away meanwhile.
    """

    def __init__(
        self,
        *,
        link: Link,
        own: OwnProfile,
        paper: Paper,
        lease: Lease,
        tell: Callable[[Profile], None],
        changed: Callable[[], None],
        tick: Callable[[], None],
    ) -> None:
        self.link = link
        self.own = own
        self.paper = paper
        self.lease = lease
        self.changed = changed
        self.machine = SetupMachine(link, own.profile)
        self.tasks = Tasks(changed, tick)
        self._tell = tell

    def take(self, seconds: float = LEASE_S, *, calibration: bool = False) -> None:
        """Take the lease for some seconds from now; see `Lease.take`.

        Raises:
            StudioError: A drawing is on the paper, or the calibration has the machine.
        """
        before = self.lease.held
        self.lease.take(seconds, calibration=calibration)
        if not before:
            self.changed()

    def begin(
        self,
        doing: Fact,
        work: Callable[[], T],
        *,
        after_s: float = LEASE_S,
        calibration: bool = False,
        stops: int | None = None,
    ) -> Future[T]:
        """Take the machine and have something done with it; returns at once.

        Whatever it still wants to move after a Stop stays where it is.

        Args:
            doing: What it is, as the end of "The machine is busy: …".
            work: Does it.
            after_s: Seconds after its end in which the queue still waits.
            calibration: Whether it is a step of the calibration.
            stops: How often the asker knew the machine to be stopped, as `Link.stops`: after
                another Stop nothing is begun. None: whenever it was stopped before.

        Raises:
            StudioError: A drawing is on the paper, the calibration has the machine,
                something else is being done, or a Stop has come meanwhile.
        """
        known = self.link.stops
        if stops is not None and stops != known:
            raise StudioError("stopped-meanwhile")

        def do() -> T:
            self.lease.busy = True
            try:
                with self.machine.unless_stopped(known):
                    return work()
            finally:
                self.lease.extend(after_s)
                self.lease.busy = False

        self.take(BEGINS_S, calibration=calibration)
        return self.tasks.begin(doing, do)

    def do(
        self,
        doing: Fact,
        work: Callable[[], T],
        wait_s: float,
        *,
        after_s: float = LEASE_S,
        calibration: bool = False,
        stops: int | None = None,
    ) -> T | None:
        """As `begin`, and wait at most `wait_s` for the outcome; None where it takes longer.

        Raises:
            StudioError: As `begin`, or it went wrong; says how.
        """
        future = self.begin(doing, work, after_s=after_s, calibration=calibration, stops=stops)
        return within(future, wait_s)

    def keep(self, changes: Changes) -> dict[str, Any]:
        """Write changes into the profile and have everybody go by it; only for tasks.

        Tells what was written, as `tasks.said`.

        Raises:
            ProfileError: A value that no profile may have; nothing is written.
            SetupError: The file cannot be written; it is as it was.
        """
        told = self.own.change(changes)
        self.adopt(self.own.profile)
        return said(told)

    def refuse_if_busy(self) -> None:
        """Raises StudioError while something is being done."""
        if busy := self.tasks.busy:
            raise StudioError("machine-busy", what=busy)

    def adopt(self, profile: Profile) -> None:
        """Have everybody take the machine for a profile that is written; nothing moves.

        Only for tasks.

        Raises:
            SetupError: The machine is drawing, or does not take it.
        """
        try:
            self.machine.use(profile)
        except SetupError:
            try:
                self.link.use(profile)  # no machine is there: it will be met with this one
            except LinkError as error:
                raise SetupError(error.fact) from error
            self.machine.profile = profile
        self._tell(profile)

    def fits(self, changes: Changes) -> None:
        """Refuse changes of the profile with which the paper on the bed is out of reach.

        Raises:
            ProfileError: It is, or a value that no profile may have.
            SetupError: The file cannot be changed from here.
        """
        self.own.planned(changes).check_paper(self.paper)


@contextmanager
def asked() -> Iterator[None]:
    """Whatever refuses below, the asker hears one sentence: a StudioError."""
    try:
        yield
    except CodedError as error:
        raise StudioError(error.fact) from error
