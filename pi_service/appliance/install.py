"""Install, update and remove: the steps, in order, each of which may be done again."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pi_service.appliance import host
from pi_service.appliance.data import put_back
from pi_service.appliance.host import ApplianceError
from pi_service.appliance.places import UNIT_KINDS, Places
from pi_service.appliance.release import (
    Release,
    Runner,
    build,
    current,
    opened,
    prune,
    releases,
    switch,
    version_of,
)
from pi_service.studio.access.tokens import setup_token

HEALTHY_WITHIN_S = 60.0
"""A Pi Zero 2 takes some seconds to import everything; a broken release does not get well."""

OPTIONS = """\
# The choices of this machine's owner, read by catplotter.service. After a change:
#   sudo systemctl restart catplotter
# Further down stands all that may stand here; `catplotter settings` prints it again.

# Until a plotter is named, everything is tried on a simulated one.
CATPLOTTER_SERVE_SIMULATE_MISSING=1
# A real one: z-pen, servo-pen, or a profile of your own.
#CATPLOTTER_SERVE_PROFILE=/etc/catplotter/my-plotter.toml
#CATPLOTTER_PAPER=A5

# 0.0.0.0 is everybody on its network: visitors may look, ask for a drawing and stop it, the
# rest needs the staff's password. 127.0.0.1 is this machine alone.
CATPLOTTER_SERVE_LISTEN=0.0.0.0:8080

# All there is, with what holds if nothing is said:

"""


def base_python() -> str:
    """The machine's own interpreter, not that of the release which is running."""
    return str(Path(sys.base_prefix, "bin", "python{}.{}".format(*sys.version_info)))


@dataclass(frozen=True)
class Box:
    """The machine that is set up.

    Attributes:
        run: Runs commands of the machine.
        rests: Returns once the service draws nothing and begins nothing, called with the new
            version before that is put in place.
        healthy: Whether the service at an address answers, in a version, within seconds.
        python: The interpreter that releases are built with.
    """

    places: Places = field(default_factory=Places)
    run: Runner = host.run
    say: Callable[[str], None] = print
    rests: Callable[[str], object] = lambda _: None
    healthy: Callable[[str, str, float], bool] = lambda address, version, within: (
        host.wait_healthy(address, version, within_s=within)
    )
    python: str = field(default_factory=base_python)


def install(box: Box, source: Path, *, wheels: Path | None = None) -> Release:
    """Put a release in place and start it; doing so again changes nothing that is right.

    Raises:
        ApplianceError: A step failed; what ran before still runs.
    """
    _need_root(box)
    with opened(source, box.run) as folder:
        return _install(box, folder, wheels)


def _install(box: Box, source: Path, wheels: Path | None) -> Release:
    places = box.places
    before = current(places)
    box.say(f"Building catplotter {version_of(source)} (a minute or two) …")
    release = build(source, places, box.run, python=box.python, wheels=wheels)
    try:
        box.rests(release.version)
    except BaseException:
        shutil.rmtree(release.folder, ignore_errors=True)
        raise
    places.incoming.mkdir(mode=0o755, exist_ok=True)
    place_files(box, release)
    box.run(["systemd-sysusers", str(places.sysusers)])
    switch(places, release)
    _link_command(places)
    box.run(["systemctl", "try-reload-or-restart", "systemd-udevd.service"])
    start(box)
    if not _is_well(box, release):
        _back_to(box, before, release)
    prune(places)
    address = host.seen_from_outside(host.options(places.options))
    box.say(f"Installed {release}. The page: {address}")
    token = setup_token(places.state)
    if token is not None:
        box.say(f"Set the staff's password now, once: {address}/login?token={token}")
    return release


def update(box: Box, source: Path, *, wheels: Path | None = None) -> Release:
    """Install a newer release; go back to the one before if it does not become healthy.

    Raises:
        ApplianceError: Nothing is installed yet, or the release did not become healthy.
    """
    if current(box.places) is None:
        raise ApplianceError("No catplotter is installed here yet: `sudo make install` does.")
    return install(box, source, wheels=wheels)


