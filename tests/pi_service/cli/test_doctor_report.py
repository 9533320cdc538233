"""The doctor: what it finds on a computer in a folder; no secret gets into its reports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from firmware_gcode.facts import Fact, fact, sentence
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from pi_service.__main__ import cli
from pi_service.cli.doctor_checks import DAY_S, Finding, HostChecks
from pi_service.cli.doctor_report import GONE, clean, report
from pi_service.studio.access.tokens import LocalKey, new_token, write_secret

NOW = 1_795_000_000.0
NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing answers


def computer(
    root: Path,
    said: Mapping[str, str] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    now: float = NOW,
) -> HostChecks:
    """A computer in a folder, whose commands print what is given for their first words."""

    def ask(command: Sequence[str]) -> str | None:
        line = " ".join(command)
        return next((v for k, v in (said or {}).items() if line.startswith(k)), None)

    return HostChecks(root / "data", root, environ or {}, lambda: now, ask)


def found(machine: HostChecks) -> dict[str, Finding]:
    return {finding.name: finding for finding in machine.findings()}


def test_a_computer_without_pins_is_well(tmp_path: Path) -> None:
    seen = found(computer(tmp_path))
    assert set(seen) >= {"python", "gpio", "groups", "clock", "disk", "name", "systemd"}
    assert seen["gpio"].ok
    assert seen["python"].ok
    assert "sudo make install" in seen["systemd"].text


def test_pins_without_their_library_are_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/gpiochip0").touch()
    seen = found(computer(tmp_path, environ={"GPIOZERO_PIN_FACTORY": "no_such_library"}))
    assert not seen["gpio"].ok
    assert "python3-lgpio" in seen["gpio"].text


def test_a_pi_that_shows_no_pins_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_text("Raspberry Pi 5 Model B\0")
    seen = found(computer(tmp_path))
    assert not seen["gpio"].ok
    assert "Raspberry Pi 5 Model B;" in seen["gpio"].text


def test_a_clock_that_was_never_set(tmp_path: Path) -> None:
    assert not found(computer(tmp_path, now=1000.0))["clock"].ok
    kept = computer(tmp_path, {"timedatectl show": "yes\n"})
    assert "kept by the network" in found(kept)["clock"].text


def test_the_unit_and_what_its_timers_start(tmp_path: Path) -> None:
    unit = tmp_path / "etc/systemd/system/catplotter.service"
    unit.parent.mkdir(parents=True)
    unit.touch()
    state = "ActiveState=failed\nSubState=failed\nNRestarts=3\n"
    said = {
        "systemctl show catplotter.service": state,
        "systemctl show catplotter-backup.service": "Result=exit-code\n",
    }
    findings = [f for f in computer(tmp_path, said).findings() if f.name == "systemd"]
    assert [f.ok for f in findings] == [False, False]
    assert "journalctl -u catplotter -n 50" in findings[0].text
    assert "catplotter-backup.service failed" in findings[1].text


def test_backups_that_have_stopped_are_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "data/backups"
    folder.mkdir(parents=True)
    backup = folder / "catplotter-20261101-040000.tar.gz"
    backup.touch()
    made = backup.stat().st_mtime
    assert found(computer(tmp_path, now=made + DAY_S))["backups"].ok
    assert not found(computer(tmp_path, now=made + 9 * DAY_S))["backups"].ok


def test_a_report_holds_no_secret(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    token, local, key = new_token(), new_token(), f"catplotter_{new_token()}"
    write_secret(data / "setup.token", token)
    LocalKey(8080, local).write(data)
    conf = tmp_path / "etc/catplotter.conf"
    conf.parent.mkdir()
    conf.write_text(
        "CATPLOTTER_MQTT_PASSWORD='seeded-one'\nCATPLOTTER_PAPER=A5\n"
        "CATPLOTTER_SERVE_MQTT_USER=seeded-user\n"
    )
    log = (
        f"set a password at http://pi.local:8080/login?token={token}\n"
        f"connected to mqtt://anna:seeded-two@broker with seeded-one as seeded-user\n"
        f"Authorization: Bearer {local}\nCookie: session={new_token()}\n"
        f"key {key} was refused\nthe pen is up\n"
    )
    text = report(
        [Finding("service", True, f"It answers; {key}.")],
        data=data,
        environ={"CATPLOTTER_API_KEY": key, "HOME": "/home/anna"},
        ask=lambda command: log if command[0] == "journalctl" else "Linux",
        root=tmp_path,
    )
    for secret in (token, local, key, "seeded-one", "seeded-two", "seeded-user", "/home/anna"):
        assert secret not in text
    assert "CATPLOTTER_PAPER=A5" in text
    assert f"CATPLOTTER_MQTT_PASSWORD={GONE}" in text
    assert "the pen is up" in text


@pytest.mark.parametrize(
    "line",
    ["password=hunter2", 'password: "hunter2"', "?token=hunter2&x=1", "Bearer hunter2"],
)
def test_what_looks_like_a_secret_goes(line: str) -> None:
    assert "hunter2" not in clean(line, [])


def test_plain_sentences_stay_as_they_are() -> None:
    said = "The machine has moved 12 keys of paper; journalctl -u catplotter -n 50 says why."
    assert clean(said, ["", "the"]) == said


def test_the_command_writes_the_report_and_looks_at_the_machine(tmp_path: Path) -> None:
    profile = Profile.load("simulated")
    with PtyMachine(settings=profile.grbl, speed=50) as machine:
        words = ["doctor", "--url", NOWHERE, "--data", str(tmp_path), "--json"]
        words += ["--profile", "simulated", "--port", machine.port]
        words += ["--report", str(tmp_path / "report.txt")]
        done = CliRunner().invoke(cli, words)
    seen = {each["name"]: each for each in json.loads(done.output.splitlines()[-1])}
    assert done.exit_code == 1
    assert not seen["service"]["ok"]
    assert seen["firmware"]["ok"], seen["firmware"]
    assert seen["firmware"]["text"].startswith("GRBL 1.1")
    assert "What was found" in (tmp_path / "report.txt").read_text()
    assert machine.ink == []


def test_settings_that_are_not_the_profiles_are_named(tmp_path: Path) -> None:
    profile = Profile.load("simulated")
    with PtyMachine(settings={**profile.grbl, "$110": 123.0}, speed=50) as machine:
        words = ["doctor", "--url", NOWHERE, "--data", str(tmp_path), "--json"]
        words += ["--profile", "simulated", "--port", machine.port]
        done = CliRunner().invoke(cli, words)
    seen = {each["name"]: each for each in json.loads(done.output.splitlines()[-1])}
    assert not seen["firmware"]["ok"]
    assert "$110" in seen["firmware"]["text"]


def test_the_clock_is_not_called_right_where_the_schedule_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsure = fact("schedule-waits", why=fact("clock-unsure", minutes=15))
    well = {"name": "clock", "ok": True, "text": "All is well.", "fact": {"params": {}}}
    problems: list[Fact] = []

    def ask(_: str, path: str) -> dict[str, Any]:
        if path == "preflight":
            return {"checks": [well]}
        if path != "state":
            raise click.ClickException("Not asked.")
        facts = [each.as_dict() for each in problems]
        return {"problems": [sentence(each) for each in problems], "problem_facts": facts}

    monkeypatch.setattr("pi_service.cli.doctor.ask", ask)

    def clocks() -> list[tuple[bool, str]]:
        done = CliRunner().invoke(cli, ["doctor", "--json", "--data", str(tmp_path)])
        said = json.loads(done.stdout)
        return [(each["ok"], each["text"]) for each in said if each["name"] == "clock"]

    ((ok, text),) = clocks()
    assert ok
    assert text.startswith("It is ")
    problems.append(unsure)
    assert clocks() == [(False, sentence(unsure))]
