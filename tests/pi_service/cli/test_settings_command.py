"""A setting is declared once: option, variable, API and page follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click
import pytest
from click.testing import CliRunner

from pi_service.__main__ import cli
from pi_service.cli.serve import serve, settings
from pi_service.cli.serve_options import configuration, listed, settings_options
from pi_service.service import ServiceSettings
from pi_service.studio.core.settings import LongPress, StudioSettings, declared, setting
from pi_service.variables import name_variables
from pi_service.web.access import VisitorLimits


@dataclass(frozen=True)
class Toy:
    """A part with settings of every kind."""

    ink_ml: float = setting(2.5, "How much ink.", unit="ml", least=0, most=9, option="ink")
    pins: tuple[int, ...] = setting((), "Which pins.", least=0, most=27)
    proxy: str | None = setting(None, "Who is believed.")
    caption: bool = setting(True, "Whether it is signed.", secondary="no-caption")
    press: LongPress = setting(LongPress.AUTO, "What a press means.")


def toy(found: dict[str, Any]) -> click.Command:
    """A command that notes what it was given, and how that is listed."""

    @click.command()
    @settings_options(Toy, "toy")
    def command(toy: dict[str, Any]) -> None:
        found["toy"] = Toy(**toy)
        found["listed"] = {each["name"]: each for each in listed(click.get_current_context())}

    name_variables(command, "CATPLOTTER_SERVE")
    return command


def test_a_declared_setting_is_an_option_a_variable_and_listed() -> None:
    found: dict[str, Any] = {}
    command = toy(found)
    words = ["--ink", "3", "--pins", "4", "--pins", "5", "--no-caption"]
    done = CliRunner().invoke(command, words, env={"CATPLOTTER_SERVE_PRESS": "stop"})
    assert done.exit_code == 0, done.output
    assert found["toy"] == Toy(3.0, (4, 5), None, False, LongPress.STOP)
    assert found["listed"]["ink"] == {
        "name": "ink",
        "variable": "CATPLOTTER_SERVE_INK",
        "value": 3.0,
        "default": 2.5,
        "unit": "ml",
        "minimum": 0,
        "maximum": 9,
        "choices": [],
        "help": "How much ink.",
        "source": "command line",
    }
    choices = ["auto", "stop", "sheet", "approve", "nothing"]
    assert found["listed"]["press"]["choices"] == choices
    assert found["listed"]["press"]["source"] == "file"
    assert found["listed"]["proxy"]["value"] is None
    assert found["listed"]["proxy"]["source"] == "default"


def test_a_value_out_of_its_range_is_refused_in_a_sentence() -> None:
    done = CliRunner().invoke(toy({}), ["--ink", "10"])
    assert done.exit_code == 2
    assert "--ink" in done.output
    assert "0<=x<=9" in done.output


def test_the_configuration_file_explains_every_setting() -> None:
    text = configuration(toy({}))
    assert "# How much ink. In ml.\n#CATPLOTTER_SERVE_INK=2.5\n" in text
    assert "#CATPLOTTER_SERVE_CAPTION=1\n" in text
    assert "#CATPLOTTER_SERVE_PROXY=\n" in text


@pytest.mark.parametrize("kind", [StudioSettings, ServiceSettings, VisitorLimits])
def test_every_setting_of_the_house_is_served(kind: type) -> None:
    options = {max(each.opts, key=len).lstrip("-") for each in serve.params}
    names = {about.option or name for name, about in declared(kind).items()}
    assert names
    assert {name.replace("_", "-") for name in names} <= options


def test_the_command_prints_what_a_shell_can_read() -> None:
    text = CliRunner().invoke(settings).output
    assert all(line[:1] in ("#", "") for line in text.splitlines())
    assert "#CATPLOTTER_SERVE_PEN_METRES=400\n" in text
    assert "Sentinel" not in text


def test_a_pair_is_one_value() -> None:
    with serve.make_context("serve", ["--grid", "3x4", "--light-pin", "5"]) as context:
        found = {each["name"]: each for each in listed(context)}
    assert (found["grid"]["value"], found["grid"]["default"]) == ("3x4", "2x3")
    assert found["light-pin"]["value"] == [5]


@pytest.mark.parametrize("variable", ["CATPLOTTER_DRAW_MODEL", "CATPLOTTER_DRAW_MODEL_PATH"])
def test_the_variable_of_every_option_bears_its_name(variable: str) -> None:
    """The second one is of before 0.5.0."""
    env = {variable: "nowhere.safetensors"}
    done = CliRunner().invoke(cli, ["draw"], env=env, auto_envvar_prefix="CATPLOTTER")
    assert done.exit_code != 0
    assert "nowhere.safetensors" in done.output


def test_so_do_those_of_commands_within_others() -> None:
    group = cli.get_command(click.Context(cli), "machine")
    assert isinstance(group, click.Group)
    options = {option.name: option for option in group.commands["restore"].params}
    assert options["profile_name"].envvar == "CATPLOTTER_MACHINE_RESTORE_PROFILE"
