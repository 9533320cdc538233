"""What every kind of pen says of itself; whoever needs a pen asks this, never its kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, Self, TypeAlias

import numpy as np

from firmware_gcode.facts import Fact
from firmware_gcode.gcode.words import number
from firmware_gcode.program.profile_fields import Number, Table
from firmware_gcode.program.prompts import Answer, Prompt
from firmware_gcode.toolpath.ragged import Booleans, Complex, Floats, Places

if TYPE_CHECKING:  # a pen and a profile are read without a paper
    from firmware_gcode.drawing.paper import Paper


class Height(NamedTuple):
    """Move Z to a height, work mm, at mm/min; the pen may be on the paper then if `down`."""

    z: float
    feed: float
    down: bool = False


class Say(NamedTuple):
    """Send a line that GRBL answers once all motion before it is done, such as ``M3S40``."""

    text: str
    down: bool = False


class Pause(NamedTuple):
    """Wait until the pen has settled, in seconds."""

    seconds: float
    down: bool = False


PenStep: TypeAlias = Height | Say | Pause
"""One thing to do in order to lift or lower a pen."""


def step_line(step: PenStep) -> str:
    """The step as a line of G-code in millimetres, G90 and G94."""
    match step:
        case Height():
            return f"G1Z{number(step.z)}F{number(step.feed)}"
        case Say():
            return step.text
        case Pause():
            return f"G4P{number(step.seconds)}"


class MachineWords(Protocol):
    """What a machine says of itself, as far as a pen cares; see `setup.readout.Readout`."""

    @property
    def settings(self) -> Mapping[str, float]:
        """`$$`."""

    @property
    def version(self) -> str:
        """The firmware's version."""

    @property
    def label(self) -> str:
        """The text that somebody stored in the board."""


class Travelled(Protocol):
    """What a pen needs of the machine's profile to say how high and low it may go."""

    @property
    def homing(self) -> bool:
        """Whether the machine homes."""

    @property
    def grbl(self) -> Mapping[str, float]:
        """GRBL's settings."""

    @property
    def pen(self) -> Pen:
        """The pen."""


WAIT_ROUNDING_S = 1e-3
"""By how much a pause may be shorter than it should be: its text is rounded."""
Trial: TypeAlias = dict[tuple[str, str], float | str | tuple[float, float]]
"""Changes of a profile by (table, key)."""


class PenMachine(Protocol):
    """The machine as a pen that is being calibrated needs it."""

    def pen_up(self) -> None:
        """Lift the pen."""

    def pen_down(self) -> None:
        """Lower the pen."""

    def say(self, step: Say) -> None:
        """Send a line that moves the pen."""

    def machine_height(self) -> float:
        """Where Z is in machine coordinates, mm."""


class PenBench(Protocol):
    """Where the heights of a pen are tried: the machine, its profile, a person."""

    @property
    def machine(self) -> PenMachine:
        """What moves the pen."""

    @property
    def profile(self) -> Travelled:
        """The profile as the machine takes it now."""

    @property
    def paper(self) -> Paper:
        """The paper under the pen."""

    def try_out(self, trial: Trial) -> Fact | None:
        """Take the machine for a changed profile; why that cannot be, or None."""

    def try_pen(self, pen: Pen) -> None:
        """Take the machine for another pen, unchecked; nothing moves."""

    def over_paper(self) -> Generator[Prompt, Answer, None]:
        """Make the position known and take the lifted pen over the paper."""

    def by_hand(self, told: Fact, axes: tuple[str, ...]) -> Generator[Prompt, Answer, None]:
        """Have a person move the pen until they are content."""


