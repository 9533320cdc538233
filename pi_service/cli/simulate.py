"""`catplotter simulate`: a GRBL machine that is not there, for any G-code sender."""

from __future__ import annotations

import gc
from pathlib import Path

import click

from firmware_gcode.facts import CodedError
from firmware_gcode.grbl.dialects.registry import BY_KEY
from firmware_gcode.grbl.simulator.ink import ink_svg
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from pi_service.cli.options import (
    INPUT,
    OUTPUT,
    address,
    read_settings,
    sentences,
    wait_for_signal,
    write_file,
)

LOOK_SECONDS = 1.0
"""Between two looks whether there is new ink to be written."""


@click.command()
@click.option(
    "--port",
    type=click.Path(path_type=Path),
    help="A link to the port, such as /tmp/plotter; by default the port is only named.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0.01, 1000),
    default=1.0,
    show_default=True,
    help="How many times faster than real time it moves.",
)
@click.option(
    "--profile",
    "profile_name",
    default="simulated",
    show_default=True,
    help="The machine: its settings, and when its pen is down.",
)
@click.option(
    "--settings",
    "settings_path",
    type=INPUT,
    help="GRBL's settings as JSON, such as {\"$110\": 6000}; else the profile's.",
)
@click.option(
    "--eeprom",
    type=OUTPUT,
    help="A file that keeps the EEPROM over restarts.",
)
@click.option(
    "--ink",
    type=OUTPUT,
    help="Write what the pen has drawn to this SVG, once a second and at the end.",
)
@click.option(
    "--control",
    type=click.Path(path_type=Path),
    help="A unix socket that takes a command a line: pins, power, plug, faults; try `help`.",
)
@click.option(
    "--reset-on-open",
    is_flag=True,
    help="Opening the port resets the board, and its boot loader eats what is sent for a "
    "second, as on an Arduino.",
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help="Speak on this TCP port too, as a board with Wi-Fi does, such as 127.0.0.1:2300.",
)
@click.option(
    "--dialect",
    type=click.Choice(sorted(BY_KEY)),
    default="stock",
    show_default=True,
    help="The firmware that it speaks as: stock GRBL 1.1h, a build for a servo with three "
    "axes or with two (servo-xy), grblHAL, FluidNC, Grbl_Esp32, or GRBL 0.9.",
)
@sentences(CodedError, OSError)
def simulate(
    *,
    port: Path | None,
    speed: float,
    profile_name: str,
    settings_path: Path | None,
    eeprom: Path | None,
    ink: Path | None,
    control: Path | None,
    reset_on_open: bool,
    listen: str | None,
    dialect: str,
) -> None:
    """Run a simulated GRBL plotter on a pseudo-terminal, until Ctrl-C.

    It answers, plans and moves as the real firmware, GRBL 1.1h, does, and can speak as its
    relatives do.
    """
    profile = Profile.load(profile_name)
    end = wait_for_signal()
    gc.freeze()  # What was imported need not be looked through while the machine runs.
    with PtyMachine(
        settings=_settings(settings_path, eeprom, profile),
        speed=speed,
        eeprom_path=eeprom,
        pen=profile.pen,
        dialect=BY_KEY[dialect],
        link_path=port,
        control_path=control,
        listen=address(listen) if listen else None,
        reset_on_open=reset_on_open,
        urgent=True,
    ) as machine:
        click.echo(f"Simulated {BY_KEY[dialect].name} at {machine.port}, Ctrl-C ends it.")
        if machine.bridge is not None:
            click.echo("On the network at socket://{}:{}.".format(*machine.bridge.address))
        written = ""
        while not end.wait(LOOK_SECONDS if ink else None):
            written = _write_ink(machine, ink, written)
        _write_ink(machine, ink, written)


def _settings(
    path: Path | None, eeprom: Path | None, profile: Profile
) -> dict[str, float] | None:
    """The settings to begin with; None leaves those of the EEPROM file."""
    if path is None:
        return None if eeprom and eeprom.exists() else dict(profile.grbl)
    return read_settings(path)


def _write_ink(machine: PtyMachine, path: Path | None, written: str) -> str:
    """Write the ink if there is any news; returns what the file now holds."""
    if path is None:
        return written
    drawn = ink_svg(machine.ink)
    if drawn != written:
        write_file(path, drawn)
    return drawn
