"""`catplotter update` and `catplotter rollback`: another release on an installed machine."""

from __future__ import annotations

from pathlib import Path

import click

from pi_service.appliance import install as steps
from pi_service.appliance.errors import ApplianceError
from pi_service.cli.options import sentences


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--wheels",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of wheels to install from, on a machine without network.",
)
@sentences(ApplianceError)
def update(source: Path, wheels: Path | None) -> None:
    """Install a newer release from SOURCE, a folder or source archive (.tar.gz); needs sudo.

    If it does not become healthy within a minute, the release before it runs again.
    """
    steps.update(_box(), source, wheels=wheels)


@click.command()
@sentences(ApplianceError)
def rollback() -> None:
    """Go back to the release before the one that runs; needs sudo."""
    steps.rollback(_box())


def _box() -> steps.Box:
    return steps.Box(say=click.echo)
