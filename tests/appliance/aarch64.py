r"""Installs catplotter in a Debian for the Pi's processor and compares its cats with ours.

Run as root on an x86-64 machine; QEMU runs the other processor's programs, slowly::

    apt install qemu-user-static binfmt-support systemd-container debootstrap
    debootstrap --arch=arm64 --variant=minbase \
      --include=python3,python3-venv trixie rootfs-arm64
    pip download -d wheels-arm64 --only-binary :all: --no-deps --python-version 3.13 \
      --platform manylinux_2_28_aarch64 --platform manylinux2014_aarch64 -r requirements.txt
    pip download -d wheels-arm64 --only-binary :all: hatchling==1.33.0
    python -m tests.appliance.aarch64 rootfs-arm64 wheels-arm64

Prints a line for each thing that was seen; ends with exit code 1 at the first that was not.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.appliance.machine import FailedError
from tests.appliance.sources import REPOSITORY, unpack

PARTS = Path(__file__).with_name("inside_aarch64.py")
SEEDS = 12
LONGEST_S = 3600
"""QEMU is some twenty times slower than a Pi; beside other work it is slower still."""


def passed(words: str) -> None:
    """One line for a thing that was seen."""
    print(f"ok    {words}", flush=True)


class Foreign:
    """A root file system for another processor, whose programs QEMU runs.

    Args:
        root: The root file system.
        wheels: A folder that it sees as ``/wheels``.
    """

    def __init__(self, root: Path, wheels: Path) -> None:
        self._words = ["systemd-nspawn", "--register=no", "--keep-unit", "--private-network"]
        self._words += ["-q", "--pipe", f"--bind-ro={wheels}:/wheels", "-D", str(root)]

    def run(self, *command: str) -> str:
        """Run a command in it, without network; what it printed.

        Raises:
            FailedError: It failed.
        """
        done = subprocess.run(
            [*self._words, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_S,
        )
        if done.returncode:
            raise FailedError(f"`{' '.join(command)}`:\n{done.stdout}{done.stderr}")
        return done.stdout

    def part(self, name: str) -> Any:
        """Run one part of `inside_aarch64.py`; the JSON of its last line."""
        said = self.run("/usr/bin/python3", f"/root/{PARTS.name}", name, str(SEEDS))
        return json.loads(said.splitlines()[-1])


def ours(folder: Path) -> dict[str, str]:
    """The same seeds drawn by this machine's own processor: each seed's G-code."""
    command = [sys.executable, "-m", "pi_service", "draw", "--n", str(SEEDS), "--seed", "0"]
    subprocess.run(
        [*command, "--gcode", str(folder / "cat.gcode")],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return {str(n): (folder / f"cat-{n}.gcode").read_text() for n in range(SEEDS)}


def compare(here: dict[str, str], there: dict[str, str]) -> str:
    """How many programs are the same to the byte, and which are not."""
    other = [seed for seed in here if here[seed] != there[seed]]
    digest = hashlib.sha256("".join(here.values()).encode()).hexdigest()[:12]
    if not other:
        return f"{len(here)} of {len(here)} programs the same to the byte (sha256 {digest})"
    shape = [seed for seed in other if len(corners(here[seed])) != len(corners(there[seed]))]
    worst = max((distance(here[s], there[s]) for s in other if s not in shape), default=0.0)
    return (
        f"{len(here) - len(other)} of {len(here)} programs the same to the byte; of the rest "
        f"{len(shape)} are other drawings (seeds {shape}), "
        f"{len(other) - len(shape)} differ by at most {worst:.3f} mm"
    )


def corners(program: str) -> list[tuple[str, float]]:
    """Every X and Y that a program names, in order, mm."""
    words = re.findall(r"([XY])(-?[\d.]+)", program)
    return [(letter, float(number)) for letter, number in words]


def distance(here: str, there: str) -> float:
    """The largest difference between the coordinates of two programs, mm."""
    pairs = zip(corners(here), corners(there), strict=True)
    return max(abs(one[1] - other[1]) for one, other in pairs)


def see(root: Path, wheels: Path, folder: Path) -> None:
    """Everything, in order."""
    source = root / "root/catplotter"
    shutil.rmtree(source, ignore_errors=True)
    shutil.rmtree(root / "opt/catplotter", ignore_errors=True)
    unpack(source)
    shutil.copy(PARTS, root / "root")
    foreign = Foreign(root, wheels)
    said = foreign.part("machine")
    if said["machine"] != "aarch64":
        raise FailedError(f"this is no aarch64 Debian, but {said}")
    passed(f"{said['machine']}, Python {said['python']}, on {platform.machine()} by QEMU")
    begin = time.monotonic()
    parts = foreign.part("install")
    passed(f"installed from wheels only in {time.monotonic() - begin:.0f} s")
    passed("; ".join(f"{name} {size:.1f} MB" for name, size in parts.items()))
    begin = time.monotonic()
    there = foreign.part("draw")
    passed(f"{len(there)} cats drawn in {time.monotonic() - begin:.0f} s")
    passed(compare(ours(folder), there))
    served = foreign.part("serve")
    if served["state"] != "done" or served["exit"]:
        raise FailedError(f"the service was asked for a cat: {served}")
    passed(f"the service answers after {served['ready_s']:.0f} s, drew a cat, and stopped")


def main() -> int:
    """Run everything on a copy of the root file system."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("rootfs", type=Path)
    parser.add_argument("wheels", type=Path)
    wanted = parser.parse_args()
    beside = wanted.rootfs.resolve().parent
    folder = Path(tempfile.mkdtemp(prefix="catplotter-aarch64-", dir=beside))
    try:
        copy = ["cp", "-a", "--reflink=auto", str(wanted.rootfs), str(folder / "root")]
        subprocess.run(copy, check=True)
        see(folder / "root", wanted.wheels.resolve(), folder)
    except FailedError as failure:
        print(f"FAILED  {failure}")
        return 1
    finally:
        shutil.rmtree(folder)
    print("all seen")
    return 0


if __name__ == "__main__":
    sys.exit(main())
