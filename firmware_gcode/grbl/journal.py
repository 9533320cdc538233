"""What has been drawn, on disk: one small record per stroke, there before anybody hears of it.

The file holds the last program only: a first line that names it, a line for every stroke
drawn, a line when it ended, and one whenever the pen may be down or is lifted for certain. A
record that a power cut tore is left out when the file is read, so the journal can be one
stroke behind the ink, and is never ahead of it.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from firmware_gcode.facts import CodedError
from firmware_gcode.grbl.events import (
    LinkEvent,
    PenRisk,
    ProgramEnded,
    ProgramStarted,
    StrokeDrawn,
)


class JournalError(CodedError):
    """The journal cannot be written; the fact says why and what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a journal says of its program.

    Attributes:
        program: SHA-256 of the program's text.
        strokes: How many strokes the toolpath has.
        drawn: How many of them, from the first, are on the paper.
        outcome: "done", "stopped" or "failed"; None when the power went before its end.
        pen_down: Whether the pen may be on the paper, as it was told last; None if never.
        raised: By how much a pen of unknown height has been raised, mm.
    """

    program: str
    strokes: int
    drawn: int
    outcome: str | None
    pen_down: bool | None = None
    raised: float = 0.0


class Journal:
    """Appends to the journal; every record is on the disk when the call returns.

    Args:
        path: The file; its folder is made where it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def record(self, event: LinkEvent) -> None:
        """Write down what an event says, if it is about a program.

        Raises:
            JournalError: The disk is full, or the file cannot be written.
        """
        try:
            match event:
                case ProgramStarted():
                    self._begin(event)
                case StrokeDrawn():
                    self._append({"drawn": event.stroke})
                case ProgramEnded():
                    self._append({"ended": event.outcome, "drawn": event.strokes_drawn - 1})
                case PenRisk():
                    self._go_on()
                    self._append({"pen": event.may_be_down, "raised": event.raised})
        except OSError as error:
            why = error.strerror or str(error)
            raise JournalError("journal-failed", path=str(self._path), why=why) from error

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
            self._file = None

    def _begin(self, event: ProgramStarted) -> None:
        """A new file beside the old one takes its place in one step."""
        self.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(self._path.name + ".new")
        self._file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        self._append(
            {
                "program": event.program,
                "strokes": event.strokes,
                "drawn": event.first_stroke - 1,
            }
        )
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _go_on(self) -> None:
        """Open the file that another process left, without the record that it tore."""
        if self._file is not None or not self._path.exists():
            return
        self._file = os.open(self._path, os.O_RDWR)
        kept = os.pread(self._file, os.fstat(self._file).st_size, 0).rfind(b"\n") + 1
        os.ftruncate(self._file, kept)
        os.lseek(self._file, kept, os.SEEK_SET)

    def _append(self, record: dict[str, object]) -> None:
        if self._file is None:
            return
        data = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        written = os.write(self._file, data)
        if written < len(data):
            raise OSError(0, "only a part of the record was written")
        os.fdatasync(self._file)


def read_journal(path: Path) -> Record | None:
    """What the journal says of the last program; None without one.

    A torn or damaged line, and whatever stands after it, is not believed.
    """
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except OSError:
        return None
    program, strokes, drawn, outcome = "", 0, 0, None
    pen_down, raised = None, 0.0
    for line in lines:
        try:
            record = json.loads(line)
            program = str(record.get("program", program))
            strokes = int(record.get("strokes", strokes))
            if "pen" in record:
                pen_down, raised = bool(record["pen"]), float(record["raised"])
                continue
            drawn = int(record["drawn"]) + 1
            outcome = record.get("ended")
        except (ValueError, TypeError, KeyError, AttributeError):
            break
    return Record(program, strokes, drawn, outcome, pen_down, raised) if program else None


def cut_off(path: Path | None) -> bool:
    """Whether the pen may still be down: as it was told last, else if nothing has ended."""
    record = read_journal(path) if path is not None else None
    if record is None:
        return False
    return record.outcome is None if record.pen_down is None else record.pen_down


def raised_by(path: Path | None) -> float:
    """By how much a pen of unknown height has been raised since it was last known, mm."""
    record = read_journal(path) if path is not None else None
    return 0.0 if record is None else record.raised
