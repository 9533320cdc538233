"""What the owner of the plotter decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class LongPress(StrEnum):
    """What a long press of the button may mean."""

    AUTO = "auto"
    """Stop what is drawn, or else "here is new paper" when the sheet is full."""
    STOP = "stop"
    SHEET = "sheet"
    """Here is new paper, whether the old one is full or not."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class SourceRule:
    """How requests of one source are treated.

    Attributes:
        priority: Lower is drawn earlier; within the same priority, first come, first drawn.
        limit: Jobs of this source that may wait at a time; None for no limit of its own.
        cooldown_s: Seconds after an accepted request in which the next one is refused.
    """

    priority: int = 0
    limit: int | None = None
    cooldown_s: float = 0.0


def usual_sources(visitors: int = 10) -> dict[str, SourceRule]:
    """The usual rules for requests by source.

    Args:
        visitors: Jobs that visitors asked for by the page that may wait at a time.
    """
    return {
        "schedule": SourceRule(1, limit=5),
        "button": SourceRule(2, limit=5),
        "visitor": SourceRule(2, limit=visitors),
        "visitor drawing": SourceRule(2, limit=min(5, visitors)),
    }


@dataclass(frozen=True, slots=True)
class StudioSettings:
    """What the owner of the plotter decides.

    Attributes:
        default_class: What is drawn if nobody says otherwise.
        columns: Cells of a sheet from left to right.
        rows: Cells of a sheet from top to bottom.
        queue_limit: Jobs that may wait, of all sources together; more are refused.
        sources: Rules for requests by source. A source that is not named (the page and the
            command line, the attendant's) has only the queue's limit, and is drawn first.
        patience_s: Who has waited for this many seconds comes before all who asked later,
            whatever their source; None for never.
        caption: Whether number and date are written under each drawing, where a cell has room.
        pen_m: How far a pen's ink goes, metres of line; None if nobody knows.
        long_press: What a long press of the button means.
        keep_gcode: Programs that are kept of the newest drawings; older ones can be written
            anew from what is kept.
        keep_mb: Megabytes of database from which on the oldest pictures are let go, except
            for those of favourites.
    """

    default_class: str = "cat"
    columns: int = 1
    rows: int = 1
    queue_limit: int = 20
    sources: Mapping[str, SourceRule] = field(default_factory=usual_sources)
    patience_s: float | None = 1800.0
    caption: bool = False
    pen_m: float | None = 400.0
    long_press: LongPress = LongPress.AUTO
    keep_gcode: int = 500
    keep_mb: float = 500.0

    @property
    def grid(self) -> tuple[int, int]:
        """Columns and rows of a sheet."""
        return self.columns, self.rows

    def source(self, name: str) -> SourceRule:
        """The rule for a source."""
        return self.sources.get(name, SourceRule())


@dataclass(frozen=True, slots=True)
class Patience:
    """For how long the worker waits, in seconds.

    Attributes:
        look_again: Until it looks again at what it could not do, if nothing tells it to.
        home_within: For a machine after the start: one that is met later may have hands in
            it and is not homed.
        close: For the pen to stop when the service ends.
        tend: Between two looks at what changes by itself: the disk, who waits too long.
    """

    look_again: float = 1.0
    home_within: float = 60.0
    close: float = 5.0
    tend: float = 5.0
