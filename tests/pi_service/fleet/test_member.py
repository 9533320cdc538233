"""A plotter and a real broker: what is told, what is done, and who comes back."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from firmware_gcode.facts import Fact
from pi_service.fleet.claim import Claim, Held
from pi_service.fleet.member import Member
from pi_service.fleet.membership import Membership, Topics
from pi_service.studio.core.errors import StudioError
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


class Problems(list[str]):
    """Notes what the page would show."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, str] = {}

    def report(self, part: str, told: Fact | None) -> None:
        self.told.pop(part, None)
        if told is not None:
            self.told[part] = str(told)


class NextRun:
    """A calendar with one run to come."""

    def next_run(self) -> str:
        return "2026-11-23T14:00:00+01:00"


@pytest.fixture
def studio() -> Iterator[Any]:
    fake: Any = FakeStudio()
    fake.calendar = NextRun()
    fake.problems = Problems()
    yield fake
    fake.events.close()


@pytest.fixture
def member(broker: RealBroker, studio: Any, curator: Curator) -> Iterator[Member]:
    """A plotter that the broker knows."""
    made = Member(studio, place(broker.port), every_s=0.05, claim_s=0.2)
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


class Desk:
    """Visitors' drawings 1 and 2 wait."""

    def __init__(self) -> None:
        self.refused: list[int | None] = []

    def approve(self, number: int | None) -> Any:
        if number not in {None, 1, 2}:
            raise StudioError("approval-gone", number=number)
        return SimpleNamespace(id=10 + (number or 1))

    def refuse(self, number: int | None) -> None:
        self.refused.append(number)


@pytest.mark.usefixtures("member")
def test_the_hall_says_yes_and_no_to_visitors_drawings(curator: Curator, studio: Any) -> None:
    studio.approvals = Desk()
    curator.tell("one", {"command": "approve", "id": "a", "expires": soon(), "approval": 2})
    assert curator.answers.get(timeout=10)["job"] == 12
    curator.tell("one", {"command": "refuse", "id": "r", "expires": soon()})
    assert curator.answers.get(timeout=10)["ok"] is True
    assert studio.approvals.refused == [None]
    curator.tell("one", {"command": "approve", "id": "g", "expires": soon(), "approval": 9})
    assert curator.answers.get(timeout=10)["fact"]["code"] == "approval-gone"


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
    made = Member(studio, place(broker.port), every_s=0.05, claim_s=0.2)
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


def eventually(condition: Callable[[], object], within_s: float = 10.0) -> None:
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def trouble(studio: Any, membership: Membership) -> str:
    """What the page shows of the fleet, once it does."""
    studio.problems.told.clear()
    made = Member(studio, membership, every_s=0.05, claim_s=0.2)
    made.start()
    try:
        eventually(lambda: "fleet" in studio.problems.told)
        return str(studio.problems.told["fleet"])
    finally:
        made.close()


def test_a_broker_that_is_not_there_is_told(studio: Any) -> None:
    assert "No MQTT broker listens at 127.0.0.1, port 9." in trouble(studio, place(9))
    unknown = replace(place(9), host="broker.invalid")
    assert "broker.invalid is not known" in trouble(studio, unknown)


def test_a_wrong_password_is_told(tmp_path: Path, studio: Any) -> None:
    words = ["mosquitto_passwd", "-b", "-c", str(tmp_path / "users"), "plotter", "right"]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("mosquitto_passwd is not installed")
    (tmp_path / "users").chmod(0o644)
    with RealBroker(
        tmp_path, more=f"password_file {tmp_path}/users\n", anybody=False
    ) as broker:
        wrong = replace(place(broker.port), user="plotter", password="no")  # noqa: S106
        assert "does not take our user and password" in trouble(studio, wrong)
        well = replace(wrong, password="right")  # noqa: S106
        right = Member(studio, well, every_s=0.05, claim_s=0.2)
        right.start()
        eventually(lambda: "fleet" not in studio.problems.told)
        right.close()


