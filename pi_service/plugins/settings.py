"""Which plug-ins are used, with what options: kept in a file for the service's owner alone."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from firmware_gcode.facts import LANGUAGES, Fact, fact
from pi_service.plugins.api import Group
from pi_service.studio.access.tokens import write_secret
from pi_service.studio.core.errors import StudioError

FILE = "plugins.json"
"""In the service's folder. It holds secrets: no backup takes it along."""
MOST = 20
"""Plug-ins that may be used at a time: each has a process."""
_NAME = re.compile(r"[\w.-][\w .-]{0,39}")
_QUIET = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Use:
    """A plug-in that is used.

    Attributes:
        name: What the owner calls it.
        kind: Its entry point's name.
        options: Their values by name, secrets among them.
        shown: Names of those that may be shown again.
        needs: What it reaches outside, as it said when it was set up; see `Needs`.
        turn: How many drawings of this source were taken.
    """

    id: int
    name: str
    group: Group
    kind: str
    options: Mapping[str, str] = field(repr=False)
    shown: tuple[str, ...] = ()
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    enabled: bool = True
    turn: int = 0

    @property
    def secrets(self) -> list[str]:
        """Values that are never shown or logged."""
        return [value for name, value in self.options.items() if name not in self.shown]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Use:
        """The use that a file holds."""
        return cls(
            id=int(data["id"]),
            name=str(data["name"]),
            group=Group(data["group"]),
            kind=str(data["kind"]),
            options={str(k): str(v) for k, v in data["options"].items()},
            shown=tuple(map(str, data.get("shown", ()))),
            needs={str(k): tuple(map(str, v)) for k, v in data.get("needs", {}).items()},
            enabled=bool(data.get("enabled", True)),
            turn=int(data.get("turn", 0)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When and how people are told.

    Attributes:
        language: Of the messages.
        quiet: From when until when nothing is told, ``22:00-08:00``, every day; "" for never.
        few_cells: So many free cells of a sheet that has more are few; 0: that is not told.
        after_s: So long something must hold before it is told, seconds.
        waiting_min: So long a drawing waits, or stands paused, before that is told, minutes;
            0: never.
    """

    language: str = LANGUAGES[0]
    quiet: str = ""
    few_cells: int = 2
    after_s: int = 60
    waiting_min: int = 30

    def __post_init__(self) -> None:
        """Refuses (StudioError) times that are none."""
        if self.quiet and _span(self.quiet) is None:
            raise StudioError("notify-quiet-wrong", text=self.quiet)

    def is_quiet(self, minute: int) -> bool:
        """Whether nothing is told at a minute after midnight."""
        span = _span(self.quiet)
        if span is None:
            return False
        begin, end = span
        return begin <= minute < end if begin <= end else not end <= minute < begin


def _span(text: str) -> tuple[int, int] | None:
    found = _QUIET.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, to_hour, to_minute = map(int, found.groups())
    begin, end = hour * 60 + minute, to_hour * 60 + to_minute
    return None if max(begin, end) > 1440 or begin == end else (begin, end)


class Kept:
    """The file, and what it holds; for any thread.

    A file that cannot be read is left as it is: nothing is used, and nothing can be changed
    until somebody has put it right or taken it away.

    Attributes:
        fault: Why it cannot be read, or None.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._uses: tuple[Use, ...] = ()
        self._rules = Rules()
        self.fault: Fact | None = None
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            self._uses = tuple(Use.of(each) for each in said["plugins"])
            self._rules = Rules(**said["rules"])
        except FileNotFoundError:
            pass
        except Exception as error:
            text = getattr(error, "strerror", None) or type(error).__name__
            self.fault = fact("plugins-unreadable", path=str(path), why=text)

    @property
    def uses(self) -> tuple[Use, ...]:
        """All that are set up, in the order in which they were."""
        return self._uses

    @property
    def rules(self) -> Rules:
        """When and how people are told."""
        return self._rules

    def get(self, use_id: int) -> Use | None:
        """The one of that number, or None."""
        return next((each for each in self._uses if each.id == use_id), None)

    def set_rules(self, rules: Rules) -> None:
        """Keep other rules. Raises StudioError if they cannot be kept."""
        with self._lock:
            self._write(self._uses, rules)

    def add(self, use: Use) -> Use:
        """Keep one more, under the next number.

        Raises:
            StudioError: Its name will not do or is taken, there are too many, or it cannot be
                kept.
        """
        with self._lock:
            if _NAME.fullmatch(use.name) is None:
                raise StudioError("field-wrong", field="name", must=fact("must-be-key-name"))
            if any(each.name == use.name for each in self._uses):
                raise StudioError("plugin-name-taken", name=use.name)
            if len(self._uses) >= MOST:
                raise StudioError("plugins-too-many", most=MOST)
            number = 1 + max((each.id for each in self._uses), default=0)
            added = replace(use, id=number)
            self._write((*self._uses, added), self._rules)
        return added

    def put(self, use: Use) -> None:
        """Keep one as it is now. Raises StudioError if it cannot be kept."""
        with self._lock:
            changed = tuple(use if each.id == use.id else each for each in self._uses)
            self._write(changed, self._rules)

    def take_turn(self, use_id: int) -> None:
        """Count a drawing that was taken. Raises StudioError if that cannot be kept."""
        with self._lock:
            if (use := self.get(use_id)) is not None:
                self.put(replace(use, turn=use.turn + 1))

    def remove(self, use_id: int) -> None:
        """Forget one. Raises StudioError if that cannot be kept."""
        with self._lock:
            self._write(tuple(e for e in self._uses if e.id != use_id), self._rules)

    def _write(self, uses: tuple[Use, ...], rules: Rules) -> None:
        if self.fault is not None:
            raise StudioError(self.fault)
        said = {"plugins": [asdict(each) for each in uses], "rules": asdict(rules)}
        try:
            write_secret(self._path, json.dumps(said, ensure_ascii=False, indent=1) + "\n")
        except OSError as error:
            why = error.strerror or str(error)
            raise StudioError("file-not-written", path=str(self._path), why=why) from error
        self._uses, self._rules = uses, rules
