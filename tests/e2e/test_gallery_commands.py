"""The gallery from the command line: every command against a running service."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.__main__ import cli
from pi_service.service import Service, ServiceConfig
from pi_service.studio.core.settings import StudioSettings
from tests.pi_service.studio.gallery import eventually


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def service(folder: Path, plain_model: Path) -> Iterator[Service]:
    config = ServiceConfig(
        data=folder,
        profile=Profile.load("simulated"),
        paper=Paper.named("A5"),
        find_port=None,
        model=plain_model,
        speed=200.0,
        http_port=0,
        button_pin=None,
        settings=StudioSettings(columns=3, rows=3, caption=True),
    )
    with Service(config) as running:
        yield running


class Terminal:
    """Types commands on the service's machine; the service's address is added."""

    def __init__(self, service: Service, folder: Path) -> None:
        self.service = service
        self.url = service.web.url
        self.environment = {"CATPLOTTER_DATA": str(folder)}

    def type(self, *words: str) -> Result:
        return CliRunner(env=self.environment).invoke(cli, [*words, "--url", self.url])

    def said(self, *words: str) -> str:
        result = self.type(*words)
        assert result.exit_code == 0, result.output
        return result.output

    def drawn(self, *words: str) -> int:
        """Ask for a drawing with a command, and wait until it is done; gives the job."""
        job = int(self.said(*words).split(":")[0].removeprefix("Job "))
        eventually(lambda: self.service.studio.jobs.get(job).state == "done", timeout=60)
        return job


@pytest.fixture
def terminal(service: Service, folder: Path) -> Terminal:
    return Terminal(service, folder)


def test_a_request_is_drawn_and_found_in_the_history(terminal: Terminal) -> None:
    job = terminal.drawn("request", "--seed", "7", "--size", "30")
    shown = terminal.said("history", "--number", "7")
    assert f"{job}  No. " in shown
    assert "by cli" in shown
    assert "seed 7" in shown
    assert "Nothing was drawn" in terminal.said("history", "--class", "owl")
    again = terminal.drawn("history", "again", str(job), "--size", "20")
    found = terminal.service.studio.jobs.get(again)
    assert (found.seed, found.again_of, found.size_mm) == (7, job, 20.0)


def test_favourites_days_and_deleting(terminal: Terminal) -> None:
    job = terminal.drawn("request")
    assert "a favourite" in terminal.said("history", "favourite", str(job))
    assert f"*{job:>6}" in terminal.said("history", "--favourites")
    assert "no favourite" in terminal.said("history", "favourite", str(job), "--not")
    assert "in all" in terminal.said("history", "days", "--days", "2")
    terminal.said("history", "delete", str(job))
    result = terminal.type("history", "delete", str(job))
    assert result.exit_code == 1
    assert "it was deleted" in result.output


def test_jobs_wait_pause_and_are_taken_out(terminal: Terminal) -> None:
    assert "no drawing" in terminal.type("pause").output.lower() or (
        terminal.type("pause").exit_code == 1
    )
    terminal.said("hours", "set", "daily", "closed")
    terminal.said("request", "--seed", "99")
    shown = terminal.said("jobs")
    assert "cat" in shown
    number = shown.split()[0]
    assert "cancelled" in terminal.said("jobs", "cancel", number)
    assert "Nothing is drawn" in terminal.said("jobs")
    assert terminal.type("jobs", "finish", number).exit_code == 1
    terminal.said("hours", "set", "daily", "0:00-24:00")


def test_it_is_stopped_gone_on_with_and_drawn_from_a_stroke(terminal: Terminal) -> None:
    studio = terminal.service.studio
    eventually(lambda: studio.machine.link.state.value == "ready", timeout=60)
    said = terminal.said("stop")
    assert said == "Nothing was moving. Nothing begins until the staff let it go on.\n"
    assert "a command on the plotter’s computer" in terminal.said("status")
    terminal.said("resume")
    job = terminal.drawn("request", "--seed", "7", "--size", "30")
    assert "from which stroke" in terminal.type("jobs", "finish", str(job)).output
    terminal.said("jobs", "finish", str(job), "--from", "2")
    eventually(lambda: studio.jobs.get(job).state == "done", timeout=60)
    assert "Nothing is being drawn" in terminal.type("feed", "50").output


def test_hours_are_set_by_day_date_and_quiet_time(terminal: Terminal) -> None:
    shown = terminal.said("hours", "set", "tue-fri", "10:00-12:00", "14:00-18:00")
    assert "wed  10:00-12:00, 14:00-18:00" in shown
    assert "2026-12-25  closed" in terminal.said("hours", "set", "2026-12-25", "closed")
    assert "2026-12-25  10:00-12:00" in terminal.said(
        "hours", "set", "2026-12-25", "10:00-12:00"
    )
    assert "quiet: sun 10:00-11:00" in terminal.said("hours", "quiet", "sun 10:00-11:00")
    assert "quiet" not in terminal.said("hours", "quiet")
    assert "cannot be understood" in terminal.type("hours", "set", "mon", "noon").output
    assert "is no day" in terminal.type("hours", "set", "someday", "10:00-11:00").output
    assert "tue  10:00-12:00" in terminal.said("hours")
    terminal.said("hours", "set", "daily", "0:00-24:00")


def test_rules_rest_and_go_on_and_their_runs_are_shown(terminal: Terminal) -> None:
    number = terminal.said("schedule", "add", "daily at 14:00", "--catch-up", "30").split()[1]
    number = number.rstrip(":")
    assert "rests" in terminal.said("schedule", "pause", number)
    assert "(rests)" in terminal.said("schedule", "list")
    terminal.said("schedule", "resume", number)
    assert "(rests)" not in terminal.said("schedule", "list")
    terminal.said("schedule", "runs")
    assert terminal.service.studio.calendar.entries()[0].catch_up_minutes == 30
    terminal.said("schedule", "remove", number)
    assert "no schedule" in terminal.type("schedule", "pause", "4711").output


def test_paper_and_pen(terminal: Terminal) -> None:
    new = terminal.said("paper", "new", "--grid", "2x2", "--no-caption")
    assert "2 x 2 cells, 4 of 4 free." in new
    assert "148 x 210 mm" in terminal.said("paper")
    assert "3 x 3 cells" in terminal.said("paper", "new")
    assert "of about 250 m" in terminal.said("pen", "new", "--metres", "250")
    assert "of about 250 m" in terminal.said("pen")
    assert "not near its end" in terminal.type("pen", "keep").output
    assert "is not COLUMNSxROWS" in terminal.type("paper", "new", "--grid", "many").output
    assert "cannot be divided" in terminal.type("paper", "new", "--grid", "99x99").output


def test_everything_is_taken_away(terminal: Terminal, tmp_path: Path) -> None:
    terminal.drawn("request", "--seed", "11")
    target = tmp_path / "cats.zip"
    terminal.said("export", "-o", str(target))
    with zipfile.ZipFile(target) as found:
        assert found.testzip() is None
        assert any("seed-11" in name for name in found.namelist())
    terminal.said("export", "-o", str(tmp_path / "jobs.csv"))
    with (tmp_path / "jobs.csv").open(newline="") as file:
        assert "11" in [row["seed"] for row in csv.DictReader(file)]
    assert terminal.type("export", "-o", "cats.rar").exit_code == 2


def test_the_doctor_looks_at_everything(terminal: Terminal, tmp_path: Path) -> None:
    shown = terminal.type("doctor", "--data", str(tmp_path)).output
    for name in ("service", "machine", "paper", "pen", "disk", "model file", "database"):
        assert name in shown
    found = json.loads(terminal.type("doctor", "--json").output)
    assert {"service", "hours"} <= {finding["name"] for finding in found if finding["ok"]}
    (tmp_path / "catplotter.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    sick = terminal.type("doctor", "--data", str(tmp_path))
    assert sick.exit_code == 1
    assert "is damaged" in sick.output
    alone = CliRunner().invoke(cli, ["doctor", "--url", "http://127.0.0.1:1"])
    assert "LOOK  service" in alone.output


def test_status_and_log_tell_of_paper_and_pen(terminal: Terminal) -> None:
    said = terminal.said("status")
    assert "Paper:" in said
    assert "Pen:" in said
    eventually(lambda: "on the bed" in terminal.said("history", "log"))
