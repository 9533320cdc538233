"""What the owner of the plotter decides: each setting is declared once, beside its use.

A setting is a dataclass field made by `setting`. `catplotter serve` makes its option of it,
the configuration file its variable, and the API and the page list it with its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Setting:
    """How a setting is asked for; its name, type and default are those of the field.

    Attributes:
        unit: Of the number, such as ``m``; empty where there is none.
        option: The option's name, where it is not the field's.
        secondary: The flag that says no, such as ``--no-caption``; empty for none.
    """

    help: str
    unit: str = ""
    least: float | None = None
    most: float | None = None
    option: str = ""
    secondary: str = ""


def setting(default: Any, help_text: str, **how: Any) -> Any:
    """A dataclass field that is a setting."""
    return field(default=default, metadata={"setting": Setting(help_text, **how)})


def declared(kind: type) -> dict[str, Setting]:
    """The settings among a dataclass's fields, by the field's name."""
    return {
        each.name: each.metadata["setting"]
        for each in fields(kind)
        if "setting" in each.metadata
    }


class LongPress(StrEnum):
    """What a long press of the button may mean."""

    AUTO = "auto"
    """Stop what is drawn, or else "here is new paper" when the sheet is full."""
    STOP = "stop"
    SHEET = "sheet"
    """Here is new paper, whether the old one is full or not."""
    APPROVE = "approve"
    """As auto; where nothing is drawn and a visitor's drawing waits: draw the oldest."""
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


@dataclass(frozen=True, slots=True)
class StudioSettings:
    """What the owner of the plotter decides.

    Attributes:
        sources: Rules for requests by source, instead of the usual ones. A source that has
            none (the page and the command line, the attendant's) has only the queue's limit,
            and is drawn first.
    """

    columns: int = 1
    rows: int = 1
    sources: Mapping[str, SourceRule] | None = None
    default_class: str = setting("cat", "What is drawn if nobody says otherwise.")
    queue_limit: int = setting(
        20, "Drawings that may wait, of all sources together; more are refused.", least=1
    )
    visitor_queue: int = setting(
        10, "Drawings of visitors that may wait at a time.", least=1, most=1000
    )
    cooldown_s: float = setting(
        0.0,
        "How long after an accepted press of the button, or a visitor's wish, the next one is "
        "refused.",
        unit="s",
        least=0,
        option="cooldown",
    )
    patience_s: float = setting(
        1800.0,
        "Who has waited this long comes before all who asked later; 0 for never.",
        unit="s",
        least=0,
        option="patience",
    )
    clock_patience_s: float = setting(
        1800.0,
        "So long after the computer was switched on its clock is believed, though neither a "
        "time server nor a battery nor a person says that it is right; 0: at once.",
        unit="s",
        least=0,
        option="clock-patience",
    )
    caption: bool = setting(
        True,
        "Write number and date under each drawing, where there is room.",
        secondary="no-caption",
    )
    pen_m: float | None = setting(
        400.0,
        "How far a pen's ink goes; you are told before it runs dry.",
        unit="m",
        least=1,
        option="pen-metres",
    )
    long_press: LongPress = setting(
        LongPress.AUTO,
        "What holding the button for two seconds means; auto: stop, or new paper when the "
        "sheet is full; approve: the same, or draw the oldest drawing that waits for a yes.",
    )
    ask_first: bool = setting(
        False,
        "Ask the staff before anything of a visitor's hand is drawn, as long as nobody "
        "decided otherwise on the page.",
        secondary="no-ask-first",
    )
    keep_gcode: int = setting(
        500,
        "Programs that are kept of the newest drawings; older ones are written anew.",
        least=0,
    )
    keep_mb: float = setting(
        500.0,
        "Size of the database from which on the oldest pictures are let go, but for "
        "favourites.",
        unit="MB",
        least=1,
    )

    @property
    def grid(self) -> tuple[int, int]:
        """Columns and rows of a sheet."""
        return self.columns, self.rows

    def rules(self) -> Mapping[str, SourceRule]:
        """The rules for requests by source; a source without one has none of its own."""
        if self.sources is not None:
            return self.sources
        visitors, pause = self.visitor_queue, self.cooldown_s
        return {
            "schedule": SourceRule(1, limit=5),
            "button": SourceRule(2, limit=5, cooldown_s=pause),
            "trigger": SourceRule(2, limit=5, cooldown_s=pause),
            "visitor": SourceRule(2, limit=visitors, cooldown_s=pause),
            "visitor drawing": SourceRule(2, limit=min(5, visitors), cooldown_s=pause),
        }


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
