"""`catplotter backup` and `catplotter restore`: all that the service keeps, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from pi_service.cli.options import data_option, sentences
from pi_service.studio import backup as archives


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@data_option
@sentences(archives.BackupError)
def backup(target: Path, data: Path) -> None:
    """Write jobs, drawings, sheets and schedules to TARGET (.tar.gz).

    The service may run meanwhile. The archive holds no password and no key.
    """
    size = archives.back_up(data, target)
    click.echo(f"{target}: {size / 1e6:.1f} MB.")


@click.command()
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@sentences(archives.BackupError)
def restore(archive: Path, data: Path) -> None:
    """Put ARCHIVE, a backup, in the place of what the service keeps; stop the service first.

    What was there before is kept in a folder beside it.
    """
    aside = archives.restore(archive, data)
    click.echo(f"Restored to {data}.")
    if aside is not None:
        click.echo(f"What was there before is in {aside}.")
