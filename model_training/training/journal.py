"""What a run says of itself: a log, a line on the terminal, TensorBoard if it is there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TextIO

from model_training.training.settings import TrainingError

BAR = 24
"""Characters of the progress bar."""


class Board(Protocol):
    """The part of TensorBoard's SummaryWriter that is used."""

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        """Notes one number."""


def open_board(folder: Path) -> Board:
    """A TensorBoard log in the folder. Raises TrainingError if it is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - it is optional
    except ImportError as error:
        raise TrainingError(
            "TensorBoard is not installed: pip install tensorboard, or leave --tensorboard out"
        ) from error
    board: Board = SummaryWriter(str(folder))
    return board


class Journal:
    """Writes down evaluations and shows progress.

    Args:
        path: The log: one JSON object a line.
        terminal: Where the progress bar goes; None for nowhere.
    """

    def __init__(
        self,
        path: Path,
        *,
        say: Callable[[str], None],
        board: Board | None = None,
        terminal: TextIO | None = None,
    ) -> None:
        self._path = path
        self._say = say
        self._board = board
        self._terminal = terminal

    def forget_after(self, step: int) -> None:
        """Cuts off the lines that a killed run wrote after its last checkpoint."""
        if not self._path.exists():
            return
        lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if _step_of(line) <= step]
        if len(kept) < len(lines):
            partial = self._path.with_suffix(".partial")
            partial.write_text("".join(kept), encoding="utf-8")
            partial.replace(self._path)

    def evaluated(self, line: Mapping[str, Any], progress: float, *, best: bool) -> None:
        """Notes one evaluation.

        Args:
            line: step, minutes, lr, train (nats per point), valid (the same by class).
            progress: The part of the run that is done.

        Raises:
            TrainingError: The log cannot be written.
        """
        try:
            with self._path.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
        except OSError as error:
            raise TrainingError(
                f"the log {self._path} cannot be written: {error}; the last checkpoint is "
                "whole: make room and give the same command again"
            ) from error
        losses: Mapping[str, float] = line["valid"]
        self._clear()
        self._say(
            f"step {line['step']:6d}  {100 * progress:3.0f} %  {line['minutes']:5.1f} min  "
            f"train {line['train']:.4f}  "
            + "  ".join(f"{name} {loss:.4f}" for name, loss in losses.items())
            + (" *" if best else "")
        )
        if self._board:
            for name, loss in losses.items():
                self._board.add_scalar(f"valid/{name}", loss, line["step"])
            self._board.add_scalar("train", line["train"], line["step"])
            self._board.add_scalar("lr", line["lr"], line["step"])

    def stepped(self, progress: float, loss: float, speed: float, left: float) -> None:
        """Shows the progress bar.

        Args:
            progress: The part of the run that is done.
            loss: Nats per point, lately.
            speed: Points per second.
            left: Seconds to go.
        """
        if self._terminal is None:
            return
        full = int(progress * BAR)
        minutes, seconds = divmod(int(left), 60)
        self._terminal.write(
            f"\r[{'=' * full}{' ' * (BAR - full)}] {100 * progress:3.0f} %  "
            f"loss {loss:.4f}  {speed:,.0f} points/s  {minutes}:{seconds:02d} left \x1b[K"
        )
        self._terminal.flush()

    def _clear(self) -> None:
        if self._terminal is not None:
            self._terminal.write("\r\x1b[K")


def terminal() -> TextIO | None:
    """Standard error, where a person is looking at it."""
    return sys.stderr if sys.stderr.isatty() else None


def _step_of(line: str) -> float:
    """The step of a line of the log; past every step where the line is broken."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")
