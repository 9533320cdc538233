"""What `catplotter serve` says when it is ready: where the page is, and what is simulated."""

from __future__ import annotations

import socket

import click

from firmware_gcode.grbl.ports import describe_ports
from pi_service.service import Service, ServiceConfig

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - read, not listened on


def greet(service: Service, config: ServiceConfig, *, simulated_button: bool) -> None:
    """Say what a person needs to know to begin.

    Args:
        service: The running service.
        config: What the owner decided.
        simulated_button: Whether Enter presses the button.
    """
    click.echo(f"\n  The page:    {service.web.url}")
    if simulated_button:
        click.echo("  The button:  press Enter here, or 'Draw a cat' on the page")
    else:
        click.echo("  The button:  the one on the plotter, or 'Draw a cat' on the page")
    if service.simulated:
        click.echo("  The plotter: simulated (name a real one's profile with --profile)")
        for found in describe_ports():
            click.echo(f"               (a real one may be at {found}; it is not used)")
    if service.access is not None and (token := service.access.setup_token):
        link = f"{_address(service, config)}login?token={token}"
        click.echo(f"  The staff:   set a password at {link}")
    click.echo("  To stop:     Ctrl-C\n")


def _address(service: Service, config: ServiceConfig) -> str:
    """The page's address for those who will most likely open it."""
    if config.host not in EVERYWHERE:
        return service.web.url
    name = socket.gethostname().partition(".")[0]
    return f"http://{name}.local:{service.web.port}/"