def rollback(box: Box) -> Release:
    """Go back to the release before the current one.

    Raises:
        ApplianceError: There is none.
    """
    _need_root(box)
    now = current(box.places)
    older = [r for r in releases(box.places) if now is None or r.number < now.number]
    if not older:
        raise ApplianceError("There is no earlier release on this machine to go back to.")
    _go_back(box, older[-1])
    box.say(f"Back at {older[-1]}.")
    return older[-1]


def uninstall(box: Box, *, everything: bool = False) -> None:
    """Stop the service and take it off the machine.

    Args:
        everything: Also the drawings, jobs and settings.
    """
    _need_root(box)
    places = box.places
    for unit in places.installed_units():
        _take_away(box, unit)
    box.run(["systemctl", "daemon-reload"])
    for path in (places.udev_rules, places.sysusers, places.command, places.opened):
        path.unlink(missing_ok=True)
    shutil.rmtree(places.home, ignore_errors=True)
    if everything:
        shutil.rmtree(places.state, ignore_errors=True)
        places.options.unlink(missing_ok=True)
        box.say("catplotter and all its drawings are gone from this machine.")
    else:
        box.say(f"catplotter is gone; its drawings stay in {places.state}.")


def place_files(box: Box, release: Release) -> None:
    """Units, rule and user of a release; the owner's options only where there are none."""
    places, files = box.places, release.folder / "systemd"
    wanted = {path.name: path for path in files.iterdir() if path.suffix in UNIT_KINDS}
    for unit in places.installed_units():
        if unit.name not in wanted:
            _take_away(box, unit)
    for name, path in wanted.items():
        host.write(places.units / name, path.read_text())
    host.write(places.udev_rules, (files / "99-grbl.rules").read_text())
    host.write(places.sysusers, (files / "catplotter.sysusers").read_text())
    if not places.options.exists():
        known = box.run([str(release.folder / "venv/bin/catplotter"), "settings"])
        host.write(places.options, OPTIONS + known, mode=0o600)  # may hold a password


def start(box: Box) -> None:
    """Have systemd read the units and (re)start them, now and at every boot."""
    box.run(["systemctl", "daemon-reload"])
    for unit in _started(box):
        box.run(["systemctl", "enable", "--quiet", unit])
        box.run(["systemctl", "restart", "--no-block", unit])


def _started(box: Box) -> list[str]:
    """The units that run from boot on; the rest is started by these."""
    found = box.places.installed_units()
    return [unit.name for unit in found if "[Install]" in unit.read_text()]


def _take_away(box: Box, unit: Path) -> None:
    box.run(["systemctl", "disable", "--now", "--quiet", unit.name])
    unit.unlink()


def _is_well(box: Box, release: Release) -> bool:
    address = host.page(host.options(box.places.options))
    box.say(f"Waiting until {address} answers …")
    return box.healthy(address, release.version, HEALTHY_WITHIN_S)


def _go_back(box: Box, release: Release) -> None:
    """Run an older release again, on data that it can read."""
    for unit in _started(box):
        box.run(["systemctl", "stop", unit])
    try:
        aside = put_back(box.places, release)
    except ApplianceError:
        start(box)
        raise
    if aside is not None:
        box.say(f"The data is as it was before the update; what came after it is in {aside}.")
    place_files(box, release)
    switch(box.places, release)
    start(box)


def _back_to(box: Box, before: Release | None, failed: Release) -> None:
    """Roll back, throw the failed release away, and say so."""
    advice = "`journalctl -u catplotter` has its last words"
    if before is None:
        raise ApplianceError(
            f"catplotter {failed} is in place but did not become healthy within "
            f"{HEALTHY_WITHIN_S:.0f} s; {advice}."
        )
    _go_back(box, before)
    shutil.rmtree(failed.folder)
    well = "which runs again" if _is_well(box, before) else "which is not healthy either"
    raise ApplianceError(
        f"{failed} did not become healthy within {HEALTHY_WITHIN_S:.0f} s; "
        f"went back to {before}, {well}; {advice}."
    )


def _link_command(places: Places) -> None:
    places.command.parent.mkdir(parents=True, exist_ok=True)
    fresh = places.command.with_name(".catplotter-next")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(places.current / "venv/bin/catplotter")
    fresh.replace(places.command)


def _need_root(box: Box) -> None:
    if box.places.root == Path("/") and os.geteuid() != 0:
        raise ApplianceError("This changes the machine: run it with sudo.")
