"""Plug-ins of others, installed as pip would: a module, and what is known of it beside it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

HEAD = """\
import os, sys, time
from pi_service.plugins.api import Drawing, Needs, NotSentError, Option, Wish
"""


def install(folder: Path, name: str, group: str, code: str) -> None:
    """Install a distribution whose class ``Plugin`` is one plug-in.

    Args:
        folder: Where pip would have installed it: ``pip install --target``.
        name: Of the distribution, and of the entry point.
        group: Of the plug-in, ``triggers``.
        code: The body of the class, after ``OPTIONS`` and an ``__init__``.
    """
    module = f"gallery_{name.replace('-', '_')}"
    body = dedent(code).replace("\n", "\n    ")
    (folder / f"{module}.py").write_text(
        f"{HEAD}class Plugin:\n    OPTIONS = (Option('token', 'a secret', required=False),)\n"
        f"    def __init__(self, options):\n        self.options = options\n    {body}\n"
    )
    about = folder / f"{module}-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text(
        f"[catplotter.{group}]\n{name} = {module}:Plugin\n"
    )
