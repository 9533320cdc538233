"""What the controller is doing, and what an event makes of it: one table.

Read from GRBL's documentation of its states ("Real-time status reports", "Real-time commands"
in doc/markdown) and from recorded conversations: `feed-hold`, `reset-in-hold`, `jog`, `door`,
`sleep`, `spindle-overrides`, `probe`, `homing-ok`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, IntEnum, auto
from typing import Final, TypeAlias


class Phase(Enum):
    """What the controller is doing: the word in its reports, and whether lines must wait.

    Lines are still read while a hold slows down (`feed-hold`), but not once it stands.
    """

    IDLE = ("Idle", False)
    ALARM = ("Alarm", False)
    CHECK = ("Check", False)
    HOMING = ("Home", False)
    RUN = ("Run", False)
    JOG = ("Jog", False)
    HOLDING = ("Hold:1", False)
    LIMITING = ("Hold:1", False, "slows down before a soft limit")
    HELD = ("Hold:0", True)
    DARK = ("Hold:0", True, "held, with the spindle stopped by hand")
    MET = ("Hold:0", True, "held, and the probe has met something")
    ENDING = ("Run", True, "slows down at a probe's contact")
    CANCELLING = ("Jog", True)
    CANCELLING_AJAR = ("Jog", True, "as well, with the door open")
    PARKING = ("Door:2", True)
    PARKED = ("Door:0", True)
    RESTORING = ("Door:3", True)
    SLEEP = ("Sleep", True)

    def __init__(self, word: str, waits: bool, _about: str = "") -> None:
        self.word = word
        self.waits = waits


class Event(IntEnum):
    """What may happen; several at one check point are looked at in this order."""

    CANCEL = auto()  # 0x85 in a jog, or contact of the probe
    LIMIT = auto()  # the next motion would leave the travel
    HOLD = auto()
    DOOR = auto()
    SLEEP = auto()
    START = auto()
    STOPPED = auto()  # the motors have come to the end
    RESTORED = auto()  # spindle and coolant run again after a door
    SPINDLE = auto()  # 0x9E
    COOLANT = auto()  # 0xA0


class Effect(Enum):
    """What the controller does when it changes from one phase to another."""

    BRAKE = auto()
    SETTLE = auto()  # the plan goes on from the place where it stands
    RESUME = auto()  # execute what is planned; Idle if that is nothing
    DROP = auto()  # forget what is planned
    TELL_DOOR = auto()
    TELL_SLEEP = auto()
    SWITCH_OFF = auto()  # spindle and coolant
    RESTORE = auto()  # spindle and coolant, one after the other
    SPINDLE_OFF = auto()
    TELL_SPINDLE = auto()
    SPINDLE_ON = auto()
    TOGGLE_COOLANT = auto()


P, E, X = Phase, Event, Effect
Change: TypeAlias = tuple[Phase, tuple[Effect, ...]]

TRANSITIONS: Final[Mapping[tuple[Phase, Event], Change]] = {
    (P.IDLE, E.HOLD): (P.HELD, ()),
    (P.IDLE, E.DOOR): (P.PARKED, (X.TELL_DOOR, X.SWITCH_OFF)),
    (P.IDLE, E.SLEEP): (P.SLEEP, (X.SWITCH_OFF, X.TELL_SLEEP)),
    (P.ALARM, E.SLEEP): (P.SLEEP, (X.SWITCH_OFF, X.TELL_SLEEP)),
    (P.IDLE, E.START): (P.RUN, (X.RESUME,)),
    (P.RUN, E.CANCEL): (P.ENDING, (X.BRAKE,)),
    (P.RUN, E.LIMIT): (P.LIMITING, (X.BRAKE,)),
    (P.RUN, E.HOLD): (P.HOLDING, (X.BRAKE,)),
    (P.RUN, E.DOOR): (P.PARKING, (X.TELL_DOOR, X.BRAKE)),
    (P.RUN, E.STOPPED): (P.IDLE, ()),
    (P.ENDING, E.STOPPED): (P.IDLE, ()),
    (P.LIMITING, E.STOPPED): (P.IDLE, ()),
    (P.HOLDING, E.STOPPED): (P.HELD, (X.SETTLE,)),
    (P.HOLDING, E.CANCEL): (P.ENDING, ()),
    (P.HELD, E.CANCEL): (P.MET, ()),
    (P.MET, E.START): (P.IDLE, ()),
    (P.MET, E.DOOR): (P.MET, (X.TELL_DOOR,)),
    (P.HOLDING, E.DOOR): (P.PARKING, (X.TELL_DOOR,)),
    (P.HELD, E.START): (P.RUN, (X.RESUME,)),
    (P.HELD, E.DOOR): (P.PARKED, (X.TELL_DOOR, X.SWITCH_OFF)),
    (P.HELD, E.SPINDLE): (P.DARK, (X.SPINDLE_OFF,)),
    (P.DARK, E.SPINDLE): (P.HELD, (X.TELL_SPINDLE, X.SPINDLE_ON)),
    (P.DARK, E.START): (P.RUN, (X.TELL_SPINDLE, X.SPINDLE_ON, X.RESUME)),
    (P.DARK, E.DOOR): (P.PARKED, (X.TELL_DOOR, X.SWITCH_OFF)),
    (P.JOG, E.CANCEL): (P.CANCELLING, (X.BRAKE,)),
    (P.JOG, E.HOLD): (P.CANCELLING, (X.BRAKE,)),
    (P.JOG, E.DOOR): (P.CANCELLING_AJAR, (X.TELL_DOOR, X.BRAKE)),
    (P.JOG, E.STOPPED): (P.IDLE, ()),
    (P.CANCELLING, E.DOOR): (P.CANCELLING_AJAR, (X.TELL_DOOR,)),
    (P.CANCELLING, E.STOPPED): (P.IDLE, (X.DROP,)),
    (P.CANCELLING_AJAR, E.STOPPED): (P.PARKED, (X.DROP, X.SWITCH_OFF)),
    (P.PARKING, E.STOPPED): (P.PARKED, (X.SETTLE, X.SWITCH_OFF)),
    (P.PARKING, E.DOOR): (P.PARKING, (X.TELL_DOOR,)),
    (P.PARKED, E.DOOR): (P.PARKED, (X.TELL_DOOR,)),
    (P.PARKED, E.START): (P.RESTORING, (X.RESTORE,)),
    (P.RESTORING, E.DOOR): (P.PARKED, (X.TELL_DOOR, X.SWITCH_OFF)),
    (P.RESTORING, E.RESTORED): (P.RUN, (X.RESUME,)),
    (P.SLEEP, E.DOOR): (P.SLEEP, (X.TELL_DOOR,)),
    **{
        (phase, E.COOLANT): (phase, (X.TOGGLE_COOLANT,))
        for phase in (P.IDLE, P.RUN, P.HOLDING, P.LIMITING, P.HELD, P.DARK, P.JOG)
    },
}
"""What is not named changes nothing, and is forgotten."""

POSTPONED: Final = frozenset({(P.HOLDING, E.SPINDLE)})
"""What waits for the next phase."""

HOLDS: Final = frozenset({E.CANCEL, E.HOLD, E.DOOR})
"""A start that comes together with one of these is void."""

MOVING: Final = frozenset({P.RUN, P.HOMING, P.JOG})
"""A reset here loses steps: ALARM:3 (`reset-in-motion`), or 6 in homing."""

CUTTING: Final = frozenset(
    {P.RUN, P.JOG, P.HOLDING, P.LIMITING, P.ENDING, P.CANCELLING, P.CANCELLING_AJAR, P.PARKING}
)
"""Where planned motion is handed over to the motors."""

RESTING: Final = frozenset({P.IDLE, P.ALARM, P.CHECK, P.SLEEP})
"""Where reports show no speed, and tell offset and overrides more often."""


class Alarm(IntEnum):
    """The numbers behind ``ALARM:`` (GRBL's `alarm_codes_en_US.csv`)."""

    HARD_LIMIT = 1
    SOFT_LIMIT = 2
    ABORT_CYCLE = 3
    PROBE_FAIL_INITIAL = 4
    PROBE_FAIL_CONTACT = 5
    HOMING_FAIL_RESET = 6
    HOMING_FAIL_DOOR = 7
    HOMING_FAIL_PULLOFF = 8
    HOMING_FAIL_APPROACH = 9


FATAL: Final = frozenset({Alarm.HARD_LIMIT, Alarm.SOFT_LIMIT})
"""After these nothing but a reset is listened to."""
