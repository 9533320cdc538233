"""A profile against the machine: what differs, and in which order it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from firmware_gcode.facts import Fact, fact
from firmware_gcode.program.profile import Profile
from firmware_gcode.setup import words
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.readout import Readout
from firmware_gcode.setup.writing import Step

STEPS_PER_SECOND = 30_000.0
"""What GRBL on an Uno can make on all axes together (its README: "up to 30kHz")."""


@dataclass(frozen=True)
class Difference:
    """A setting that is not the same in the machine and in the profile.

    Attributes:
        key: As "$110".
        machine: What the machine has; None if its GRBL has no such setting.
        profile: What the profile says.
    """

    key: str
    meaning: Fact
    unit: str
    machine: float | None
    profile: float


def unlike(wanted: Mapping[str, float], found: Readout) -> list[Difference]:
    """Every setting of a profile's that a machine has otherwise, in its dialect's terms."""
    has = found.settings
    here = found.dialect.wanted(wanted, has)
    if found.axes < 3:
        here = {key: value for key, value in here.items() if key in has or key not in Z_AXIS}
    return differences(here, has)


def differences(wanted: Mapping[str, float], has: Mapping[str, float]) -> list[Difference]:
    """Every named setting that the machine has otherwise, by number."""
    return [
        Difference(key, words.meaning(key), words.unit(key), has.get(key), value)
        for key, value in sorted(wanted.items(), key=lambda item: words.order(item[0]))
        if key not in has or not words.same(key, has[key], value)
    ]


def table(found: Sequence[Difference]) -> str:
    """The differences as a table for people."""
    rows = [("setting", "meaning", "unit", "machine has", "profile says")]
    rows += [
        (
            each.key,
            str(each.meaning),
            each.unit,
            "no such setting" if each.machine is None else words.text(each.machine),
            words.text(each.profile),
        )
        for each in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        "  ".join(
            cell.rjust(width) if column >= 3 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def notes(profile: Profile, found: Readout) -> list[Fact]:
    """What of a profile is not compared with this machine, in its dialect's terms."""
    return found.dialect.left_out(profile.grbl, found.settings)


def warnings(profile: Profile, found: Readout) -> list[Fact]:
    """What would go wrong although no named setting differs."""
    has = found.settings
    homes = int(has["$22"]) & 1 if "$22" in has else None
    said = profile.pen.warnings(found)
    if odd := found.dialect.warning(found.version):
        said.append(odd)
    if profile.pen.by_height and found.axes < 3:
        said.append(fact("pen-needs-z"))
    if profile.homing and homes == 0 and profile.grbl.get("$22") != 1.0:
        said.append(fact("homing-off-in-machine"))
    if not profile.homing and homes == 1 and profile.grbl.get("$22") != 0.0:
        said.append(fact("homing-on-in-machine"))
    said += [
        fact(
            "too-many-steps",
            feed=profile.grbl[rate],
            axis=axis,
            needed=round(needed),
            most=round(STEPS_PER_SECOND),
            rate=rate,
        )
        for axis, steps, rate in zip("xyz", STEPS, RATES, strict=True)
        if (needed := profile.grbl[steps] * profile.grbl[rate] / 60.0) > STEPS_PER_SECOND
    ]
    return said


Z_AXIS = frozenset({"$102", "$112", "$122", "$132"})
"""What a build with two axes has not."""
STEPS = ("$100", "$101", "$102")
RATES = ("$110", "$111", "$112")


def plan_apply(wanted: Mapping[str, float], found: Readout) -> list[Step]:
    """The steps that give a machine a profile's settings, those that it can be given.

    Raises:
        SetupError: As `plan_writes`.
    """
    has, dialect = found.settings, found.dialect
    own = {
        key: value
        for key, value in dialect.wanted(wanted, has).items()
        if key in has and key not in dialect.elsewhere
    }
    return plan_writes(own, has, wide=dialect.wide)


def left_out(wanted: Mapping[str, float], found: Readout) -> list[Fact]:
    """What `plan_apply` leaves out and why."""
    has, dialect = found.settings, found.dialect
    said = dialect.left_out(wanted, has)
    if absent := [key for key in dialect.wanted(wanted, has) if key not in has]:
        said.append(fact("setting-absent", firmware=dialect.name, keys=", ".join(absent)))
    return said


def plan_writes(
    wanted: Mapping[str, float], has: Mapping[str, float], *, wide: bool = False
) -> list[Step]:
    """The steps that give the machine the wanted settings; others are left alone.

    `wide` says that the machine's numbers need not fit where GRBL 1.1 keeps them.

    Soft limits need homing: `$22=1` is written before `$20=1`, and `$20=0` before `$22=0`
    (GRBL switches `$20` off with `$22` by itself, so that is done openly and shown).

    Raises:
        SetupError: A value that GRBL would not keep, or soft limits without homing.
    """
    goal = dict(wanted)
    for key, value in goal.items():
        if not wide and (fault := words.fault(key, value)):
            raise SetupError("change-in-profile", fault=fault)
    homing = goal.get("$22", has.get("$22", 0.0))
    if homing == 0.0:
        if goal.get("$20", 0.0) != 0.0:
            raise SetupError("soft-limits-need-homing")
        if has.get("$20", 0.0) != 0.0:
            goal["$20"] = 0.0
    changes = differences(goal, has)
    return [
        setting_step(each.key, each.machine, each.profile)
        for each in sorted(changes, key=_turn)
    ]


def setting_step(key: str, before: float | None, wanted: float) -> Step:
    """The step that writes one setting."""
    return Step(key, before, float(wanted), f"{key}={words.text(wanted)}")


def _turn(change: Difference) -> tuple[int, tuple[int, str]]:
    """What is switched off comes first, soft limits come last; else by number."""
    turn = 1
    if change.key == "$20":
        turn = 0 if change.profile == 0.0 else 2
    return turn, words.order(change.key)


def as_json(
    found: Sequence[Difference], said: Sequence[Fact], noted: Sequence[Fact], machine: Readout
) -> object:
    """A comparison as plain data for `--json`."""
    return {
        "firmware": machine.firmware,
        "differences": [{**vars(each), "meaning": str(each.meaning)} for each in found],
        "warnings": list(map(str, said)),
        "notes": list(map(str, noted)),
    }
