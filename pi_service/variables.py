"""The variables of the options: each bears the option's name, after those of the commands."""

from __future__ import annotations

import click


def name_variables(command: click.Command, prefix: str) -> None:
    """Let every option of a command be set by the variable that bears the option's name.

    What has a variable of its own keeps it. Names of before 0.5.0 are read by click itself.

    Args:
        prefix: How the variables begin, such as ``CATPLOTTER_DRAW``.
    """
    for option in command.params:
        if isinstance(option, click.Option) and option.envvar is None:
            name = max(option.opts, key=len).lstrip("-")
            option.envvar = f"{prefix}_{name}".replace("-", "_").upper()
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            name_variables(each, f"{prefix}_{name}")
