"""Questions of a guided dialogue, one at a time, whoever asks them.

A step of a dialogue is a generator: it yields a `Prompt` and is sent the answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Generator
from typing import Literal, NamedTuple, TypeAlias

from firmware_gcode.facts import CodedError, Fact, fact


class AnswerError(CodedError):
    """An answer that is none to this question; the fact says what would be."""


class Nudge(NamedTuple):
    """A little move: axis "x", "y", "z" or "s" (servo), and how far (mm, or S)."""

    axis: str
    amount: float


Answer: TypeAlias = bool | float | str | Nudge
"""Yes or no; a number; one of the choices (or "done" of a nudge prompt); a little move."""
Kind: TypeAlias = Literal["confirm", "number", "choice", "nudge"]

_NUDGE = re.compile(r"([a-z])\s*([+-]?\d+(?:[.,]\d+)?)")
_YES, _NO = frozenset({"y", "yes"}), frozenset({"n", "no"})


class Prompt(NamedTuple):
    """One question.

    Attributes:
        kind: What answers it: "confirm" yes or no; "number" a number in `unit` from `low` to
            `high`; "choice" one of `choices`; "nudge" moves of those axes such as "x 10" or
            "z -0.1" until "done".
        default: What an empty answer stands for; None for nothing.
    """

    kind: Kind
    told: Fact
    choices: tuple[str, ...] = ()
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    default: str | None = None

    @property
    def text(self) -> str:
        """The question in English."""
        return str(self.told)

    def read(self, text: str) -> Answer:
        """The answer that a text is.

        Raises:
            AnswerError: It is none; says what would be.
        """
        given = text.strip().lower() or (self.default or "").lower()
        match self.kind:
            case "confirm":
                if given in _YES | _NO:
                    return given in _YES
                raise AnswerError("answer-yes-or-no")
            case "number":
                return self._number(given)
            case "choice":
                if given in self.choices:
                    return given
                raise AnswerError("answer-one-of", choices=", ".join(self.choices))
            case "nudge":
                return self._nudge(given)

    def _number(self, given: str) -> float:
        try:
            value = float(given.replace(",", ".").removesuffix(self.unit).strip())
        except ValueError:
            value = math.nan
        if not self.low <= value <= self.high:
            unit = f" {self.unit}" if self.unit else ""
            raise AnswerError("answer-number", low=self.low, high=self.high, unit=unit)
        return value

    def _nudge(self, given: str) -> Answer:
        if given == "done":
            return given
        found = _NUDGE.fullmatch(given)
        if found is None or found[1] not in self.choices:
            axes = ", ".join(self.choices)
            raise AnswerError("answer-move", axis=self.choices[0], axes=axes)
        amount = float(found[2].replace(",", "."))
        if not self.low <= amount <= self.high:
            raise AnswerError("answer-move-shorter", most=self.high)
        return Nudge(found[1], amount)


Dialogue: TypeAlias = Generator[Prompt, Answer, Fact]
"""A step: it asks, is answered, and returns what came of it."""


def confirm(told: Fact) -> Generator[Prompt, Answer, bool]:
    """Ask yes or no."""
    answer = yield Prompt("confirm", told)
    return answer is True


def ask_number(
    told: Fact, *, unit: str, low: float, high: float, default: str | None = None
) -> Generator[Prompt, Answer, float]:
    """Ask for a number."""
    answer = yield Prompt("number", told, unit=unit, low=low, high=high, default=default)
    return float(answer) if isinstance(answer, int | float) else math.nan


def choose(
    told: Fact, choices: tuple[str, ...], *, after: Fact | None = None
) -> Generator[Prompt, Answer, str]:
    """Ask for one of several, `after` saying what came of the answer before."""
    answer = yield Prompt("choice", _after(after, told), choices)
    return str(answer)


def nudge(
    told: Fact, axes: tuple[str, ...], most: float, *, after: Fact | None = None
) -> Generator[Prompt, Answer, Nudge | None]:
    """Ask for a little move, `after` saying what came of the last one; None at the end."""
    answer = yield Prompt("nudge", _after(after, told), axes, low=-most, high=most)
    return answer if isinstance(answer, Nudge) else None


def _after(said: Fact | None, asked: Fact) -> Fact:
    return asked if said is None else fact("asked-after", said=said, asked=asked)
