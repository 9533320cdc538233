"""`catplotter update`, `rollback`, `backup`, `restore`, `tidy`: releases and data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pi_service.appliance import install as steps
from pi_service.appliance.host import ApplianceError
from pi_service.appliance.requested import follow
from pi_service.cli.client import local
from pi_service.cli.options import INPUT, data_option, sentences
from pi_service.studio.core.database import StoreError
from pi_service.studio.history import backup as archives
from pi_service.studio.history.archive import BackupError
from pi_service.studio.history.elsewhere import Elsewhere
from pi_service.studio.history.inside import look_inside


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path), required=False)
@click.option(
    "--requested",
    is_flag=True,
    help="Do what was asked for on the page; the unit catplotter-update says so.",
)
@click.option(
    "--wheels",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of wheels to install from, on a machine without network.",
)
@sentences(ApplianceError)
def update(source: Path | None, wheels: Path | None, *, requested: bool) -> None:
    """Install a newer release from SOURCE, a folder or source archive (.tar.gz); needs sudo.

    If it does not become healthy within a minute, the release before it runs again.
    """
    if (source is None) is not requested:
        raise click.UsageError("Name one SOURCE, or say --requested.")
    if source is None:
        follow(_box())
    else:
        steps.update(_box(), source, wheels=wheels)


@click.command()
@sentences(ApplianceError)
def rollback() -> None:
    """Go back to the release before the one that runs; needs sudo."""
    steps.rollback(_box())


def _box() -> steps.Box:
    return steps.Box(say=click.echo)


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@data_option
@click.option(
    "--rotate",
    is_flag=True,
    help="TARGET is a folder: put a dated backup there, read it back, keep the newest.",
)
@click.option(
    "--keep",
    type=click.IntRange(1, 1000),
    default=archives.KEPT,
    show_default=True,
    help="How many stay in the folder.",
)
@click.option(
    "--copy-to",
    type=click.Path(path_type=Path),
    envvar="CATPLOTTER_SERVE_BACKUP_TO",
    help="With --rotate: a second folder, on a stick or of another computer, mounted here.",
)
@sentences(BackupError)
def backup(target: Path, data: Path, *, rotate: bool, keep: int, copy_to: Path | None) -> None:
    """Write jobs, drawings, sheets and schedules to TARGET (.tar.gz).

    The service may run meanwhile. The archive holds no password and no key.
    """
    if rotate:
        target = archives.rotate(data, target, kept=keep)
        size = target.stat().st_size
        click.echo(f"{target}: {size / 1e6:.1f} MB, read back.")
        if copy_to is not None:
            click.echo(f"{Elsewhere(copy_to, data).copy(target)}: a copy, read back.")
        return
    if target.is_dir():
        raise click.UsageError(f"{target} is a folder: name a file, or say --rotate.")
    size = archives.back_up(data, target)
    click.echo(f"{target}: {size / 1e6:.1f} MB.")


@click.command()
@data_option
@click.option(
    "--days",
    type=click.FloatRange(1),
    default=archives.ASIDE_DAYS,
    show_default=True,
    help="How old a copy may become.",
)
@sentences(OSError)
def tidy(data: Path, days: float) -> None:
    """Let go of the old data that restores, updates and rollbacks have kept beside it.

    What the service keeps itself it tidies by itself.
    """
    gone = archives.let_go(data, days=days)
    for path in gone:
        click.echo(f"Removed {path}.")
    if not gone:
        click.echo("There is nothing old enough to let go of.")


@click.command()
@click.argument("archive", type=INPUT, required=False)
@data_option
@click.option("--empty", is_flag=True, help="Begin with an empty gallery: no ARCHIVE.")
@click.option(
    "--look", is_flag=True, help="Only tell what is in ARCHIVE and what would be lost."
)
@sentences(BackupError, StoreError)
def restore(archive: Path | None, data: Path, *, empty: bool, look: bool) -> None:
    """Put ARCHIVE, a backup, in the place of what the service keeps; stop the service first.

    A service that has lost its database need not be stopped: it goes on with what is restored.
    What was there before is kept in a folder beside it.
    """
    if (archive is None) is not empty:
        raise click.UsageError("Name one backup, or say --empty.")
    if look and archive is not None:
        _tell(look_inside(archive, data))
        return
    if archive is None:
        aside = archives.begin_anew(data)
        click.echo(f"Began anew in {data}.")
    else:
        aside = archives.restore(archive, data)
        click.echo(f"Restored to {data}.")
    if aside is not None:
        click.echo(f"What was there before is in {aside}.")


def _tell(found: dict[str, Any]) -> None:
    """What is in a backup, in words."""
    click.echo(
        f"{found['cats']} cats of {found['jobs']} jobs on {found['sheets']} sheets, "
        f"{found['rules']} rules of the clock; the last cat is of "
        f"{local(found['last_at']) or 'no day'}."
    )
    lost = found["lost"]
    if lost is None:
        click.echo("The gallery as it is now cannot be read.")
        return
    changed = [name for name in ("settings", "rules") if lost[name]]
    click.echo(f"Put back, it would lose {lost['cats']} cats drawn since.")
    if changed:
        click.echo(f"Changed since: {', '.join(changed)}.")
