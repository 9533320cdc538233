"""A guided dialogue: questions one at a time, whoever asks them.

A step of a calibration is a generator: it yields a `Prompt` and is sent the answer. `Guide`
drives it from any side: a terminal reads a line and calls `answer`, a page posts one. What is
asked for between two answers (a move, a drawing) happens inside `answer`, which therefore may
take a while.
"""

from __future__ import annotations

import math
import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from firmware_gcode.program.profile_fields import ProfileError
from firmware_gcode.setup.files import SetupError


class AnswerError(ValueError):
    """An answer that is none to this question; a sentence that says what would be."""


@dataclass(frozen=True)
class Nudge:
    """A little move: axis "x", "y", "z" or "s" (servo), and how far (mm, or S)."""

    axis: str
    amount: float


Answer: TypeAlias = bool | float | str | Nudge
"""Yes or no; a number; one of the choices (or "done" of a nudge prompt); a little move."""
Kind: TypeAlias = Literal["confirm", "number", "choice", "nudge"]

_NUDGE = re.compile(r"([a-z])\s*([+-]?\d+(?:[.,]\d+)?)")
_YES, _NO = frozenset({"y", "yes"}), frozenset({"n", "no"})


@dataclass(frozen=True)
class Prompt:
    """One question.

    Attributes:
        kind: What answers it: "confirm" yes or no; "number" a number; "choice" one of
            `choices`; "nudge" moves such as "x 10" or "z -0.1" until "done".
        text: The question, for people.
        choices: What can be chosen, or the axes that can be nudged.
        unit: Unit of the number.
        low: Smallest number that can be meant.
        high: Largest.
        default: What an empty answer stands for; None for nothing.
    """

    kind: Kind
    text: str
    choices: tuple[str, ...] = ()
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    default: str | None = None

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
                raise AnswerError("Answer yes or no.")
            case "number":
                return self._number(given)
            case "choice":
                if given in self.choices:
                    return given
                raise AnswerError(f"Answer one of {', '.join(self.choices)}.")
            case "nudge":
                return self._nudge(given)

    def _number(self, given: str) -> float:
        try:
            value = float(given.replace(",", ".").removesuffix(self.unit).strip())
        except ValueError:
            value = math.nan
        if not self.low <= value <= self.high:
            raise AnswerError(
                f"Answer a number from {self.low:g} to {self.high:g} {self.unit}".rstrip()
                + "."
            )
        return value

    def _nudge(self, given: str) -> Answer:
        if given == "done":
            return given
        found = _NUDGE.fullmatch(given)
        if found is None or found[1] not in self.choices:
            axis = self.choices[0]
            raise AnswerError(
                f"Answer a move, such as {axis} 1 or {axis} -0.1 (axes: "
                f"{', '.join(self.choices)}), or done."
            )
        amount = float(found[2].replace(",", "."))
        if not self.low <= amount <= self.high:
            raise AnswerError(f"Move at most {self.high:g} at a time.")
        return Nudge(found[1], amount)


Dialogue: TypeAlias = Generator[Prompt, Answer, str]
"""A step: it asks, is answered, and returns what came of it, in a sentence."""


def confirm(text: str) -> Generator[Prompt, Answer, bool]:
    """Asks yes or no."""
    answer = yield Prompt("confirm", text)
    return answer is True


def ask_number(
    text: str, *, unit: str, low: float, high: float, default: str | None = None
) -> Generator[Prompt, Answer, float]:
    """Asks for a number."""
    answer = yield Prompt("number", text, unit=unit, low=low, high=high, default=default)
    return float(answer) if isinstance(answer, int | float) else math.nan


def choose(text: str, choices: tuple[str, ...]) -> Generator[Prompt, Answer, str]:
    """Asks for one of several."""
    answer = yield Prompt("choice", text, choices)
    return str(answer)


def nudge(
    text: str, axes: tuple[str, ...], most: float
) -> Generator[Prompt, Answer, Nudge | None]:
    """Asks for a little move; None when the person is content."""
    answer = yield Prompt("nudge", text, axes, low=-most, high=most)
    return answer if isinstance(answer, Nudge) else None


class Guide:
    """A dialogue under way.

    Attributes:
        prompt: The question now; None when it is over.
        problem: Why the last answer was none; empty otherwise.
        result: What came of it, a sentence; empty while it goes on.
        failed: Whether it ended because something did not work.
    """

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self.prompt: Prompt | None = None
        self.problem = ""
        self.result = ""
        self.failed = False
        self._advance(None)

    def answer(self, text: str) -> None:
        """Takes an answer and goes on to the next question.

        A text that is no answer leaves the question and sets `problem`.
        """
        if self.prompt is None:
            self.problem = "There is nothing to answer any more."
            return
        try:
            given = self.prompt.read(text)
        except AnswerError as error:
            self.problem = str(error)
            return
        self._advance(given)

    def cancel(self) -> None:
        """Ends it where it stands; whoever owns the machine lifts the pen."""
        if self.prompt is not None:
            self._dialogue.close()
            self._end("Cancelled.", failed=True)

    def _advance(self, given: Answer | None) -> None:
        self.problem = ""
        try:
            self.prompt = next(self._dialogue) if given is None else self._dialogue.send(given)
        except StopIteration as end:
            self._end(str(end.value), failed=False)
        except (SetupError, ProfileError) as error:
            self._end(_sentence(error), failed=True)

    def _end(self, result: str, *, failed: bool) -> None:
        self.prompt, self.result, self.failed = None, result, failed


def _sentence(error: Exception) -> str:
    """A message as a sentence of its own."""
    text = str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
