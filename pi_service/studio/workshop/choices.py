"""What of the profile a person may change while the service runs, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from firmware_gcode.facts import Fact, fact
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import FEED, PLACE, Number
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.profile_file import Change
from pi_service.studio.workshop.machine_session import MachineSession, asked
from pi_service.studio.workshop.tasks import said, within

Values = Mapping[str, float | list[float]]

_NUMBERS: Final[Mapping[str, tuple[Fact, Number]]] = {
    "draw_feed": (fact("profile-draw-feed"), FEED),
    "travel_feed": (fact("profile-travel-feed"), FEED),
}
_PLACES: Final[Mapping[str, Fact]] = {
    "paper_origin": fact("profile-paper-origin"),
    "park": fact("profile-park"),
}


def choices(profile: Profile) -> list[dict[str, Any]]:
    """What may be changed, with its value now.

    Returns:
        Of each: ``key``, ``title``, ``title_fact``, ``unit``, ``low``, ``high``, ``value``
        (a number, or ``[x, y]``).
    """
    found: list[dict[str, Any]] = [
        {
            "key": key,
            "title": str(title),
            "title_fact": title.as_dict(),
            "unit": rule.unit.strip(),
            "low": rule.low,
            "high": rule.high,
            "value": getattr(profile, key),
        }
        for key, (title, rule) in _NUMBERS.items()
    ]
    found += [
        {
            "key": key,
            "title": str(title),
            "title_fact": title.as_dict(),
            "unit": "mm",
            "low": PLACE.low,
            "high": PLACE.high,
            "value": list(getattr(profile, key)),
        }
        for key, title in _PLACES.items()
    ]
    return found


def facts(profile: Profile) -> dict[str, Any]:
    """What of the profile is as it is while the service runs.

    Returns:
        ``name``, ``description``, ``homing``, ``home_at_start``, ``width``, ``height`` (mm),
        ``baud``.
    """
    names = ("name", "description", "homing", "home_at_start", "width", "height", "baud")
    return {name: getattr(profile, name) for name in names}


def change(session: MachineSession, values: Values, *, wait_s: float) -> dict[str, Any] | None:
    """Write some of the `choices` into the profile; the next drawing goes by them.

    Args:
        session: The machine, leased to a person.
        values: By key: a number, or two for a place.
        wait_s: How long to wait for the outcome.

    Returns:
        ``text``: what was written, a sentence, and ``fact``; None where it takes longer.

    Raises:
        StudioError: A key that may not be changed here, a value that cannot be, or the file
            cannot be written.
    """
    with asked():
        changes = {("", key): _value(key, value) for key, value in values.items()}
        if not changes:
            raise SetupError("nothing-to-change")
        session.fits(session.own.planned(changes))

    def work() -> dict[str, Any]:
        changed = session.own.change(changes)
        session.adopt(session.own.profile)
        return said(changed)

    return within(session.begin(fact("task-profile"), work), wait_s)


def _value(key: str, value: float | list[float]) -> Change:
    if key in _NUMBERS and not isinstance(value, list):
        return float(value)
    if key in _PLACES and isinstance(value, list) and len(value) == 2:
        return float(value[0]), float(value[1])
    if key in _PLACES:
        raise SetupError("value-two-numbers", key=key)
    if key in _NUMBERS:
        raise SetupError("value-one-number", key=key)
    known = ", ".join((*_NUMBERS, *_PLACES))
    raise SetupError("value-not-changed-here", key=key[:40], known=known)
