"""`catplotter hall`: all plotters of a broker on one page, beside no plotter of its own."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import click

from pi_service.cli.options import address, data_folder, sentences, wait_for_signal
from pi_service.cli.serve_options import PASSWORD, broker_place
from pi_service.fleet.hall import Hall
from pi_service.fleet.membership import Broker
from pi_service.studio.access.access import Access
from pi_service.studio.access.tokens import setup_token
from pi_service.studio.core.database import StoreError
from pi_service.systemd import start_logging
from pi_service.web.routes.app import create_hall_app
from pi_service.web.security import own_names
from pi_service.web.server import WebServer


def _own_folder() -> Path:
    return data_folder().with_name("catplotter-hall")


@click.command()
@click.option("--broker", required=True, metavar="HOST[:PORT]", help="The MQTT broker.")
@click.option("--user", help=f"Our user there; its password is read from {PASSWORD}.")
@click.option("--tls", is_flag=True, help="Talk to it encrypted.")
@click.option(
    "--listen",
    default="127.0.0.1:8090",
    show_default=True,
    metavar="HOST:PORT",
    help="Where to serve the page; 0.0.0.0:8090 opens it to the whole network.",
)
@click.option(
    "--allow-host",
    multiple=True,
    help="A name under which the page may be opened, besides this machine's own.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=_own_folder,
    show_default="~/.local/state/catplotter-hall",
    help="The folder that keeps the staff's password.",
)
@sentences(StoreError, OSError)
def hall(
    *,
    broker: str,
    user: str | None,
    tls: bool,
    listen: str,
    allow_host: tuple[str, ...],
    data: Path,
) -> None:
    """Show all plotters of a broker on one page, and tell one or all of them what to do.

    Each plotter of the hall shows the same page at /hall; this serves it from a computer
    that has no plotter.
    """
    start_logging()
    os.umask(0o077)
    place, port = broker_place(broker, "--broker", tls=tls)
    host, http_port = address(listen)
    password = os.environ.get(PASSWORD)
    plotters = Hall(Broker(host=place, port=port, user=user, password=password, tls=tls))
    data.mkdir(parents=True, exist_ok=True)
    end = wait_for_signal()
    with closing(Access(data)) as doors, closing(plotters):
        names = (*own_names(), *allow_host)
        app = create_hall_app(plotters, doors, allowed_hosts=names)
        with WebServer(app, host, http_port) as server:
            plotters.start()
            doors.keys.serve_local(server.port)
            click.echo(f"The hall: {server.url}hall")
            token = setup_token(data)
            if token is not None:
                click.echo(f"Set the staff's password, once: {server.url}login?token={token}")
            end.wait()
