"""The files for Home Assistant are valid, and speak of what a plotter tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from pi_service.fleet import discovery as told
from pi_service.fleet.membership import Topics

FILES = Path(told.__file__).with_name("home_assistant")
_ENTITY = re.compile(r"(?:binary_sensor|sensor|button|image)\.north_1_\w+")
_IN_TEMPLATE = re.compile(r"'(_[a-z_]+)\$?'")


class Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML with Home Assistant's own tag for what a blueprint is given."""


Loader.add_constructor("!input", lambda _, node: f"input {node.value}")


def slug(text: str) -> str:
    """A name as Home Assistant makes an entity's id of it."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def entities() -> set[str]:
    """The entities of a plotter called north-1, as the integration names them."""
    topics = Topics("north-1")
    parts = told.discovery(topics, "0.5.0")["components"].values()
    return {f"{each['platform']}.{slug(topics.name)}_{slug(each['name'])}" for each in parts}


def texts(tree: Any) -> Iterator[str]:
    """Every text in a tree of YAML."""
    if isinstance(tree, dict):
        for value in tree.values():
            yield from texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from texts(value)
    elif isinstance(tree, str):
        yield tree


def test_the_dashboard_shows_what_plotters_tell() -> None:
    tree = yaml.safe_load((FILES / "hall-dashboard.yaml").read_text())
    assert [view["title"] for view in tree["views"]] == ["Hall", "One plotter"]
    found = list(texts(tree))
    named = {each for text in found for each in _ENTITY.findall(text)}
    assert named == entities()
    ends = {each for text in found for each in _IN_TEMPLATE.findall(text)}
    assert {"_needs_somebody", "_state", "_waiting", "_places_left_on_the_paper"} == ends
    assert all(any(entity.endswith(end) for entity in entities()) for end in ends)


def test_the_blueprint_uses_all_that_it_is_given() -> None:
    text = (FILES / "needs-somebody.yaml").read_text()
    tree = yaml.load(text, Loader)  # noqa: S506 - a safe loader with one tag more
    used = {each.removeprefix("input ") for each in texts(tree) if each.startswith("input ")}
    assert used == set(tree["blueprint"]["input"])
    parts = told.discovery(Topics("x"), "0.5.0")["components"]
    assert parts["problem"]["device_class"] == "problem"
    assert f'"{parts["problem"]["name"]}"' in text
    assert f'"{parts["state"]["name"]}"' in text
