"""What visitors may have drawn: the staff decide, out of all that the model knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from pi_service.studio.core.database import Database
from pi_service.studio.core.errors import StudioError

ANIMALS = (
    *("ant", "bat", "bear", "bee", "bird", "butterfly", "camel", "cat", "cow", "crab"),
    *("crocodile", "dog", "dolphin", "dragon", "duck", "elephant", "fish", "flamingo"),
    *("frog", "giraffe", "hedgehog", "horse", "kangaroo", "lion", "lobster"),
    *("monkey", "mosquito", "mouse", "octopus", "owl", "panda", "parrot", "penguin", "pig"),
    *("rabbit", "raccoon", "rhinoceros", "scorpion", "sea turtle", "shark", "sheep"),
    *("snail", "snake", "spider", "squirrel", "swan", "teddy-bear", "tiger", "whale"),
    "zebra",
)
"""The classes of Quick, Draw! that are animals, one of them not of this world."""
ONLY, ALL, SOME = "default", "all", "animals"
"""Words for what is offered: what is drawn by default alone, everything, the animals."""
_NAME = "visitors draw"


class Menu:
    """What visitors may choose from; the default is always offered."""

    def __init__(
        self,
        database: Database,
        *,
        classes: Sequence[str],
        default: str,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._classes = tuple(classes)
        self._default = default
        self._changed = changed

    @property
    def rule(self) -> str | list[str]:
        """What the staff decided: `ONLY`, `SOME`, `ALL`, or the names one by one."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT value FROM settings WHERE name = ?", (_NAME,)
            ).fetchone()
        if row is None:
            return ONLY
        kept = json.loads(row[0])
        return kept if isinstance(kept, str) else [str(name) for name in kept]

    def decide(self, rule: str | Sequence[str]) -> None:
        """Keep the staff's decision. Raises StudioError where the model lacks a name."""
        if not isinstance(rule, str):
            rule = sorted(set(rule))
            for name in rule:
                self.check(name, staff=True)
        elif rule not in {ONLY, SOME, ALL}:
            raise StudioError("menu-rule", only=ONLY, some=SOME, all=ALL, rule=rule[:64])
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)",
                (_NAME, json.dumps(rule)),
            )
        self._changed()

    @property
    def offered(self) -> list[str]:
        """What visitors may choose, the default first, then by name."""
        rule = self.rule
        wanted = (
            {ONLY: (), SOME: ANIMALS, ALL: self._classes}.get(rule, ())
            if isinstance(rule, str)
            else rule
        )
        others = sorted(set(wanted) & set(self._classes) - {self._default})
        return [self._default, *others] if self._default in self._classes else others

    @property
    def all(self) -> list[str]:
        """What the staff may choose: everything that the model knows."""
        others = [name for name in self._classes if name != self._default]
        return [self._default, *others] if self._default in self._classes else others

    def check(self, class_name: str, *, staff: bool) -> None:
        """Refuse (StudioError) what the model does not know or a visitor may not choose."""
        if class_name not in self._classes:
            raise StudioError("class-not-drawn", class_name=class_name[:64])
        if not staff and class_name not in self.offered:
            raise StudioError("class-not-offered", class_name=class_name)

    def as_dict(self, *, staff: bool) -> dict[str, Any]:
        """The menu ready for JSON: ``default``, ``offered``, ``rule``."""
        offered = self.all if staff else self.offered
        return {"default": self._default, "offered": offered, "rule": self.rule}
