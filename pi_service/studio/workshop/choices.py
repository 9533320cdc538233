"""What of the profile a person may change while the service runs, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from firmware_gcode.facts import fact
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import FEED, PLACE, Number
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.profile_file import Change
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.workshop.machine_session import MachineSession, asked
from pi_service.studio.workshop.tasks import within

Values = Mapping[str, float | list[float]]

_NUMBERS: Final[Mapping[str, tuple[str, Number]]] = {
    "draw_feed": ("Speed of drawing", FEED),
    "travel_feed": ("Speed with the pen up", FEED),
}
_PLACES: Final[Mapping[str, str]] = {
    "paper_origin": "The paper's lower left corner, from that of the travel",
    "park": "Where the pen waits, from the paper's corner",
}


def choices(profile: Profile) -> list[dict[str, Any]]:
    """What may be changed, with its value now.

    Returns:
        Of each: ``key``, ``title``, ``unit``, ``low``, ``high``, ``value`` (a number, or
        ``[x, y]``).
    """
    found: list[dict[str, Any]] = [
        {
            "key": key,
            "title": title,
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
            "title": title,
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


def service_facts(settings: StudioSettings) -> list[dict[str, Any]]:
    """What the owner decided at the start of the service, for people.

    Returns:
        Of each: ``title``, ``value`` (text), ``option`` (of ``catplotter serve``).
    """
    pen = "unknown" if settings.pen_m is None else f"{settings.pen_m:g} m"
    rows = (
        ("Cells of a new sheet", f"{settings.columns} x {settings.rows}", "--grid"),
        ("Number and date under drawings", _yes(settings.caption), "--caption"),
        ("Ink of a new pen", pen, "--pen-metres"),
        ("A long press of the button means", str(settings.long_press), "--long-press"),
    )
    return [{"title": title, "value": value, "option": name} for title, value, name in rows]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def change(session: MachineSession, values: Values, *, wait_s: float) -> dict[str, Any] | None:
    """Write some of the `choices` into the profile; the next drawing goes by them.

    Args:
        session: The machine, leased to a person.
        values: By key: a number, or two for a place.
        wait_s: How long to wait for the outcome.

    Returns:
        ``text``: what was written, a sentence; None where it takes longer.

    Raises:
        StudioError: A key that may not be changed here, a value that cannot be, or the file
            cannot be written.
    """
    with asked():
        changes = {("", key): _value(key, value) for key, value in values.items()}
        if not changes:
            raise SetupError("text", text="Say what is to be changed.")
        session.fits(session.own.planned(changes))

    def work() -> dict[str, Any]:
        text = session.own.change(changes)
        session.adopt(session.own.profile)
        return {"text": text}

    return within(session.begin(fact("task-profile"), work), wait_s)


def _value(key: str, value: float | list[float]) -> Change:
    if key in _NUMBERS and not isinstance(value, list):
        return float(value)
    if key in _PLACES and isinstance(value, list) and len(value) == 2:
        return float(value[0]), float(value[1])
    if key in _PLACES:
        raise SetupError("text", text=f"{key} is two numbers, [x, y] in mm.")
    if key in _NUMBERS:
        raise SetupError("text", text=f"{key} is one number.")
    known = ", ".join((*_NUMBERS, *_PLACES))
    raise SetupError("text", text=f"“{key[:40]}” is not changed here; known are {known}.")
