"""What the owner of the plotter decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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


def _default_sources() -> dict[str, SourceRule]:
    return {"schedule": SourceRule(1, limit=5), "button": SourceRule(2, limit=5)}


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
    """

    default_class: str = "cat"
    columns: int = 1
    rows: int = 1
    queue_limit: int = 20
    sources: Mapping[str, SourceRule] = field(default_factory=_default_sources)

    @property
    def grid(self) -> tuple[int, int]:
        """Columns and rows of a sheet."""
        return self.columns, self.rows

    def source(self, name: str) -> SourceRule:
        """The rule for a source."""
        return self.sources.get(name, SourceRule())
