"""`python3 -m pi_service.appliance`: install, update, roll back or remove."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pi_service.appliance.host import ApplianceError
from pi_service.appliance.install import Box, install, rollback, uninstall, update

HERE = Path(__file__).resolve().parents[2]


def arguments() -> argparse.ArgumentParser:
    """What may be asked for."""
    parser = argparse.ArgumentParser(
        prog="python3 -m pi_service.appliance",
        description="Sets this machine up as a catplotter.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, words in (
        ("install", "put it in place"),
        ("update", "put a newer one in place"),
    ):
        sub = verbs.add_parser(verb, help=f"{words} and start it")
        sub.add_argument("source", type=Path, nargs="?", default=HERE, help="folder, archive")
        sub.add_argument("--wheels", type=Path, help="folder of wheels, without network")
    verbs.add_parser("rollback", help="go back to the release before")
    removal = verbs.add_parser("uninstall", help="take it off this machine")
    removal.add_argument("--everything", action="store_true", help="its drawings too")
    return parser


def main() -> int:
    """Do it; what goes wrong ends in a sentence and exit code 1."""
    wanted = arguments().parse_args()
    box = Box()
    try:
        match wanted.verb:
            case "install":
                install(box, wanted.source, wheels=wanted.wheels)
            case "update":
                update(box, wanted.source, wheels=wanted.wheels)
            case "rollback":
                rollback(box)
            case _:
                uninstall(box, everything=wanted.everything)
    except (ApplianceError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
