"""Drives a guided dialogue from any side: a terminal reads a line, a page posts one.

What is asked for between two answers (a move, a drawing) happens inside `Guide.answer`, which
therefore may take a while.
"""

from __future__ import annotations

from firmware_gcode.facts import CodedError, Fact, fact
from firmware_gcode.program.prompts import Answer, AnswerError, Dialogue, Prompt


class Guide:
    """A dialogue under way.

    Attributes:
        prompt: The question now; None when it is over.
        problem: Why the last answer was none; None otherwise.
        result: What came of it; None while it goes on.
        failed: Whether it ended because something did not work.
    """

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self.prompt: Prompt | None = None
        self.problem: Fact | None = None
        self.result: Fact | None = None
        self.failed = False
        self._advance(None)

    def answer(self, text: str) -> None:
        """Take an answer and go on to the next question.

        A text that is no answer leaves the question and sets `problem`.
        """
        if self.prompt is None:
            self.problem = fact("nothing-to-answer")
            return
        try:
            given = self.prompt.read(text)
        except AnswerError as error:
            self.problem = error.fact
            return
        self._advance(given)

    def cancel(self) -> None:
        """End it where it stands; whoever owns the machine lifts the pen."""
        if self.prompt is not None:
            self._dialogue.close()
            self._end(fact("dialogue-cancelled"), failed=True)

    def _advance(self, given: Answer | None) -> None:
        self.problem = None
        try:
            self.prompt = next(self._dialogue) if given is None else self._dialogue.send(given)
        except StopIteration as end:
            self._end(end.value, failed=False)
        except CodedError as error:
            self._end(error.fact, failed=True)

    def _end(self, result: Fact, *, failed: bool) -> None:
        self.prompt, self.result, self.failed = None, result, failed
