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

Values = Mapping[str, float | list[float]]

_CHOICES: Final[Mapping[str, tuple[Fact, Number]]] = {
    "draw_feed": (fact("profile-draw-feed"), FEED),
    "travel_feed": (fact("profile-travel-feed"), FEED),
    "paper_origin": (fact("profile-paper-origin"), PLACE),
    "park": (fact("profile-park"), PLACE),
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
    """A number of the profile with its name, unit and range, ready for JSON."""
    return {
        "key": key,
        "title": str(title),
        "title_fact": title.as_dict(),
        "unit": rule.unit.strip(),
        "low": rule.low,
        "high": rule.high,
        "value": value,
    }


def facts(profile: Profile) -> dict[str, Any]:
    """What of the profile is as it is while the service runs; sizes in mm."""
    names = ("name", "description", "homing", "home_at_start", "width", "height", "baud")
    return {name: getattr(profile, name) for name in names}


def change(session: MachineSession, values: Values, *, wait_s: float) -> dict[str, Any] | None:
    """Write some of the `choices` into the profile; the next drawing goes by them.

    Gives what `MachineSession.keep` does; None where it takes longer.
    """
    with asked():
        if not values:
            raise SetupError("nothing-to-change")
        changes = {("", key): _value(key, value) for key, value in values.items()}
        session.fits(changes)
    return session.do(fact("task-profile"), lambda: session.keep(changes), wait_s)


def _value(key: str, value: float | list[float]) -> Change:
    if key not in _CHOICES:
        raise SetupError("value-not-changed-here", key=key[:40], known=", ".join(_CHOICES))
    if _CHOICES[key][1] is PLACE:
        if not isinstance(value, list) or len(value) != 2:
            raise SetupError("value-two-numbers", key=key)
        return float(value[0]), float(value[1])
    if isinstance(value, list):
        raise SetupError("value-one-number", key=key)
    return float(value)
