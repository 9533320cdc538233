"""`catplotter schedule` and `status` against a running service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.service import Service, ServiceConfig
from tests.shell import catplotter


@pytest.fixture
def url(tmp_path: Path, plain_model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("CATPLOTTER_DATA", str(tmp_path))
    config = ServiceConfig(
        data=tmp_path,
        profile=Profile.load("simulated"),
        paper=Paper.named("A5"),
        find_port=lambda: None,
        model=plain_model,
        http_port=0,
        button_pin=None,
    )
    with Service(config) as service:
        yield service.web.url


def typed(url: str, *words: str) -> tuple[int, str, str]:
    done = catplotter(*words, "--url", url)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_a_rule_is_added_shown_and_removed(url: str) -> None:
    code, said, _ = typed(url, "schedule", "add", "daily at 14:00, 16:30", "--class", "owl")
    assert code == 0
    assert "Rule 1" in said
    _, listed, _ = typed(url, "schedule", "list")
    assert "daily at 14:00, 16:30: owl" in listed
    assert listed.count(" 14:00") + listed.count(" 16:30") >= 5
    assert typed(url, "schedule", "remove", "1")[0] == 0
    assert "Nothing" in typed(url, "schedule", "list")[1]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("schedule", "add", "now and then"), "every 20 minutes"),
        (("schedule", "add", "daily at 25:00"), "25:00"),
        (("schedule", "remove", "7"), "7"),
    ],
)
def test_a_mistake_ends_in_the_services_own_sentence(
    url: str, words: tuple[str, ...], named: str
) -> None:
    code, _, error = typed(url, *words)
    assert code == 1
    assert named in error


def test_status_says_what_the_machine_does_and_what_is_missing(url: str) -> None:
    code, said, _ = typed(url, "status")
    assert code == 0
    assert "Machine:" in said
    assert "Problem:" in said
    assert '"machine"' in typed(url, "status", "--json")[1]


def test_something_else_at_the_address_is_told_apart(url: str) -> None:
    code, _, error = typed(f"{url}nowhere/", "status")
    assert code == 1
    assert error.startswith("Error: ")