class Pen(ABC):
    """A pen and how it is lifted.

    Attributes:
        kind: The word for it in a profile.
        fields: Its numbers in a profile, by key, in the order in which people see them.
        by_height: Whether the Z axis carries it, so that its height says whether it is down.
        settle_tries: Seconds of settling that a test sheet tries.
        clear_tries: What a test sheet tries for X and Y to move as soon as the pen is clear,
            in `clear_unit`; none where that cannot be tried.
        calm_s: Settling of everything on the sheet that is not about settling, at least.
        output_settings: Settings of GRBL whose change stops what holds the pen.
        commands: Commands of G-code that a program may use for it beside M3, as "M5".
        refresh: What must be said before the pen can be lifted again after that; "" for
            nothing.
        width: Line width in mm.
        settle_up: Seconds to wait after lifting.
        settle_down: Seconds to wait after lowering.
    """

    kind: ClassVar[str]
    fields: ClassVar[Mapping[str, Number]]
    by_height: ClassVar[bool]
    settle_tries: ClassVar[tuple[float, ...]]
    clear_tries: ClassVar[tuple[float, ...]] = ()
    clear_unit: ClassVar[str] = ""
    calm_s: ClassVar[float]
    output_settings: ClassVar[frozenset[str]] = frozenset()
    commands: ClassVar[frozenset[str]] = frozenset()
    refresh: ClassVar[str] = ""
    width: float
    settle_up: float
    settle_down: float

    @classmethod
    @abstractmethod
    def from_table(cls, table: Table) -> Self:
        """Read the table ``[pen]`` of a profile.

        Raises:
            ProfileError: A key that is missing, unknown or has a wrong value.
        """

    @abstractmethod
    def check(self, machine: Travelled, top: Table) -> None:
        """Refuse a machine with which this pen does not go together.

        Raises:
            ProfileError: Says which value is wrong.
        """

    def check_top(self, machine: Travelled) -> None:  # noqa: B027 - most have no axis
        """Refuse to be lifted above the top of a homed Z axis.

        Raises:
            CodedError: Says how high it can be lifted.
        """

    @property
    def shown_fields(self) -> Mapping[str, Number]:
        """Those of `fields` that this pen has."""
        return {
            key: rule for key, rule in self.fields.items() if getattr(self, key) is not None
        }

    @abstractmethod
    def lift_steps(self) -> Sequence[PenStep]:
        """How it is lifted from wherever it is."""

    @abstractmethod
    def lower_steps(self, grbl: Mapping[str, float]) -> Sequence[PenStep]:
        """How it is put on the paper, on a machine with these settings."""

    def leave_steps(self) -> Sequence[PenStep]:
        """How it is lifted from the paper just so far that X and Y may move."""
        return self.lift_steps()

    def hops(
        self,
        heres: Complex,
        goals: Complex,
        grbl: Mapping[str, float],
        *,
        rises: Booleans,
        falls: bool,
    ) -> tuple[Floats, Places]:
        """Where it passes from places to others, each reached in a straight line.

        None where it stays as high as it is. Where it `rises`, it was lifted just so far that
        X and Y may move, else to the top; if it `falls`, it comes as near to the paper again.

        Args:
            heres: Shape (n,), x + iy in work coordinates, mm.
            goals: Likewise.

        Returns:
            (x, y, z) in mm, one hop after the other, and how many places each hop has.
        """
        return np.empty((0, 3)), np.zeros(len(heres), np.intp)

    def climb_feed(self, way: float) -> float:
        """The fastest that Z may move by `way` mm, mm/min."""
        return self.fastest_feed

    @property
    def lift_mm(self) -> float:
        """How far the Z axis lifts it, mm; 0 where it does not."""
        return 0.0

    @property
    def lift_feed(self) -> float:
        """The slowest speed of the Z axis while lifting or lowering, mm/min."""
        return 1.0

    @property
    def fastest_feed(self) -> float:
        """The fastest speed of the Z axis while lifting or lowering, mm/min."""
        return 0.0

    @property
    def lifted_z(self) -> float:
        """The height of the Z axis while it is lifted, work mm."""
        return 0.0

    @property
    def paper_height(self) -> float:
        """The paper's height in machine coordinates, mm."""
        return 0.0

    @abstractmethod
    def is_down(self, z: float, spindle: float) -> bool:
        """Whether a program means it to be on the paper at Z (work mm) and S (0: off)."""

    @abstractmethod
    def inks(self, z: float, spindle: float | None) -> bool:
        """Whether it touches the paper; `spindle` is None while the output is off."""

    @property
    def touch_height(self) -> float | None:
        """Below which height it touches the paper, work mm; None if height says nothing."""
        return None

    @abstractmethod
    def is_up(self, value: float) -> bool:
        """Whether it is lifted for certain: at a height (`by_height`), or at an S value."""

    def is_clear(self, value: float, waited: float) -> bool:
        """Whether X and Y may move without touching the paper; `waited` seconds at `value`."""
        return self.is_up(value) and waited >= self.settle_up - WAIT_ROUNDING_S

    @abstractmethod
    def height_fault(self, z: float) -> Fact | None:
        """Why a program must not move the Z axis there, as the end of a sentence."""

    @abstractmethod
    def spindle_fault(self, speed: float) -> Fact | None:
        """Why a program must not set S so, as the end of a sentence."""

    def heights(self, machine: Travelled, *, by_hand: bool) -> tuple[float, float] | None:
        """Lowest and highest place of the Z axis, work mm; None where there is no such axis.

        `by_hand` is for a jog, with which the paper's height is found out.
        """
        return None

    @abstractmethod
    def settled(self, seconds: float) -> Self:
        """The same pen with other settle times, for a test sheet."""

    def clear_values(self, tried: float) -> Mapping[str, float]:
        """The numbers of a profile, by key, that one of `clear_tries` stands for."""
        return {}

    def cleared(self, tried: float) -> Self:
        """The same pen with these numbers."""
        return self

    def warnings(self, machine: MachineWords) -> list[Fact]:
        """What would go wrong with this pen on a machine."""
        return []

    @abstractmethod
    def calibrate(self, bench: PenBench) -> Generator[Prompt, Answer, Trial]:
        """Find its values, live, and return them as changes of the profile."""
