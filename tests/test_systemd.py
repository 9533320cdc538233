"""The systemd units: understood without a word, and sandboxed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parent.parent / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
PATHS = sorted(path.name for path in UNITS.glob("*.path"))
UPDATER = "catplotter-update.service"
"""It is root's, since it writes the release: nothing of it can be taken away."""
TIMERS = sorted(path.name for path in UNITS.glob("*.timer"))
MOST_EXPOSURE = 15
"""systemd's own scale, times ten: 1.5 of 10."""


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units with a program that exists here; a skip without systemd's tools."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    for name in SERVICES + TIMERS + PATHS:
        lines = (UNITS / name).read_text().splitlines()
        real = ["ExecStart=/bin/true" if x.startswith("ExecStart=") else x for x in lines]
        (tmp_path / name).write_text("\n".join(real))
    return tmp_path


@pytest.mark.parametrize("name", SERVICES + TIMERS + PATHS)
def test_systemd_understands_every_line(units: Path, name: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", units / name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""  # it exits 0 on keys that it does not know
    assert done.returncode == 0


@pytest.mark.parametrize("name", [name for name in SERVICES if name != UPDATER])
def test_no_service_is_more_than_hardly_exposed(units: Path, name: str) -> None:
    words = ["security", "--offline=yes", f"--threshold={MOST_EXPOSURE}", units / name]
    done = subprocess.run(
        ["systemd-analyze", *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", TIMERS)
def test_every_timer_has_its_service_and_starts_at_boot(name: str) -> None:
    assert (UNITS / name).with_suffix(".service").exists()
    text = (UNITS / name).read_text()
    assert "[Install]" in text
    assert "Persistent=yes" in text  # a plotter that is off at night still gets its turn


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_that_systemd_starts_waits_for_a_network(name: str) -> None:
    assert "network" not in (UNITS / name).read_text().replace("PrivateNetwork", "")


def proc_options(unit: str) -> str:
    """How systemd mounts /proc for a unit, from what the unit says."""
    said = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line)
    options = [f"hidepid={said['ProtectProc']}"] if "ProtectProc" in said else []
    return ",".join([*options, *(["subset=pid"] if said.get("ProcSubset") == "pid" else [])])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount /proc as systemd does")
def test_the_pins_open_with_what_the_unit_lets_the_service_see(tmp_path: Path) -> None:
    """With a stand-in for lgpio; /proc/cpuinfo tells of a Pi, where it is left at all."""
    here = Path(__file__).parent / "appliance"
    shutil.copy(here / "lgpio_stand_in.py", tmp_path / "lgpio.py")
    (tmp_path / "cpuinfo").write_text("Revision\t: c03115\n")
    options = proc_options((UNITS / "catplotter.service").read_text())
    script = (
        f"mount -t proc -o {options} proc /proc\n"
        f"test -e /proc/cpuinfo && mount --bind {tmp_path}/cpuinfo /proc/cpuinfo\n"
        f"cd {tmp_path}; exec {sys.executable} {here / 'press_in_unit.py'}"
    )
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{UNITS.parent}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "draw stop 22=1\n", done.stderr
