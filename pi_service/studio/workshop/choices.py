"""What of the profile a person may change while the service runs, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from firmware_gcode.facts import Fact, fact
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import FEED, PLACE, Number
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.profile_file import Change
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.workshop.machine_session import MachineSession, asked

Values = Mapping[str, float | list[float]]

_CHOICES: Final[Mapping[str, tuple[Fact, Number]]] = {
    "draw_feed": (fact("choice-draw-feed"), FEED),
    "travel_feed": (fact("choice-travel-feed"), FEED),
    "paper_origin": (fact("choice-paper-origin"), PLACE),
    "park": (fact("choice-park"), PLACE),
}


def choices(profile: Profile) -> list[dict[str, Any]]:
    """What may be changed, with its value now: each as `number_view`, a place as [x, y]."""
    found = []
    for key, (title, rule) in _CHOICES.items():
        value = getattr(profile, key)
        shown = list(value) if rule is PLACE else value
        found.append(number_view(key, title, rule, shown))
    return found


def number_view(key: str, title: Fact, rule: Number, value: object) -> dict[str, Any]:
    """A number of the profile: ``key``, ``title``, ``unit``, ``low``, ``high``, ``value``."""
    unit = rule.unit.strip()
    about = {"key": key, "title": str(title), "unit": unit}
    return {**about, "low": rule.low, "high": rule.high, "value": value}


def facts(profile: Profile) -> dict[str, Any]:
    """What of the profile is as it is while the service runs; sizes in mm."""
    names = ("name", "description", "homing", "home_at_start", "width", "height", "baud")
    return {name: getattr(profile, name) for name in names}


def service_facts(settings: StudioSettings) -> list[dict[str, Any]]:
    """What the owner decided at the start: ``title``, ``value``, ``option`` of each."""
    metres = settings.pen_m
    pen = fact("ink-unknown") if metres is None else fact("ink-metres", metres=metres)
    rows = (
        (fact("owner-cells"), f"{settings.columns} x {settings.rows}", "--grid"),
        (fact("owner-caption"), fact("yes") if settings.caption else fact("no"), "--caption"),
        (fact("owner-ink"), pen, "--pen-metres"),
        (fact("owner-long-press"), settings.long_press, "--long-press"),
    )
    return [
        {"title": str(title), "value": str(value), "option": name}
        for title, value, name in rows
    ]


def change(session: MachineSession, values: Values, *, wait_s: float) -> dict[str, Any] | None:
    """Write some of the `choices` into the profile; the next drawing goes by them.

    Gives what `MachineSession.keep` does; None where it takes longer.
    """
    with asked():
        if not values:
            raise SetupError("choice-none")
        changes = {("", key): _value(key, value) for key, value in values.items()}
        session.fits(changes)
    return session.do(fact("task-profile"), lambda: session.keep(changes), wait_s)


def _value(key: str, value: float | list[float]) -> Change:
    if key not in _CHOICES:
        raise SetupError("choice-unknown", key=key[:40], known=", ".join(_CHOICES))
    if _CHOICES[key][1] is PLACE:
        if not isinstance(value, list) or len(value) != 2:
            raise SetupError("choice-is-place", key=key)
        return float(value[0]), float(value[1])
    if isinstance(value, list):
        raise SetupError("choice-is-number", key=key)
    return float(value)
