"""Releases side by side: each with its own environment, one of them current.

A release is built in its final folder (an environment cannot be moved) and counts only once
its mark of completion is written, as the last step. What a power cut left half built is
swept away before the next one is built.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pi_service.appliance.host import ApplianceError
from pi_service.appliance.places import Places
from pi_service.appliance.slim import slim

Runner = Callable[[Sequence[str]], str]
"""Runs a command to its end; raises `ApplianceError` where it fails."""

KEPT = 3
"""Releases that stay on the disk: the current one and those before it."""
MARK = ".complete"


@dataclass(frozen=True, order=True)
class Release:
    """One installed release.

    Attributes:
        number: Counts up with each one built on this machine.
    """

    number: int
    version: str
    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return self.folder / "venv/bin/python"

    @property
    def command(self) -> Path:
        """Its ``catplotter``."""
        return self.folder / "venv/bin/catplotter"

    @property
    def complete(self) -> bool:
        """Whether it was built to its end."""
        return (self.folder / MARK).exists()

    def __str__(self) -> str:
        return f"{self.version} (release {self.number})"


def releases(places: Places) -> list[Release]:
    """The complete releases on this machine, oldest first."""
    return sorted(r for r in _folders(places) if r.complete)


def current(places: Places) -> Release | None:
    """The release that the link points to, or None."""
    if not places.current.is_symlink():
        return None
    target = places.current.resolve()
    return next((r for r in releases(places) if r.folder.resolve() == target), None)


def switch(places: Places, release: Release) -> None:
    """Make a release the current one, in one step that a power cut cannot halve."""
    fresh = places.current.with_name(".current-next")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(release.folder.relative_to(places.home))
    fresh.replace(places.current)
    _sync(places.home)


def build(
    source: Path, places: Places, run: Runner, *, python: str, wheels: Path | None = None
) -> Release:
    """Build a release from a checkout or an unpacked source archive.

    Args:
        source: The folder that holds ``pyproject.toml`` and ``requirements.txt``.
        python: The interpreter that the release's environment is made from.
        wheels: A folder of wheels to install from, for machines without network.

    Raises:
        ApplianceError: The source is none, or a step failed; nothing is left behind.
    """
    version = version_of(source)
    sweep(places)
    number = max((r.number for r in _folders(places)), default=0) + 1
    release = Release(number, version, places.releases / f"{number:04d}-{version}")
    try:
        release.folder.mkdir(parents=True)
        _environment(release, source, run, python, wheels)
        slim(_site_packages(release), release.python, run)
        shutil.copytree(source / "systemd", release.folder / "systemd")
        _try_out(release, run)
        os.sync()
        (release.folder / MARK).touch()
        _sync(release.folder)
    except BaseException:
        shutil.rmtree(release.folder, ignore_errors=True)
        raise
    return release


def prune(places: Places) -> None:
    """Remove all but the newest releases; the current one always stays."""
    kept = current(places)
    for release in releases(places)[:-KEPT]:
        if release != kept:
            shutil.rmtree(release.folder)


def sweep(places: Places) -> None:
    """Remove what a build left that was cut off."""
    for release in _folders(places):
        if not release.complete:
            shutil.rmtree(release.folder)


def version_of(source: Path) -> str:
    """The version of a source folder.

    Raises:
        ApplianceError: The folder is not catplotter's source.
    """
    try:
        project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
        name, version = project["name"], project["version"]
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise ApplianceError(
            f"{source} is not catplotter's source: no usable pyproject.toml."
        ) from error
    if name != "catplotter" or not (source / "requirements.txt").exists():
        raise ApplianceError(f"{source} is not catplotter's source, but {name}'s.")
    return str(version)


@contextmanager
def opened(source: Path, run: Runner) -> Iterator[Path]:
    """The folder of a source: itself, or what a source archive (.tar.gz) holds, unpacked.

    Raises:
        ApplianceError: It is neither.
    """
    if source.is_dir():
        yield source.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="catplotter-") as folder:
        # tar itself, which strips what would leave the folder; Python learnt that in 3.11.4.
        run(["tar", "-xzf", str(source), "-C", folder, "--no-same-owner"])
        inside = [path for path in Path(folder).iterdir() if path.is_dir()]
        if len(inside) != 1:
            raise ApplianceError(
                f"{source} does not hold one folder, as a source archive does."
            )
        yield inside[0]


def _environment(
    release: Release, source: Path, run: Runner, python: str, wheels: Path | None
) -> None:
    """Make the environment from the hashed requirements; wheels only, nothing is compiled."""
    # System packages are visible: on some boards the GPIO library comes as one.
    run([python, "-m", "venv", "--system-site-packages", str(release.folder / "venv")])
    pip = [
        str(release.python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    pip += ["--no-cache-dir", "--no-compile"]  # `slim` compiles what stays
    if wheels is not None:
        pip += ["--no-index", "--find-links", str(wheels.resolve())]
    # What a system package already satisfies is installed all the same: the hashes decide.
    hashed = ["--require-hashes", "--only-binary", ":all:", "--ignore-installed"]
    run([*pip, *hashed, "-r", str(source / "requirements.txt")])
    run([*pip, "--no-deps", str(source)])
    for script in (release.folder / "venv/bin").glob("pip*"):
        script.unlink()  # `slim` takes pip itself out: nothing is installed here ever after


def _try_out(release: Release, run: Runner) -> None:
    """Hold the finished release to its work: the service loads, and the model draws a cat."""
    cat = release.folder / "first-cat.svg"
    run([str(release.command), "--version"])
    run([str(release.command), "serve", "--help"])
    run([str(release.command), "draw", "--seed", "1", "--svg", str(cat)])
    cat.unlink(missing_ok=True)


def _site_packages(release: Release) -> Path:
    found = list((release.folder / "venv/lib").glob("python3*/site-packages"))
    if len(found) != 1:
        raise ApplianceError(
            f"{release.folder}/venv has no site-packages folder; build it again."
        )
    return found[0]


def _folders(places: Places) -> Iterator[Release]:
    """Every release folder, complete or not."""
    if not places.releases.is_dir():
        return
    for folder in places.releases.iterdir():
        number, _, version = folder.name.partition("-")
        if number.isdecimal():
            yield Release(int(number), version, folder)


def _sync(folder: Path) -> None:
    """Make what stands in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
