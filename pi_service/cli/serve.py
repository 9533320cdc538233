"""`catplotter serve`: the service that stands beside the plotter."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from firmware_gcode.drawing.layout import LayoutError
from firmware_gcode.drawing.paper import Paper, PaperError
from firmware_gcode.grbl.finder import PlotterFinder
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.profile_fields import ProfileError
from pi_service.cli.options import (
    address,
    check_port,
    data_folder,
    grid_option,
    model_option,
    paper_options,
    sentences,
    wait_for_signal,
)
from pi_service.cli.serve_options import (
    configuration,
    fleet_options,
    listed,
    settings_options,
)
from pi_service.cli.terminal import greet, press_on_enter, tell
from pi_service.service import Service, ServiceConfig, ServiceSettings
from pi_service.studio.calendar.clock import ClockSigns
from pi_service.studio.core.settings import StudioSettings
from pi_service.systemd import notify, start_logging
from pi_service.variables import name_variables
from pi_service.web.access import VisitorLimits

if TYPE_CHECKING:
    from gpiozero.pins.mock import MockFactory

    from pi_service.fleet.membership import Membership


logger = logging.getLogger(__name__)
CAMERA_LOGIN = "CATPLOTTER_CAMERA_LOGIN"
"""No option: everybody can read a command line."""
EXPECTED = (LayoutError, PaperError, ProfileError, OSError)


@click.command()
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=data_folder,
    show_default="~/.local/state/catplotter",
    help="The folder that keeps jobs and drawings.",
)
@click.option(
    "--listen",
    default="127.0.0.1:8080",
    show_default=True,
    metavar="HOST:PORT",
    help="Where to serve the page; 0.0.0.0:8080 opens it to the whole network.",
)
@click.option(
    "--port",
    help="The plotter's serial port, or socket://HOST:PORT of one on the network; without it, "
    "the first one found.",
)
@click.option(
    "--profile",
    "profile_name",
    envvar="CATPLOTTER_SERVE_PROFILE",
    help="The machine: z-pen, servo-pen, simulated, or a TOML file. A real plotter is used "
    "only if you name its profile.",
)
@paper_options
@grid_option("2x3", "How many drawings share a sheet.")
@model_option
@click.option(
    "--simulate-missing",
    is_flag=True,
    help="Simulate the plotter unless a profile is named, and the button if there is no GPIO.",
)
@settings_options(ServiceSettings, "parts")
@settings_options(StudioSettings, "studio")
@settings_options(VisitorLimits, "visitors")
@fleet_options
@sentences(*EXPECTED)
def serve(
    *,
    data: Path,
    listen: str,
    port: str | None,
    profile_name: str | None,
    paper_size: str,
    margin: float,
    landscape: bool,
    cells: tuple[int, int],
    model_path: Path,
    simulate_missing: bool,
    parts: dict[str, Any],
    studio: dict[str, Any],
    visitors: dict[str, Any],
    fleet: Membership | None,
) -> None:
    """Run the gallery: button and schedule, the page, the plotter."""
    start_logging()
    os.umask(0o077)  # what it keeps is nobody else's
    check_port(port)
    simulated = _simulated(port, profile_name, simulate_missing=simulate_missing)
    pins = _mock_pins() if simulate_missing and not Path("/dev/gpiochip0").exists() else None
    _check_light(parts["light_pin"])
    parts["prefix"] = _prefix(parts["prefix"])
    host, http_port = address(listen)
    config = ServiceConfig(
        data=data,
        profile=Profile.load(profile_name or "simulated"),
        profile_file=_file(profile_name),
        paper=Paper.named(paper_size, landscape=landscape, margin=margin),
        find_port=None if simulated else PlotterFinder(port),
        model=model_path,
        host=host,
        http_port=http_port,
        pin_factory=pins,
        signs=ClockSigns(),
        fleet=fleet,
        camera_login=os.environ.get(CAMERA_LOGIN),
        visitors=VisitorLimits(**visitors),
        settings=StudioSettings(columns=cells[0], rows=cells[1], **studio),
        listed=listed(click.get_current_context()),
        **parts,
    )
    end = wait_for_signal()
    while _run(config, pins, end):
        click.echo("The service begins anew.")


name_variables(serve, "CATPLOTTER_SERVE")


@click.command()
def settings() -> None:
    """Print a configuration file with every setting of the service, explained."""
    click.echo(configuration(serve), nl=False)


def _file(profile: str | None) -> Path | None:
    """The person's own file; None for a profile that comes with catplotter."""
    if profile is None or profile in Profile.shipped():
        return None
    return Path(profile).expanduser()


def _check_light(pins: tuple[int, ...]) -> None:
    if len(pins) not in {0, 1, 3}:
        raise click.UsageError(
            "--light-pin is given once, or three times for red, green, blue."
        )


def _prefix(path: str) -> str:
    """A prefix as ``/cats``, however many slashes it was given with."""
    names = [name for name in path.split("/") if name]
    if not all(re.fullmatch(r"[\w~-][\w.~-]*", name) for name in names):
        raise click.UsageError(f"--prefix {path} is no path, such as /cats.")
    return "".join(f"/{name}" for name in names)


def _simulated(port: str | None, profile: str | None, *, simulate_missing: bool) -> bool:
    """Whether the plotter is simulated; a person must have said so, or named the real one."""
    if profile is not None:
        return False
    if port:
        raise click.UsageError("Say which machine is at the port, such as --profile z-pen.")
    if not simulate_missing:
        raise click.UsageError(
            "Name the plotter's profile, for example --profile z-pen, "
            "or try everything without hardware: --simulate-missing."
        )
    return True


MENDED_S = 1.0
"""How often it is seen whether a lost database is there again, or a backup is put back."""


def _run(config: ServiceConfig, pins: MockFactory | None, end: threading.Event) -> bool:
    """Serve until SIGTERM, SIGHUP or Ctrl-C, or (True) until it is to begin anew."""
    again = _serve(config, pins, end)
    if again is None:
        return False
    try:
        again()
    except OSError as error:  # what was there before is there still
        logger.warning("%s", error)
    return True


def _serve(
    config: ServiceConfig, pins: MockFactory | None, end: threading.Event
) -> Callable[[], object] | None:
    """Serve; what is to be done before it begins anew, or None where it ends for good."""
    with Service(config) as service:
        greet(service, simulated_button=pins is not None)
        if pins is not None and config.button_pin is not None:
            threading.Thread(
                target=press_on_enter, args=(pins, config.button_pin), daemon=True
            ).start()
        threading.Thread(target=tell, args=(service,), daemon=True).start()
        notify("READY=1")
        while not end.wait(MENDED_S):
            if service.anew is not None:
                return service.anew
            if service.mended():
                return bool  # nothing is left to be done
        notify("STOPPING=1")
        with suppress(OSError):  # the terminal may be closed
            click.echo("Stopping: the pen goes up first.")
        return None


def _mock_pins() -> MockFactory:
    from gpiozero.pins.mock import MockFactory  # noqa: PLC0415 - the simulated button only

    return MockFactory()
