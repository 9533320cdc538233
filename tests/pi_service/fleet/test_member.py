"""A plotter and a real broker: what is told, what is done, and who comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pi_service.fleet.member import Member
from pi_service.fleet.membership import Membership, Topics
from pi_service.studio.jobs.job import Request
from tests.pi_service.fleet.broker import Curator, RealBroker
from tests.pi_service.web.fake_studio import FakeStudio


def place(port: int) -> Membership:
    return Membership(topics=Topics("one"), host="127.0.0.1", port=port)


def soon() -> float:
    return time.time() + 60


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RealBroker]:
    with RealBroker(tmp_path) as running:
        yield running


@pytest.fixture
def curator(broker: RealBroker) -> Iterator[Curator]:
    person = Curator(broker.port)
    yield person
    person.close()


class NextRun:
    """A calendar with one run to come."""

    def next_run(self) -> str:
        return "2026-11-23T14:00:00+01:00"


@pytest.fixture
def studio() -> Iterator[Any]:
    fake: Any = FakeStudio()
    fake.calendar = NextRun()
    yield fake
    fake.events.close()


@pytest.fixture
def member(broker: RealBroker, studio: Any, curator: Curator) -> Iterator[Member]:
    """A plotter that the broker knows."""
    made = Member(studio, place(broker.port), every_s=0.05)
    made.start()
    curator.wait(lambda told: "catplotter/one/state" in told)
    yield made
    made.close()


@pytest.mark.usefixtures("member")
def test_it_says_who_it_is_and_what_it_does(curator: Curator) -> None:
    curator.wait(lambda told: told.get("catplotter/one/availability") == "online")
    curator.wait(lambda told: "homeassistant/device/catplotter_one/config" in told)
    state = curator.retained["catplotter/one/state"]
    assert state["sentence"]
    assert state["next_run"] == "2026-11-23T14:00:00+01:00"


@pytest.mark.usefixtures("member")
def test_a_command_draws_once_however_often_it_comes(curator: Curator, studio: Any) -> None:
    command = {"command": "draw", "id": "42", "expires": soon()}
    for _ in range(3):
        curator.tell("one", command)
    answers = [curator.answers.get(timeout=10) for _ in range(3)]
    assert {answer["job"] for answer in answers} == {answers[0]["job"]}
    assert len(studio.jobs.latest()) == 1


@pytest.mark.usefixtures("member")
def test_what_cannot_be_done_is_answered_with_the_reason(curator: Curator) -> None:
    curator.tell("one", b"draw!")
    assert "JSON" in curator.answers.get(timeout=10)["sentence"]
    curator.tell("one", {"command": "draw", "id": "late", "expires": time.time() - 9})
    answer = curator.answers.get(timeout=10)
    assert answer["ok"] is False
    assert answer["id"] == "late"
    curator.tell("one", {"command": "draw", "id": "x", "expires": soon(), "class": "gryphon"})
    assert "gryphon" in curator.answers.get(timeout=10)["sentence"]


def test_a_command_that_was_left_lying_at_the_broker_is_not_followed(
    curator: Curator, broker: RealBroker, studio: Any
) -> None:
    curator.tell("one", {"command": "draw", "id": "old", "expires": soon()}, retain=True)
    curator.wait(lambda told: "catplotter/one/command" in told)
    made = Member(studio, place(broker.port), every_s=0.05)
    made.start()
    curator.wait(lambda told: "catplotter/one/state" in told)
    curator.tell("one", {"command": "draw", "id": "new", "expires": soon()})
    assert curator.answers.get(timeout=10)["id"] == "new"
    assert len(studio.jobs.latest()) == 1
    made.close()


@pytest.mark.usefixtures("member")
def test_a_stop_is_told_and_holds_until_it_is_let_go_on(curator: Curator, studio: Any) -> None:
    def stopped(told: dict[str, Any]) -> bool:
        return told["catplotter/one/state"]["stopped"] is True

    curator.tell("one", {"command": "stop", "id": "s", "expires": soon()})
    answer = curator.answers.get(timeout=10)
    assert answer["ok"]
    assert answer["sentence"].endswith("Nothing begins until the staff let it go on.")
    curator.wait(stopped)
    state = curator.retained["catplotter/one/state"]
    assert state["shown"] == "stopped"
    assert state["sentence"].startswith("Stopped by the fleet (MQTT).")
    curator.tell("one", {"command": "resume", "id": "r", "expires": soon()})
    assert curator.answers.get(timeout=10)["ok"]
    curator.wait(lambda told: not stopped(told))


def test_leaving_is_told(curator: Curator, member: Member) -> None:
    curator.wait(lambda told: told.get("catplotter/one/availability") == "online")
    member.close()
    curator.wait(lambda told: told["catplotter/one/availability"] == "offline")


@pytest.mark.usefixtures("member")
def test_it_comes_back_when_the_broker_does(
    broker: RealBroker, curator: Curator, studio: Any
) -> None:
    broker.kill()
    studio.jobs.request(Request("button"))  # the plotter goes on meanwhile
    broker.start()
    # What a broker had not yet written down when it was killed is lost: the sender insists.
    assert curator.insist("one", {"command": "draw", "id": "back", "expires": soon()})["ok"]
    assert len(studio.jobs.latest()) == 2


def test_without_a_broker_nothing_else_stops(studio: Any) -> None:
    made = Member(studio, place(9))
    made.start()
    studio.jobs.request(Request("button"))
    made.close()
    assert len(studio.jobs.latest()) == 1
