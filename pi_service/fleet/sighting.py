"""What is known of a plotter from afar: what it says at the broker, held to what it may be.

Everybody who may write to the broker may write nonsense: what is taken in has known names and
kinds and a sane length, whatever was sent.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from firmware_gcode.facts import Fact, fact
from pi_service.studio.jobs.display import Shown

LARGEST_STATE = 16 * 1024
"""Bytes of a state that is read."""
LONGEST_TEXT = 500
MOST_PROBLEMS = 10
DEEPEST = 6
"""How many facts may be inside each other."""
LARGEST_NUMBER = 10**9
NEEDS = frozenset({Shown.STOPPED, Shown.NEEDS_PAPER, Shown.NEEDS_SOMEBODY, Shown.FAULT})
"""What a plotter shows when a person has to come."""


class NonsenseError(ValueError):
    """What was said is not what a plotter says."""


@dataclass(slots=True)
class Sighting:
    """One plotter as it was last heard.

    Attributes:
        name: Its name at the broker.
        online: Whether it is there, as the broker says; None before that was told.
        heard_at: When it was last heard itself, seconds since 1970; None if only the broker
            told what it had kept.
        state: What it said of itself; None before the first that was understood.
        picture: Its last cat, packed; None for none, or where there was no room.
        tag: Tells one picture from another.
        nonsense: Of what it said last, the kinds that could not be understood.
    """

    name: str
    online: bool | None = None
    heard_at: float | None = None
    silent_at: float | None = None
    state: dict[str, Any] | None = None
    picture: bytes | None = field(default=None, repr=False)
    tag: str | None = None
    nonsense: set[str] = field(default_factory=set)

    def view(self) -> dict[str, Any]:
        """The plotter as the page shows it; the fields are those of `HallPlotterSchema`."""
        state = self.state or _UNKNOWN
        online = self.online is True
        return {
            "name": self.name,
            "online": online,
            "heard_at": self.heard_at,
            "silent_at": None if online else self.silent_at,
            "needs": online and (state["shown"] in NEEDS or bool(state["problems"])),
            "nonsense": bool(self.nonsense),
            "picture": self.tag,
            **state,
        }

    def take_picture(self, svg: bytes) -> None:
        """Note its last cat; an empty one is none. Raises NonsenseError if it is no SVG."""
        if svg and not svg.lstrip().startswith((b"<svg", b"<?xml")):
            raise NonsenseError
        self.picture = zlib.compress(svg, 6) if svg else None
        self.tag = hashlib.sha256(svg).hexdigest()[:12] if svg else None

    @property
    def known(self) -> bool:
        """Whether it ever said what a plotter says."""
        return self.online is not None or self.state is not None

    def svg(self) -> str | None:
        """Its last cat; None where there is none."""
        packed = self.picture
        return None if packed is None else zlib.decompress(packed).decode("utf-8", "replace")


_UNKNOWN: Mapping[str, Any] = {
    "shown": "",
    "fact": None,
    "job": None,
    "last": None,
    "queue": 0,
    "places_left": None,
    "pen_low": False,
    "broken_off": 0,
    "problems": [],
    "next_run": None,
    "url": None,
}


def read_state(payload: bytes) -> dict[str, Any]:
    """What a plotter says of itself, as `Member` tells it.

    Raises:
        NonsenseError: It is no such thing.
    """
    if len(payload) > LARGEST_STATE:
        raise NonsenseError
    try:
        said = json.loads(payload)
        shown = str(Shown(said["shown"]))
        told = _fact(said.get("fact")) or _text(said.get("sentence"))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NonsenseError from error
    broken = said.get("interrupted")
    return {
        "shown": shown,
        "fact": None if told is None else told.as_dict(),
        "job": _cat(said, "job", "edition", "class_name"),
        "last": _last(said.get("last")),
        "queue": _count(said.get("queue")) or 0,
        "places_left": _count(said.get("places_left")),
        "pen_low": said.get("pen_low") is True,
        "broken_off": min(len(broken), LARGEST_NUMBER) if isinstance(broken, list) else 0,
        "problems": _problems(said),
        "next_run": _line(said.get("next_run")),
        "url": _url(said.get("url")),
    }


def _cat(said: Mapping[str, Any], job: str, edition: str, noun: str) -> dict[str, Any] | None:
    if said.get(job) is None:
        return None
    return {"edition": _count(said.get(edition)), "class_name": _line(said.get(noun)) or "cat"}


def _last(said: object) -> dict[str, Any] | None:
    return _cat(said, "edition", "edition", "class_name") if isinstance(said, dict) else None


def _problems(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is wrong with it: as facts, or as the sentences of an earlier version."""
    given = said.get("problem_facts", said.get("problems"))
    if not isinstance(given, list):
        return []
    found = (_fact(each) or _text(each) for each in given[:MOST_PROBLEMS])
    return [told.as_dict() for told in found if told is not None]


def _fact(said: object, depth: int = 0) -> Fact | None:
    """A fact with nothing in it but what facts have; None for anything else."""
    if not isinstance(said, dict) or depth > DEEPEST:
        return None
    code, params = said.get("code"), said.get("params")
    if not isinstance(code, str) or not 0 < len(code) < 64 or not isinstance(params, dict):
        return None
    return Fact(code, {name[:64]: _value(value, depth + 1) for name, value in params.items()})


def _value(said: object, depth: int) -> Any:
    if isinstance(said, dict):
        return _fact(said, depth)
    if isinstance(said, list):
        return [told for each in said[:MOST_PROBLEMS] if (told := _fact(each, depth))]
    return said[:LONGEST_TEXT] if isinstance(said, str) else said


def _text(said: object) -> Fact | None:
    line = _line(said)
    return None if line is None else fact("text", text=line)


def _line(said: object) -> str | None:
    if not isinstance(said, str) or not said:
        return None
    return "".join(each for each in said[:LONGEST_TEXT] if each.isprintable())


def _count(said: object) -> int | None:
    if isinstance(said, bool) or not isinstance(said, int):
        return None
    return said if 0 <= said <= LARGEST_NUMBER else None


def _url(said: object) -> str | None:
    """An address of the plotter's own page: a link leads there, and nowhere else."""
    line = _line(said)
    try:
        place = urlsplit(line or "")
    except ValueError:
        return None
    return line if place.scheme in {"http", "https"} and place.hostname else None


def read_answer(payload: bytes) -> tuple[Mapping[str, Any], Fact | None]:
    """What a plotter answers to a command, and why it does not follow it.

    Raises:
        NonsenseError: It is no such thing.
    """
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise NonsenseError from error
    if not isinstance(said, dict):
        raise NonsenseError
    return said, _fact(said.get("fact")) or _text(said.get("sentence"))
