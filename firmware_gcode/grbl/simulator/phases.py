"""What the controller may be doing, and what may happen to it.

Read from GRBL's documentation of its states ("Real-time status reports", "Real-time commands"
in doc/markdown) and from recorded conversations: `feed-hold`, `reset-in-hold`, `jog`, `door`,
`sleep`, `spindle-overrides`, `probe`, `homing-ok`.
"""

from __future__ import annotations

from enum import Enum, IntEnum, auto
from typing import Final


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


RESTING: Final = frozenset({Phase.IDLE, Phase.ALARM, Phase.CHECK, Phase.SLEEP})
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
