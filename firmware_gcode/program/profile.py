"""Machine profiles: what a plotter can do, read from TOML files and checked value by value."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_gcode.drawing.geometry import Rectangle
from firmware_gcode.facts import fact
from firmware_gcode.motion.settings import MotionSettings
from firmware_gcode.program.pens.pen import Pen
from firmware_gcode.program.pens.registry import read_pen
from firmware_gcode.program.profile_fields import (
    BAUD,
    FEED,
    GRBL,
    GRBL_OTHERS,
    LENGTH,
    PLACE,
    Number,
    ProfileError,
    Table,
)

if TYPE_CHECKING:  # a pen and a profile are read without a paper
    from firmware_gcode.drawing.paper import Paper

SHIPPED = Path(__file__).resolve().parent.parent / "profiles"
"""The folder of the profiles that come with the product."""

_KEYS = (
    *("name", "description", "baud", "homing", "home_at_start", "width", "height"),
    *("paper_origin", "park", "draw_feed", "travel_feed", "plain_hops"),
    *("pen", "grbl"),
)


@dataclass(frozen=True)
class Profile:
    """A plotter: travel, pen, speeds (mm/min) and its GRBL's settings by name ("$110").

    Attributes:
        baud: Speed of the serial port.
        homing: Whether the machine has limit switches and homes (`$H`).
        home_at_start: Whether the service homes it by itself when it starts.
        width: Travel in x, mm; `height` that in y.
        paper_origin: The paper's lower left corner, mm from the lower left end of the travel.
            Once homed, that end is (-$130, -$131) in machine coordinates.
        plain_hops: Whether the pen is lifted to the top and stands while it is, always.
        park: Where the pen waits, (x, y) in work coordinates (mm from the paper's corner).
    """

    name: str
    description: str
    baud: int
    homing: bool
    home_at_start: bool
    width: float
    height: float
    paper_origin: tuple[float, float]
    park: tuple[float, float]
    draw_feed: float
    travel_feed: float
    plain_hops: bool
    pen: Pen
    grbl: Mapping[str, float]

    @classmethod
    def load(cls, name_or_path: str | Path) -> Profile:
        """Read a shipped profile by its name, or any file by its path.

        Raises:
            ProfileError: No such profile, a file that is not TOML, or a wrong value; one
                sentence that names the file, the key, what is wrong and what is allowed.
        """
        path = _find(name_or_path)
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            why = error.strerror or str(error)
            raise ProfileError("profile-unreadable", path=str(path), why=why) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ProfileError("profile-not-toml", file=path.name, why=str(error)) from error
        return cls.from_values(values, path.name)

    @classmethod
    def from_values(cls, values: Mapping[str, object], file: str = "the profile") -> Profile:
        """Build a profile from the values of a TOML file, which messages call `file`.

        Raises:
            ProfileError: A key that is missing, unknown or has a wrong value.
        """
        top = Table(file, "", values)
        top.check_keys(_KEYS)
        profile = cls(
            name=top.words("name"),
            description=top.words("description"),
            baud=int(top.number("baud", BAUD)),
            homing=top.flag("homing"),
            home_at_start=top.flag("home_at_start"),
            width=top.number("width", LENGTH),
            height=top.number("height", LENGTH),
            paper_origin=top.pair("paper_origin", PLACE),
            park=top.pair("park", PLACE),
            draw_feed=top.number("draw_feed", FEED),
            travel_feed=top.number("travel_feed", FEED),
            plain_hops=top.flag("plain_hops", default=False),
            pen=read_pen(top.table("pen")),
            grbl=_grbl(top.table("grbl")),
        )
        _check_together(profile, top)
        return profile

    @staticmethod
    def shipped() -> tuple[str, ...]:
        """Names of the profiles that come with the product."""
        return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))

    @property
    def motion(self) -> MotionSettings:
        """What the motion model needs of the GRBL settings."""
        return MotionSettings.from_grbl(self.grbl)

    @property
    def reach(self) -> Rectangle:
        """Where the pen can go, in work coordinates (mm from the paper's corner)."""
        x, y = self.paper_origin
        return Rectangle(-x, -y, self.width - x, self.height - y)

    @property
    def pen_width(self) -> float:
        """Line width in mm."""
        return self.pen.width

    @property
    def rapid_travel(self) -> bool:
        """Whether pen-up moves may go as fast as GRBL can (`G0`)."""
        return self.travel_feed >= max(self.grbl["$110"], self.grbl["$111"])

    def check_paper(self, paper: Paper) -> None:
        """Refuse a paper whose drawable area the pen cannot reach.

        Raises:
            ProfileError: Says how far the machine reaches and what the paper asks for.
        """
        area = paper.drawable
        if not self.reach.contains([(area.x0, area.y0), (area.x1, area.y1)], 1e-6):
            reach = self.reach
            raise ProfileError(
                "paper-beyond-reach",
                width=paper.width,
                height=paper.height,
                margin=paper.margin,
                machine=self.name,
                x=reach.x1,
                y=reach.y1,
            )


def _find(name_or_path: str | Path) -> Path:
    """The file of a profile, shipped or the user's own."""
    text = str(name_or_path)
    if text in Profile.shipped():
        return SHIPPED / f"{text}.toml"
    path = Path(text).expanduser()
    if not path.exists():
        known = ", ".join(Profile.shipped())
        raise ProfileError("profile-unknown", name=text, known=known)
    return path


def _grbl(table: Table) -> dict[str, float]:
    table.check_keys((*GRBL, *sorted(GRBL_OTHERS)))
    settings = {key: table.number(key, rule) for key, rule in GRBL.items()}
    anything = Number(0.0, 100_000.0)
    for key in table.values:
        if key not in settings:
            settings[key] = table.number(key, anything)
    return settings


def _check_together(profile: Profile, top: Table) -> None:
    """Values that are right one by one but not together."""
    grbl = profile.grbl
    for key, setting in (("width", "$130"), ("height", "$131")):
        if getattr(profile, key) > grbl[setting]:
            fault = fact("profile-larger", setting=setting, value=grbl[setting])
            raise top.error(key, fault)
    if profile.draw_feed > min(grbl["$110"], grbl["$111"]):
        raise top.error("draw_feed", fact("profile-feed-too-fast"))
    if profile.home_at_start and not profile.homing:
        raise top.error("home_at_start", fact("profile-cannot-home"))
    if not profile.reach.contains([(0.0, 0.0)], 1e-9):
        raise top.error("paper_origin", fact("profile-corner-beyond"))
    if not profile.reach.contains([profile.park], 1e-9):
        raise top.error("park", fact("profile-park-beyond"))
    profile.pen.check(profile, top)
