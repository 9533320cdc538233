"""Commands: what is understood, and the sentence with which the rest is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_service.fleet.commands import REMEMBERED, Answered, Command, CommandError, read_command
from pi_service.fleet.discovery import discovery
from pi_service.fleet.membership import Topics

GOOD: dict[str, Any] = {"command": "draw", "id": "a", "expires": 100.0}


def test_a_command_is_understood() -> None:
    said = GOOD | {"class": "owl", "seed": 7}
    assert read_command(json.dumps(said).encode(), 99.0) == Command(
        "draw", "a", 100.0, "owl", 7
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"command": "dance"}, "commands are draw"),
        ({"command": None}, "commands are draw"),
        ({"id": ""}, "needs an id"),
        ({"id": 5}, "needs an id"),
        ({"id": "x" * 101}, "needs an id"),
        ({"expires": None}, "when it expires"),
        ({"expires": True}, "when it expires"),
        ({"expires": float("nan")}, "when it expires"),
        ({"expires": 50}, "expired 49 s ago"),
        ({"class": 1}, "class is a name"),
        ({"seed": "7"}, "whole number"),
        ({"seed": 1.5}, "whole number"),
        ({"approval": "2"}, "number of a drawing"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        read_command(json.dumps(GOOD | change).encode(), 99.0)


@given(
    st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)
)
def test_anything_else_is_refused_with_a_sentence(payload: bytes | str) -> None:
    data = payload if isinstance(payload, bytes) else payload.encode()
    with pytest.raises(CommandError, match="JSON object"):
        read_command(data, 0.0)


def test_answers_are_remembered_for_a_while() -> None:
    answered = Answered()
    for number in range(REMEMBERED + 1):
        answered.note(str(number), {"ok": True})
    assert answered.known("0") is None
    assert answered.known("1") == {"ok": True}


@pytest.mark.parametrize("name", ["", "a/b", "+", "#", "ä", "x" * 41])
def test_a_name_that_brokers_could_misread_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be called"):
        Topics(name)


def test_home_assistant_learns_of_every_part_under_a_name_of_its_own() -> None:
    about = discovery(Topics("hall-7"), "1.0")
    names = {part["unique_id"] for part in about["components"].values()}
    assert len(names) == len(about["components"])
    assert all("catplotter_hall-7" in name for name in names)
    assert about["availability_topic"] == "catplotter/hall-7/availability"
