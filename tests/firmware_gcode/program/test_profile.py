"""Machine profiles: the shipped ones, and what wrong values say."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.pens.servo import ServoPen
from firmware_gcode.program.pens.z import ZPen
from firmware_gcode.program.profile import SHIPPED, Profile
from firmware_gcode.program.profile_fields import ProfileError


def values(name: str = "simulated") -> dict[str, Any]:
    """What a shipped profile's file says."""
    return tomllib.loads((SHIPPED / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["simulated", "z-pen", "servo-pen"])
def test_shipped_profiles_load(name: str) -> None:
    profile = Profile.load(name)
    assert profile.name == name
    assert profile.pen_width > 0.0
    assert profile.reach.contains([profile.park])
    profile.check_paper(Paper.named("A5", landscape=True))


def test_there_is_one_profile_a_kind_of_machine() -> None:
    assert Profile.shipped() == ("servo-pen", "simulated", "z-pen")
    assert isinstance(Profile.load("servo-pen").pen, ServoPen)
    assert isinstance(Profile.load("z-pen").pen, ZPen)
    assert Profile.load("simulated").home_at_start


def test_own_file_is_loaded_by_its_path(tmp_path: Path) -> None:
    text = (SHIPPED / "z-pen.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('"z-pen"', '"mine"'), encoding="utf-8")
    assert Profile.load(path).name == "mine"


WRONG: list[tuple[str, str, Any, str]] = [
    ("", "width", 0, "width is 0; it must be a number from 1 to 5000 mm"),
    ("", "width", 301, r"larger than grbl.\$130 = 300 mm"),
    ("", "width", "wide", "width is 'wide'; it must be a number"),
    ("", "width", True, "width is True"),
    ("", "width", float("nan"), "width is nan"),
    ("", "baud", 9600.5, "whole number"),
    ("", "homing", 1, "homing is 1; it must be true or false"),
    ("", "homing", False, "home_at_start is true, but homing is false"),
    ("", "park", [1], r"park is \[1\]; it must be \[x, y\]"),
    ("", "park", [0, "b"], "park y is 'b'"),
    ("", "park", [0, 299], "park is out of the machine's reach"),
    ("", "paper_origin", [301, 0], "out of the machine's reach"),
    ("", "draw_feed", 9000, r"faster than grbl.\$110"),
    ("", "draw_fed", 3000, "draw_fed is not a key of a profile; did you mean draw_feed"),
    ("", "name", "", "name is ''; it must be a text"),
    ("", "pen", 3, r"needs a table \[pen\]"),
    ("pen", "kind", "laser", 'pen.kind is \'laser\'; it must be one of "z", "servo"'),
    ("pen", "width", 0, "pen.width is 0; it must be a number from 0.05 to 5 mm"),
    ("pen", "up", 0.2, "not above the landing height"),
    ("pen", "up_feed", 3001, r"grbl.\$112 allows less"),
    ("pen", "settle_up", -1, "pen.settle_up is -1; it must be a number from 0 to 5 s"),
    ("grbl", "$110", -5, r"grbl.\$110 is -5"),
    ("grbl", "$999", 1, r"grbl.\$999 is not a key"),
]


@pytest.mark.parametrize(("table", "key", "value", "words"), WRONG)
def test_wrong_values_name_file_key_and_range(
    table: str, key: str, value: object, words: str
) -> None:
    content = values()
    (content[table] if table else content)[key] = value
    with pytest.raises(ProfileError, match=words) as caught:
        Profile.from_values(content, "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["simulated", "servo-pen"])
def test_every_missing_key_is_named(name: str) -> None:
    optional = {"baud", "settle_up", "settle_down", "landing_steps", "landing", "down"}
    optional |= {"clearance", "low", "clear_time", "plain_hops"}
    for table in ("", "pen", "grbl"):
        content = values(name)
        for key in list(content[table] if table else content):
            if key in optional or (table == "grbl" and int(key[1:]) < 100 and key != "$11"):
                continue
            broken = values(name)
            del (broken[table] if table else broken)[key]
            with pytest.raises(ProfileError, match=key.replace("$", r"\$")):
                Profile.from_values(broken)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("up", 300, "never leave the paper"),
        ("up", 2000, r"outside of grbl.\$31"),
        ("landing_steps", 0, "whole"),
    ],
)
def test_servo_values_are_checked(key: str, value: int, words: str) -> None:
    content = values("servo-pen")
    content["pen"][key] = value
    with pytest.raises(ProfileError, match=words):
        Profile.from_values(content)


def test_laser_mode_is_refused() -> None:
    content = values("servo-pen")
    content["grbl"]["$32"] = 1
    with pytest.raises(ProfileError, match="laser mode"):
        Profile.from_values(content)


def test_missing_and_broken_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="There is no profile 'axidraw'; use one of"):
        Profile.load("axidraw")
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"width = = 3")
    with pytest.raises(ProfileError, match=r"broken.toml is not a valid TOML file"):
        Profile.load(broken)
    with pytest.raises(ProfileError, match="cannot be read"):
        Profile.load(tmp_path)


def test_paper_beyond_the_machine_is_refused() -> None:
    with pytest.raises(ProfileError, match="larger than the machine"):
        Profile.load("servo-pen").check_paper(Paper.named("A2"))
