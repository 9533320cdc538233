"""The states of the controller and the flags that its interrupts set."""

from __future__ import annotations

from enum import Enum, IntFlag, auto


class State(Enum):
    """What the controller is doing, by the word in its status reports."""

    IDLE = "Idle"
    ALARM = "Alarm"
    CHECK = "Check"
    HOMING = "Home"
    CYCLE = "Run"
    HOLD = "Hold"
    JOG = "Jog"
    DOOR = "Door"
    SLEEP = "Sleep"


class Suspend(IntFlag):
    """Why the program is suspended, and how far the suspension has come."""

    NONE = 0
    HOLD_COMPLETE = auto()
    RESTART_RETRACT = auto()
    RETRACT_COMPLETE = auto()
    INITIATE_RESTORE = auto()
    RESTORE_COMPLETE = auto()
    DOOR_AJAR = auto()
    MOTION_CANCEL = auto()
    JOG_CANCEL = auto()


class Flag(IntFlag):
    """Requests from interrupts that the program executes at its check points."""

    NONE = 0
    STATUS_REPORT = auto()
    CYCLE_START = auto()
    CYCLE_STOP = auto()
    FEED_HOLD = auto()
    RESET = auto()
    SAFETY_DOOR = auto()
    MOTION_CANCEL = auto()
    SLEEP = auto()


class Alarm:
    """The numbers behind ``ALARM:``."""

    HARD_LIMIT = 1
    SOFT_LIMIT = 2
    ABORT_CYCLE = 3
    PROBE_FAIL_INITIAL = 4
    PROBE_FAIL_CONTACT = 5
    HOMING_FAIL_RESET = 6
    HOMING_FAIL_DOOR = 7
    HOMING_FAIL_PULLOFF = 8
    HOMING_FAIL_APPROACH = 9


class SpindleStop(Enum):
    """The spindle stop override (0x9E) in a hold."""

    OFF = 0
    INITIATE = 1
    STOPPED = 2
    RESTORE = 3
    RESTORE_CYCLE = 4
