"""Machine profiles: what a plotter can do, read from TOML files and checked value by value."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from firmware_gcode.drawing.geometry import Rectangle
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.motion.settings import MotionSettings
from firmware_gcode.program.pen import Pen, ServoPen, ZPen
from firmware_gcode.program.profile_fields import (
    BAUD,
    FEED,
    GRBL,
    GRBL_OTHERS,
    LENGTH,
    PAPER_Z,
    PLACE,
    SERVO_PEN,
    Z_PEN,
    Number,
    ProfileError,
    Table,
)

SHIPPED = Path(__file__).resolve().parent.parent / "profiles"
"""The folder of the profiles that come with the product."""

_KEYS = (
    *("name", "description", "baud", "homing", "home_at_start", "width", "height"),
    *("paper_origin", "park", "draw_feed", "travel_feed", "pen", "grbl"),
)


@dataclass(frozen=True)
class Profile:
    """A plotter: its travel, pen, speeds and the settings of its GRBL.

    Attributes:
        name: Short name.
        description: One line for people.
        baud: Speed of the serial port.
        homing: Whether the machine has limit switches and homes (`$H`).
        home_at_start: Whether the service homes it by itself when it starts.
        width: Travel in x, mm.
        height: Travel in y, mm.
        paper_origin: The paper's lower left corner, mm from the lower left end of the travel.
            Once homed, that end is (-$130, -$131) in machine coordinates.
        park: Where the pen waits, (x, y) in work coordinates (mm from the paper's corner).
        draw_feed: Speed of drawing, mm/min.
        travel_feed: Speed with the pen up, mm/min.
        pen: How the pen is lifted.
        grbl: GRBL's settings by their names ("$110"), as the machine has them.
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
            raise ProfileError(
                f"the profile {path} cannot be read: {error.strerror or error}"
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ProfileError(f"{path.name} is not a valid TOML file: {error}") from error
        return cls.from_values(values, path.name)

    @classmethod
    def from_values(cls, values: Mapping[str, object], file: str = "the profile") -> Profile:
        """Build a profile from the values of a TOML file.

        Args:
            values: What the file says.
            file: What the file is called in messages.

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
            pen=_pen(top.table("pen")),
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
                f"the paper of {paper.width:g} x {paper.height:g} mm with margins of "
                f"{paper.margin:g} mm is larger than the machine {self.name} reaches "
                f"({reach.x1:g} x {reach.y1:g} mm from the paper's corner); "
                "take a smaller paper, or lay it the other way"
            )


def _find(name_or_path: str | Path) -> Path:
    """The file of a profile, shipped or the user's own."""
    text = str(name_or_path)
    if text in Profile.shipped():
        return SHIPPED / f"{text}.toml"
    path = Path(text).expanduser()
    if not path.exists():
        known = ", ".join(Profile.shipped())
        raise ProfileError(
            f"there is no profile {text!r}; use one of {known}, or the path of a .toml file"
        )
    return path


def _pen(table: Table) -> Pen:
    kind = table.words("kind")
    if kind == "z":
        table.check_keys(("kind", *Z_PEN, "paper_z"))
        numbers = {key: table.number(key, rule) for key, rule in Z_PEN.items()}
        paper_z = table.number("paper_z", PAPER_Z) if "paper_z" in table.values else None
        if numbers["down"] + numbers["landing"] > numbers["up"]:
            raise table.error("up", "is not above the landing height; lift the pen higher")
        return ZPen(**numbers, paper_z=paper_z)
    if kind == "servo":
        table.check_keys(("kind", "build", *SERVO_PEN))
        numbers = {key: table.number(key, rule) for key, rule in SERVO_PEN.items()}
        if numbers["up"] == numbers["down"]:
            raise table.error("up", "is the same as down: the pen would never leave the paper")
        steps = int(numbers.pop("landing_steps"))
        build = table.words("build") if "build" in table.values else ""
        return ServoPen(**numbers, landing_steps=steps, build=build)
    raise table.error("kind", f'is {kind!r}; it must be "z" or "servo"')


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
    grbl, pen = profile.grbl, profile.pen
    for key, setting in (("width", "$130"), ("height", "$131")):
        if getattr(profile, key) > grbl[setting]:
            raise top.error(key, f"is larger than grbl.{setting} = {grbl[setting]:g} mm")
    if profile.draw_feed > min(grbl["$110"], grbl["$111"]):
        raise top.error("draw_feed", "is faster than grbl.$110 or $111 allow")
    if profile.home_at_start and not profile.homing:
        raise top.error(
            "home_at_start", "is true, but homing is false; the machine cannot home"
        )
    if not profile.reach.contains([(0.0, 0.0)], 1e-9):
        raise top.error("paper_origin", "puts the paper's corner out of the machine's reach")
    if not profile.reach.contains([profile.park], 1e-9):
        raise top.error("park", "is out of the machine's reach")
    if isinstance(pen, ZPen):
        fastest = max(pen.up_feed, pen.down_feed, pen.landing_feed)
        if fastest > grbl["$112"]:
            raise top.error("pen", f"moves at {fastest:g} mm/min, but grbl.$112 allows less")
        if profile.homing and pen.paper_z is None:
            raise top.error(
                "pen.paper_z",
                "is missing; a machine that homes must know how low the paper is",
            )
    else:
        _check_servo(pen, grbl, top)


def _check_servo(pen: ServoPen, grbl: Mapping[str, float], top: Table) -> None:
    low, high = grbl.get("$31", 0.0), grbl.get("$30", 1000.0)
    for key in ("up", "down"):
        if not low <= getattr(pen, key) <= high:
            raise top.error(
                f"pen.{key}", f"is outside of grbl.$31 to $30 = {low:g} to {high:g}"
            )
    if grbl.get("$32", 0.0) != 0.0:
        raise top.error("grbl.$32", "is not 0; laser mode would switch the servo while moving")
