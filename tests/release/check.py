"""What must be so before a release goes out: `make release`, after the tests.

Builds wheel and source archive into ``dist``, looks into both, and installs the wheel into a
fresh environment from the hashed requirements, where it draws a cat.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CHANGES = Path("pi_service/CHANGELOG.md")
LICENCES = ("LICENSE", "NOTICE")
IN_THE_WHEEL = (
    "pi_service/sketching/models/quickdraw.safetensors",
    "pi_service/sketching/models/MODEL_CARD.md",
    "pi_service/studio/core/migrations/0005_facts.sql",
    *("pi_service/messages/en.json", "pi_service/messages/ja.json"),
    *("firmware_gcode/messages/en.json", "firmware_gcode/messages/ja.json"),
    "pi_service/web/static/index.html",
    "pi_service/web/static/js/main.js",
    "pi_service/web/static/lang/ja.json",
    "firmware_gcode/profiles/servo-pen.toml",
    "model_training/judge/judge.safetensors",
)
IN_THE_SOURCE = (
    *("pyproject.toml", "requirements.txt", "Makefile", "README.md", *LICENCES),
    *("systemd/catplotter.service", "systemd/catplotter-backup.timer"),
    *("systemd/99-grbl.rules", "tests/conftest.py", str(CHANGES), *IN_THE_WHEEL),
)
NOT_IN_THE_WHEEL = ("tests/", "systemd/", ".git")


class NotReadyError(Exception):
    """Something that must be so before a release is not; the message says what."""


def said(command: Sequence[str], folder: Path = REPOSITORY) -> str:
    """What a command prints.

    Raises:
        NotReadyError: It failed.
    """
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotReadyError(f"`{' '.join(command)}` failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def check_tree(root: Path = REPOSITORY) -> None:
    """Nothing that is not committed.

    Raises:
        NotReadyError: There is something.
    """
    changed = said(["git", "status", "--porcelain"], root)
    if changed:
        raise NotReadyError(f"Commit these first:\n{changed}")


def check_versions(root: Path = REPOSITORY) -> str:
    """The version, which is the same everywhere.

    Raises:
        NotReadyError: It is not.
    """
    version = str(tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"])
    changes = re.search(r"^## (\S+)(.*)$", (root / CHANGES).read_text(), re.MULTILINE)
    if (
        changes is None
        or changes[1] != version
        or not re.search(r"\d{4}-\d\d-\d\d", changes[2])
    ):
        raise NotReadyError(f"{CHANGES} does not begin with “## {version} (DATE)”.")
    named = re.findall(
        r"catplotter-(\d+\.\d+\.\d+)", (root / "pi_service/docs/maker.md").read_text()
    )
    if set(named) - {version}:
        raise NotReadyError(f"pi_service/docs/maker.md names {set(named)}, not {version}.")
    return version


def build(target: Path, root: Path = REPOSITORY) -> tuple[Path, Path]:
    """Build wheel and source archive; their paths.

    Raises:
        NotReadyError: It failed.
    """
    said([sys.executable, "-m", "hatchling", "build", "-d", str(target.resolve())], root)
    version = check_versions(root)
    wheel = target / f"catplotter-{version}-py3-none-any.whl"
    return wheel, target / f"catplotter-{version}.tar.gz"


def check_wheel(wheel: Path) -> None:
    """Everything that the service needs, and nothing else.

    Raises:
        NotReadyError: It is not so.
    """
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    missing = [name for name in IN_THE_WHEEL if name not in names]
    missing += [
        name
        for name in LICENCES
        if not any(each.endswith(f"licenses/{name}") for each in names)
    ]
    foreign = [name for name in names if name.startswith(NOT_IN_THE_WHEEL)]
    if missing or foreign:
        raise NotReadyError(f"{wheel.name} lacks {missing} and has {foreign[:5]}.")


def check_source(archive: Path) -> None:
    """Everything that `make install`, `catplotter update` and the tests need.

    Raises:
        NotReadyError: Something lacks.
    """
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    missing = [name for name in IN_THE_SOURCE if name not in names]
    if missing:
        raise NotReadyError(f"{archive.name} lacks {missing}.")


def check_fresh(wheel: Path, wheels: Path | None = None) -> None:
    """A fresh environment, from the hashed requirements and the wheel, draws a cat.

    Raises:
        NotReadyError: It does not.
    """
    with tempfile.TemporaryDirectory(prefix="catplotter-release-") as folder:
        python = Path(folder, "venv/bin/python")
        said([sys.executable, "-m", "venv", str(python.parents[1])])
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        offline = ["--no-index", "--find-links", str(wheels.resolve())] if wheels else []
        hashed = ["--require-hashes", "--only-binary", ":all:"]
        said([*pip, *offline, *hashed, "-r", str(REPOSITORY / "requirements.txt")])
        said([*pip, "--no-deps", str(wheel.resolve())])
        said([str(python), "-m", "pip", "check"])
        command = str(python.with_name("catplotter"))
        cat = Path(folder, "cat.svg")
        said([command, "draw", "--seed", "7", "--svg", str(cat)], Path(folder))
        if "<path" not in cat.read_text():
            raise NotReadyError("The installed catplotter drew nothing.")
        said([command, "serve", "--help"], Path(folder))


def main() -> int:
    """Check everything; what is not ready ends in a sentence and exit code 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--wheels", type=Path, help="install from this folder, not the network"
    )
    wanted = parser.parse_args()
    try:
        check_tree()
        version = check_versions()
        wheel, source = build(REPOSITORY / "dist")
        check_wheel(wheel)
        check_source(source)
        check_fresh(wheel, wanted.wheels)
    except NotReadyError as error:
        print(f"Not ready: {error}", file=sys.stderr)
        return 1
    print(f"catplotter {version} is ready: {wheel}, {source}")
    print(f"  git tag --annotate v{version} --message 'catplotter {version}'")
    return 0


if __name__ == "__main__":
    sys.exit(main())