@pytest.mark.filterwarnings("ignore:.*ssl.SSLSocket")  # paho leaves it to be collected
def test_what_one_side_encrypts_and_the_other_does_not_is_told(
    tmp_path: Path, broker: RealBroker, studio: Any
) -> None:
    assert "does not speak TLS" in trouble(studio, replace(place(broker.port), tls=True))
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other"]
    made += ["-keyout", f"{tmp_path}/key", "-out", f"{tmp_path}/cert"]
    try:
        subprocess.run(made, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    (tmp_path / "key").chmod(0o644)
    more = f"certfile {tmp_path}/cert\nkeyfile {tmp_path}/key\n"
    (tmp_path / "tls").mkdir()
    with RealBroker(tmp_path / "tls", more=more) as tls:
        assert "hangs up at once" in trouble(studio, place(tls.port))
        assert "is not trusted" in trouble(studio, replace(place(tls.port), tls=True))


def test_two_of_one_name_do_not_throw_each_other_out(
    broker: RealBroker, curator: Curator, tmp_path: Path
) -> None:
    def plotter(folder: str) -> tuple[Any, Member]:
        fake: Any = FakeStudio()
        fake.calendar, fake.problems = NextRun(), Problems()
        memory = tmp_path / folder
        return fake, Member(
            fake, replace(place(broker.port), memory=memory), every_s=0.05, claim_s=0.2
        )

    (first, one), (second, two) = plotter("x"), plotter("y")
    one.start()
    curator.wait(lambda told: told.get("catplotter/one/availability") == "online")
    two.start()
    eventually(lambda: "is called one at the MQTT broker already" in str(second.problems.told))
    eventually(lambda: "wants to be called one" in str(first.problems.told))
    curator.tell("one", {"command": "draw", "id": "42", "expires": soon()})
    curator.answers.get(timeout=10)
    assert (len(first.jobs.latest()), len(second.jobs.latest())) == (1, 0)
    two._client._sock_close()  # its last will says that the name is offline
    curator.wait(lambda told: told.get("catplotter/one/availability") == "online")
    for fake, member in ((first, one), (second, two)):
        member.close()
        fake.events.close()


def test_who_stands_back_takes_the_name_when_it_is_free() -> None:
    now, said = [0.0], list[str]()
    claim = Claim("b", said.append, lambda: now[0], wait_s=1.0)
    claim.ask()
    assert claim.hear(b'{"mark": "z", "held": true}')
    assert (claim.held, claim.contested) == (Held.TAKEN, True)
    now[0] = 31.0
    assert not claim.look()
    now[0] = 33.0
    assert claim.look()
    assert not claim.hear(b'{"mark": "a", "held": false}')
    assert said[-1] == '{"mark": "b", "held": true}'
    now[0] = 200.0
    assert not claim.contested


@pytest.mark.parametrize(("mine", "ours"), [("a", True), ("c", False)])
def test_of_two_that_come_together_one_has_the_name(mine: str, ours: bool) -> None:
    now = [0.0]
    claim = Claim(mine, lambda _: None, lambda: now[0], wait_s=1.0)
    claim.ask()
    claim.hear(b'{"mark": "b", "held": false}')
    now[0] = 2.0
    assert claim.look() is ours
    assert not claim.hear(b"nonsense")


def test_a_plotter_with_a_new_name_takes_its_old_device_away(
    broker: RealBroker, curator: Curator, studio: Any, tmp_path: Path
) -> None:
    old = replace(place(broker.port), memory=tmp_path / "name")
    member = Member(studio, old, every_s=0.05, claim_s=0.2)
    member.start()
    curator.wait(lambda told: "catplotter/one/state" in told)
    member.close()
    new = replace(old, topics=Topics("two"))
    member = Member(studio, new, every_s=0.05, claim_s=0.2)
    member.start()
    curator.wait(lambda told: "catplotter/two/state" in told)
    curator.wait(lambda told: told["homeassistant/device/catplotter_one/config"] == "")
    curator.wait(
        lambda told: {told[f"catplotter/one/{n}"] for n in ("state", "availability")} == {""}
    )
    member.close()
