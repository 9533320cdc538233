"""The `catplotter` command: picks the subcommand, turns expected errors into sentences."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import ClassVar

import click

from pi_service.variables import name_variables

# Before NumPy is there: its threads would only wait for each other on products as small as the
# model's, and keep the link's thread waiting with them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class LazyGroup(click.Group):
    """A group that imports a subcommand only when it is used: `--help` answers at once."""

    subcommands: ClassVar[dict[str, str]] = {
        "serve": "pi_service.cli.serve",
        "settings": "pi_service.cli.serve",
        "draw": "pi_service.cli.draw",
        "sheet": "pi_service.cli.sheet",
        "simulate": "pi_service.cli.simulate",
        "plan": "pi_service.cli.plan",
        "send": "pi_service.cli.send",
        "estimate": "pi_service.cli.estimate",
        "machine": "pi_service.cli.machine",
        "calibrate": "pi_service.cli.calibrate",
        "status": "pi_service.cli.gallery",
        "request": "pi_service.cli.gallery",
        "jobs": "pi_service.cli.gallery",
        "pause": "pi_service.cli.gallery",
        "resume": "pi_service.cli.gallery",
        "stop": "pi_service.cli.gallery",
        "feed": "pi_service.cli.gallery",
        "paper": "pi_service.cli.supplies",
        "pen": "pi_service.cli.supplies",
        "hours": "pi_service.cli.supplies",
        "schedule": "pi_service.cli.schedule",
        "camera": "pi_service.cli.camera",
        "prints": "pi_service.cli.prints",
        "history": "pi_service.cli.history",
        "export": "pi_service.cli.history",
        "access": "pi_service.cli.access",
        "plugins": "pi_service.cli.plugins",
        "hall": "pi_service.cli.hall",
        "classes": "pi_service.cli.supplies",
        "approvals": "pi_service.cli.approvals",
        "doctor": "pi_service.cli.doctor",
        "backup": "pi_service.cli.appliance",
        "restore": "pi_service.cli.appliance",
        "tidy": "pi_service.cli.appliance",
        "update": "pi_service.cli.appliance",
        "rollback": "pi_service.cli.appliance",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The subcommands in the order in which a newcomer meets them."""
        return list(self.subcommands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The subcommand of that name, or None."""
        module = self.subcommands.get(cmd_name)
        if module is None:
            return None
        command = getattr(import_module(module), cmd_name)
        gc.freeze()  # What is loaded stays: nothing looks through it again, nor at the end.
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}.{cmd_name} is not a click command")
        name_variables(command, f"CATPLOTTER_{cmd_name}")
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="catplotter")
def cli() -> None:
    """Press a button, get a cat that nobody has drawn before.

    `catplotter serve` runs the gallery: the page, the button, the plotter.
    The other commands draw, look and try things out without it.
    """


def main() -> None:
    """Run the command line; an unreadable file or a full disk ends in one sentence, exit 1."""
    try:
        cli(auto_envvar_prefix="CATPLOTTER")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"Error: {where}{error.strerror or error}.", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
