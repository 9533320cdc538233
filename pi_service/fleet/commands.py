"""What a plotter can be told over MQTT.

A command is a JSON object: ``command``, an ``id`` of the sender's choice, and ``expires``, the
time (seconds since 1970) after which it is not meant any more. Sending one again with the same
id does nothing twice: a drawing's id is kept with its job, over restarts.
"""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from firmware_gcode.facts import CodedError, Value

COMMANDS = ("draw", "pause", "resume", "stop", "new_sheet", "approve", "refuse")
LONGEST_ID = 100
REMEMBERED = 500
"""Commands other than drawings that are known again by their id."""


class CommandError(CodedError, ValueError):
    """A command that is not followed.

    Args:
        command_id: Its id, where it had one.
    """

    def __init__(
        self, code: str, /, *, command_id: str | None = None, **params: Value
    ) -> None:
        super().__init__(code, **params)
        self.command_id = command_id


@dataclass(frozen=True)
class Command:
    """Something to be done.

    Attributes:
        name: One of `COMMANDS`.
        id: The sender's name for it.
        expires: Seconds since 1970 after which it is void.
        class_name: What to draw; None for the plotter's own choice.
        seed: The drawing's seed; None for a new one.
        approval: Of the visitors' drawings that wait, the number of the one that is meant;
            None for the oldest.
    """

    name: str
    id: str
    expires: float
    class_name: str | None = None
    seed: int | None = None
    approval: int | None = None


def read_command(payload: bytes, now: float) -> Command:
    """Understand a message.

    Args:
        now: Seconds since 1970.

    Raises:
        CommandError: It is no command, or has expired.
    """
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise CommandError("command-no-object") from error
    if not isinstance(said, dict):
        raise CommandError("command-no-object")
    name, command_id = said.get("command"), _id(said)
    if name not in COMMANDS:
        raise CommandError("command-unknown", command_id=command_id, known=", ".join(COMMANDS))
    expires = _time(said.get("expires"))
    if expires is None:
        raise CommandError("command-no-expiry", command_id=command_id)
    if expires < now:
        raise CommandError(
            "command-expired", command_id=command_id, seconds=round(now - expires)
        )
    class_name, seed = said.get("class"), said.get("seed")
    if class_name is not None and not isinstance(class_name, str):
        raise CommandError("command-class", command_id=command_id)
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise CommandError("command-seed", command_id=command_id)
    approval = said.get("approval")
    if approval is not None and (isinstance(approval, bool) or not isinstance(approval, int)):
        raise CommandError("command-approval", command_id=command_id)
    return Command(name, command_id, expires, class_name, seed, approval)


class Answered:
    """The answers to the last commands, so that one that comes again is not followed again."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def known(self, command_id: str) -> dict[str, Any] | None:
        """What was answered to a command; None if it is new."""
        return self._answers.get(command_id)

    def note(self, command_id: str, answer: dict[str, Any]) -> None:
        """Remember an answer, and let go of the oldest."""
        self._answers[command_id] = answer
        if len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)


def _id(said: dict[str, Any]) -> str:
    found = said.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_ID:
        raise CommandError("command-no-id", most=LONGEST_ID)
    return found


def _time(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if math.isfinite(value) else None
