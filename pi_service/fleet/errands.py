"""What plotters were told to do, and what became of it.

A command is sent again until its answer comes, as `docs/hall.md` asks of every sender: however
often it arrives it is followed once. It expires by itself.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from firmware_gcode.facts import Fact, fact

GOOD_FOR_S = 60.0
"""A command that has not arrived after so many seconds is not meant any more."""
AGAIN_S = 3.0
"""A command without an answer is sent again after so long, and twice as long each time."""
KEPT = 20
"""Errands that are shown."""
MOST_OPEN = 10
"""Errands that may wait for answers at a time; a Stop always may."""
LISTED = 20
"""Plotters of an errand that are named; the others are counted."""


@dataclass(slots=True)
class Errand:
    """One command to one or many plotters.

    Attributes:
        id: The command's, the same for all of them.
        command: Its name.
        at: When it was given, seconds since 1970.
        waiting: Plotters that have not answered, and when they are told again.
        refused: What those said that do not follow it.
        done: How many follow it.
        seconds: How long the last answer took.
    """

    id: str
    command: str
    at: float
    body: Mapping[str, Any]
    waiting: dict[str, float]
    refused: dict[str, Fact] = field(default_factory=dict)
    done: int = 0
    seconds: float | None = None
    over: bool = False

    def view(self) -> dict[str, Any]:
        """The errand as the page shows it; the fields are those of `HallErrandSchema`."""
        refused = [
            {"name": name, "fact": told.as_dict()} for name, told in self.refused.items()
        ]
        return {
            "id": self.id,
            "command": self.command,
            "at": self.at,
            "asked": self.done + len(self.refused) + len(self.waiting),
            "done": self.done,
            "waiting": 0 if self.over else len(self.waiting),
            "refused": refused[:LISTED],
            "silent": sorted(self.waiting)[:LISTED] if self.over else [],
            "seconds": self.seconds,
        }


class Errands:
    """The last errands; not for several threads at once.

    Args:
        send: Sends a command's text to a plotter.
        clock: Seconds since 1970.
    """

    def __init__(self, send: Callable[[str, str], None], clock: Callable[[], float]) -> None:
        self._send = send
        self._clock = clock
        self._known: deque[Errand] = deque(maxlen=KEPT)

    @property
    def open(self) -> int:
        """How many errands wait for answers."""
        return sum(not errand.over for errand in self._known)

    @property
    def full(self) -> bool:
        """Whether no further errand may begin before others are over."""
        return self.open >= MOST_OPEN

    def begin(
        self, number: str, command: str, to: Sequence[str], more: Mapping[str, Any]
    ) -> Errand:
        """Tell plotters to do something.

        Args:
            number: The command's id.
            to: Their names.
            more: What else the command says, such as ``class``.
        """
        now = self._clock()
        body = {"command": command, "id": number, "expires": now + GOOD_FOR_S, **more}
        errand = Errand(number, command, now, body, dict.fromkeys(to, now + AGAIN_S))
        self._known.append(errand)
        for name in to:
            self._send(name, json.dumps(body))
        return errand

    def hear(self, name: str, answer: Mapping[str, Any], told: Fact | None) -> None:
        """Take in what a plotter answers.

        Args:
            told: Why it does not follow; None if it does.
        """
        errand = next((each for each in self._known if each.id == answer.get("id")), None)
        if errand is None or errand.waiting.pop(name, None) is None:
            return
        if answer.get("ok") is True:
            errand.done += 1
        else:
            errand.refused[name] = told or fact("command-failed")
        errand.seconds = round(self._clock() - errand.at, 3)
        errand.over = errand.over or not errand.waiting

    def insist(self) -> None:
        """Tell those again who have not answered; what has expired is over."""
        now = self._clock()
        for errand in self._known:
            if errand.over:
                continue
            if now > errand.at + GOOD_FOR_S:
                errand.over = True
                continue
            for name, again_at in errand.waiting.items():
                if now >= again_at:
                    errand.waiting[name] = now + max(AGAIN_S, now - errand.at)
                    self._send(name, json.dumps(errand.body))

    def view(self) -> list[dict[str, Any]]:
        """The errands, the newest first."""
        return [errand.view() for errand in reversed(self._known)]
