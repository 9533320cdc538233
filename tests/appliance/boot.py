r"""Boots a real Debian, installs catplotter in it by one command, and lets bad things happen.

Run as root, with a root file system made beforehand and a folder of wheels (the booted machine
has no network)::

    debootstrap --variant=minbase \
      --include=systemd,systemd-sysv,dbus,udev,python3,python3-venv,make trixie rootfs
    pip download -d wheels --only-binary :all: -r requirements.txt
    pip download -d wheels --only-binary :all: hatchling==1.33.0
    python -m tests.appliance.boot rootfs wheels

Prints a line for each thing that was seen; ends with exit code 1 at the first that was not.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.appliance.machine import FailedError, Machine, wait
from tests.appliance.sources import unpack

OPTIONS = """\
CATPLOTTER_SERVE_SIMULATE_MISSING=1
CATPLOTTER_SERVE_LISTEN=0.0.0.0:8080
CATPLOTTER_SERVE_SPEED={speed}
CATPLOTTER_SERVE_STOP_PIN=27
CATPLOTTER_SERVE_LIGHT_PIN=22
"""
PI = "Hardware\t: BCM2835\nRevision\t: c03115\nModel\t\t: Raspberry Pi 4 Model B Rev 1.5\n"
"""What /proc/cpuinfo says on a Pi; gpiozero looks for its second line."""
STATE = "/var/lib/catplotter"


def passed(words: str) -> None:
    """One line for a thing that was seen."""
    print(f"ok    {words}", flush=True)


def put_source(
    machine: Machine, name: str, version: str = "", *, broken: bool = False
) -> None:
    """A copy of the repository's last commit in the machine, perhaps a broken release."""
    target = machine.root / "root" / name
    unpack(target)
    if version:
        project = target / "pyproject.toml"
        text = project.read_text()
        now = next(line for line in text.splitlines() if line.startswith("version = "))
        project.write_text(text.replace(now, f'version = "{version}"', 1))
    if broken:
        serve = target / "pi_service/cli/serve.py"
        runs = "    with Service(config)"
        text = serve.read_text()
        serve.write_text(text.replace(runs, f"    raise SystemExit(3)\n{runs}", 1))


def set_speed(machine: Machine, speed: int) -> None:
    """Choose how fast the simulated plotter is; counts from the service's next start."""
    (machine.root / "etc/catplotter.conf").write_text(OPTIONS.format(speed=speed))


def draw(machine: Machine) -> int:
    """Ask for a cat; its job's number."""
    job = machine.ask("/api/v1/jobs", "POST", {})
    if not job or "id" not in job:
        raise FailedError(f"no cat was accepted: {job}")
    return int(job["id"])


def done(machine: Machine, job: int) -> bool:
    """Whether a cat is on the paper."""
    return machine.job(job).get("state") == "done"


def restarted(machine: Machine, before: int) -> bool:
    """Whether the service runs well, in another process than before."""
    return machine.pid() not in {0, before} and machine.healthy()


def installs(machine: Machine) -> None:
    """By one command, which may be given again."""
    set_speed(machine, 50)
    put_source(machine, "catplotter")
    begin = time.monotonic()
    machine.said_by_install = machine.run("make -C catplotter install WHEELS=/wheels").stdout
    passed(f"`make install` in {time.monotonic() - begin:.0f} s")
    packages = "/opt/catplotter/releases/*/venv/lib/python3*/site-packages"
    parts = machine.run(f"du -sm {packages}/* | sort -rn | head -6").stdout.split()
    names = [Path(path).name for path in parts[1::2]]
    large = ", ".join(f"{n} {mb}" for n, mb in zip(names, parts[::2], strict=True))
    whole = machine.run("du -sm /opt/catplotter").stdout.split()[0]
    passed(f"{whole} MB installed ({large})")
    machine.run("make -C catplotter install WHEELS=/wheels")
    passed("`make install` once more")
    begin = time.monotonic()
    machine.run("systemctl restart catplotter")
    passed(f"start to ready in {time.monotonic() - begin:.1f} s")


def lets_only_the_staff_in(machine: Machine) -> None:
    """The installation has printed how the password is set; the token is nowhere else."""
    link = machine.run("catplotter access token").stdout
    token = link.strip().rpartition("=")[2]
    if "/login?token=" not in link or len(token) < 30:
        raise FailedError(f"no link for the first password: {link}")
    if "/login?token=" not in machine.said_by_install:
        raise FailedError("`make install` did not print the link for the first password")
    seen = machine.run("cat /proc/[0-9]*/cmdline | tr '\\0' ' '").stdout
    key = machine.run(f"cat {STATE}/local.key").stdout
    for secret in (token, json.loads(key)["secret"]):
        if secret in seen:
            raise FailedError("a secret stands in the list of processes")
    report = machine.run("catplotter doctor --report /root/report.txt; cat /root/report.txt")
    if token in report.stdout or json.loads(key)["secret"] in report.stdout:
        raise FailedError("the doctor's report holds a secret")
    words = "printf 'a good password\\na good password\\n' | catplotter access password"
    machine.run(words)
    if "/login?token=" in machine.run("catplotter access token", check=False).stdout:
        raise FailedError("the link still works after the password was set")
    passed("the link for the first password, and no secret in processes and report")


def draws_a_cat(machine: Machine) -> None:
    """The main job."""
    job = draw(machine)
    wait("the cat to be drawn", 60, lambda: done(machine, job))
    passed("a cat was drawn on the simulated plotter")


def gets_pins(machine: Machine) -> None:
    """A stand-in for lgpio, and a Pi's /proc/cpuinfo: gpiozero's own pins, under the unit."""
    code = Path(__file__).with_name("lgpio_stand_in.py").read_text()
    folder = machine.run(
        "ls -d /opt/catplotter/current/venv/lib/python3*/site-packages"
    ).stdout
    (machine.root / folder.strip().lstrip("/") / "lgpio.py").write_text(code)
    (machine.root / "etc/cpuinfo").write_text(PI)
    unit = "/etc/systemd/system/catplotter.service.d"
    bind = "[Service]\\nBindReadOnlyPaths=/etc/cpuinfo:/proc/cpuinfo\\n"
    machine.run(f"mkdir -p {unit}; printf '{bind}' > {unit}/pi.conf; touch /dev/gpiochip0")
    machine.run("systemctl daemon-reload; systemctl restart catplotter")


def press(machine: Machine, pin: int, seconds: float = 0.1) -> None:
    """A finger on a button."""
    levels = "/run/catplotter/levels"
    machine.run(f"echo {pin}=0 > {levels}; sleep {seconds}; : > {levels}")


def jobs_of(machine: Machine, source: str) -> list[int]:
    """The numbers of the jobs that somebody asked for, the newest first."""
    said = machine.ask("/api/v1/jobs") or {"jobs": []}
    return [job["id"] for job in said["jobs"] if job["source"] == source]


def presses_buttons(machine: Machine) -> None:
    """One draws, the other one stops, and the light shines."""
    gets_pins(machine)
    wait("it to be healthy", 30, machine.healthy)
    problems = machine.ask("/api/v1/state")["problems"]
    if problems:
        raise FailedError(f"with pins it says {problems}")
    press(machine, 17, 0.0005)
    press(machine, 17)
    wait("the press to be a job", 10, lambda: jobs_of(machine, "button"))
    job = jobs_of(machine, "button")[0]
    wait("the cat to be drawn", 60, lambda: done(machine, job))
    passed("a press of the pin under the unit became a cat")
    set_speed(machine, 1)
    machine.run("systemctl restart catplotter")
    wait("it to be healthy", 30, machine.healthy)
    job = draw(machine)
    wait("the pen to draw", 60, lambda: machine.job(job).get("strokes_drawn", 0) >= 1)
    press(machine, 27)
    wait("the stop", 20, lambda: machine.job(job).get("state") not in {"drawing", "waiting"})
    lamp = machine.run("cat /run/catplotter/outputs").stdout.strip()
    passed(f"the stop button stopped a cat ({machine.job(job)['state']}); light: {lamp}")
    machine.ask(f"/api/v1/jobs/{job}/cancel", "POST", {})
    machine.ask("/api/v1/machine/resume", "POST", {})  # nothing begins before that
    set_speed(machine, 50)
    machine.run("rm -r /etc/systemd/system/catplotter.service.d /dev/gpiochip0")
    machine.run("systemctl daemon-reload; systemctl restart catplotter")
    wait("it to be healthy", 30, machine.healthy)


DATABASE = f"{STATE}/catplotter.db"
LOSSES = {
    "empty": f": > {DATABASE}",
    "cut in half": f"truncate -s $(($(stat -c %s {DATABASE}) / 2)) {DATABASE}",
    "scrambled": f"dd if=/dev/urandom of={DATABASE} bs=4096 seek=1 count=9 conv=notrunc",
    "gone": f"rm {DATABASE}",
    "somebody else's": f"chown root: {DATABASE}; chmod 600 {DATABASE}",
    "on a card that is read-only": f"mount -o remount,ro=fs {STATE}",
    "on a card that is full": f"dd if=/dev/zero of={STATE}/fill bs=64k",
}


def loses_its_database(machine: Machine) -> None:
    """The page comes up whatever became of it, and a backup is put back while it runs."""
    small = "/mnt/card"
    machine.run("systemctl start catplotter-backup.service; systemctl stop catplotter")
    backup = machine.run(f"ls {STATE}/backups").stdout.split()[-1]
    machine.run(f"mkdir -p {small}; cp -a {STATE} {small}/sound")
    for words, spoil in LOSSES.items():
        machine.run(f"mount -t tmpfs -o size=128m,mode=700 none {STATE}")
        machine.run(f"chown catplotter: {STATE}; cp -a {small}/sound/. {STATE}/")
        machine.run(f"{spoil} 2>/dev/null; true")
        machine.run("systemctl reset-failed catplotter; systemctl start --no-block catplotter")
        begin = time.monotonic()
        wait(f"the page with a database {words}", 60, machine.healthy)
        seconds = time.monotonic() - begin
        before, told = machine.pid(), machine.ask("/api/v1/state")["shown"]["sentence"]
        refused = machine.ask("/api/v1/jobs", "POST", {})
        stopped = machine.ask("/api/v1/machine/stop", "POST", {})
        if not refused or "id" in refused or not stopped or "machine" not in stopped:
            raise FailedError(f"with a database {words}: {refused}, {stopped}")
        time.sleep(8)
        if machine.pid() != before:
            raise FailedError(f"with a database {words} it does not stay")
        passed(f"a database {words}: page after {seconds:.1f} s: {told}")
        if "card" in words:
            machine.run(f"mount -o remount,rw=fs {STATE}; rm -f {STATE}/fill")
        elif "somebody" in words:
            machine.run(f"chown catplotter: {DATABASE}")
        else:
            machine.run(f"catplotter restore {STATE}/backups/{backup} --data {STATE}")
        seconds = wait("it to go on", 40, lambda: machine.ask("/readyz") and goes_on(machine))
        if machine.pid() != before:
            raise FailedError("it went on in another process")
        passed(f"... put right: it goes on {seconds:.1f} s later, in the same process")
        machine.ask("/api/v1/machine/resume", "POST", {})
        machine.run(f"systemctl stop catplotter; umount {STATE}")
    machine.run("systemctl start catplotter")
    wait("it to be healthy", 30, machine.healthy)


def goes_on(machine: Machine) -> bool:
    """Whether the service can work and has its history."""
    said = machine.ask("/readyz") or {}
    if said.get("status") != "ready":
        return False
    return bool(machine.ask("/api/v1/jobs")["jobs"])


def keeps_secrets(machine: Machine) -> None:
    """Nobody else can read what the service keeps."""
    open_to_all = machine.run(f"find {STATE} -perm /007").stdout
    if open_to_all:
        raise FailedError(f"others may read {open_to_all}")
    passed("nobody else can read the service's files")


def backs_up(machine: Machine) -> None:
    """What the two timers start."""
    listed = machine.run("systemctl list-timers --no-pager --no-legend").stdout
    if "catplotter-backup.timer" not in listed or "catplotter-tidy.timer" not in listed:
        raise FailedError(f"the timers are not there: {listed}")
    machine.run("systemctl start catplotter-backup.service catplotter-tidy.service")
    backup = machine.run(f"ls {STATE}/backups").stdout.split()[-1]
    machine.run(f"catplotter restore {STATE}/backups/{backup} --data /root/again")
    passed(f"the timers wait; the backup {backup} was written, read back and restored")


def survives_a_hang(machine: Machine) -> None:
    """The watchdog's patience is shortened so that the test need not have so much."""
    folder = "/run/systemd/system/catplotter.service.d"
    machine.run(f"mkdir -p {folder}; printf '[Service]\\nWatchdogSec=4\\n' > {folder}/4.conf")
    machine.run("systemctl daemon-reload; systemctl restart catplotter")
    before = machine.pid()
    time.sleep(8)
    if machine.pid() != before:
        raise FailedError("the watchdog bit a service that lives")
    machine.run(f"kill -STOP {before}")
    seconds = wait("the watchdog to restart it", 40, lambda: restarted(machine, before))
    said = machine.run("journalctl -u catplotter --no-pager").stdout
    if "Watchdog timeout" not in said or "SIGABRT" not in said:
        raise FailedError("the restart was not the watchdog's")
    passed(f"a hang: restarted by a watchdog of 4 s, healthy after {seconds:.0f} s")
    machine.run(f"rm {folder}/4.conf; systemctl daemon-reload; systemctl restart catplotter")


def survives_a_kill(machine: Machine) -> None:
    """As the kernel does it where memory is short."""
    before = machine.pid()
    machine.run(f"kill -9 {before}")
    seconds = wait("a restart", 30, lambda: restarted(machine, before))
    passed(f"a kill: healthy again after {seconds:.1f} s")


def survives_a_full_disk(machine: Machine) -> None:
    """A small file system of its own under the service's folder is filled to the last byte."""
    small = "/mnt/small"
    machine.run(f"systemctl stop catplotter; mkdir -p {small}")
    machine.run(f"mount -t tmpfs -o size=128m,mode=755 none {small}")
    machine.run(f"cp -a {STATE}/. {small}/ && mount --bind {small} {STATE}")
    machine.run(f"chown catplotter: {STATE} && systemctl start catplotter")
    machine.run(f"dd if=/dev/zero of={small}/fill bs=64k 2>/dev/null; true")
    said = machine.ask("/api/v1/jobs", "POST", {})
    if not machine.healthy() or (said and "id" in said):
        raise FailedError(f"with a full disk it says: {said}")
    passed(f"a full /var: {said and said.get('detail')}")
    machine.run(f"rm {small}/fill")
    draws_a_cat(machine)
    machine.run(f"systemctl stop catplotter; umount {STATE} {small}")
    machine.run("systemctl start catplotter")


def rolls_back(machine: Machine) -> None:
    """A good update, a broken one, and the way back by hand."""
    wait("it to be healthy", 30, machine.healthy)
    version = machine.ask("/healthz")["version"]
    put_source(machine, "newer", "7.7.7")
    machine.run("catplotter update newer --wheels /wheels")
    if not machine.healthy("7.7.7"):
        raise FailedError("the newer release does not run")
    passed("an update to a newer release")
    put_source(machine, "broken", "9.9.9", broken=True)
    update = machine.run("catplotter update broken --wheels /wheels", check=False)
    if update.returncode == 0 or not machine.healthy("7.7.7"):
        raise FailedError(f"a broken release: {update.stdout}{update.stderr}")
    passed(f"an update to a broken release: {update.stderr.strip()}")
    machine.run("catplotter rollback")
    wait("the first release", 30, lambda: machine.healthy(version))
    passed("a rollback by hand")


def survives_a_power_cut(machine: Machine) -> None:
    """In the middle of a drawing, with another one waiting."""
    set_speed(machine, 1)
    machine.run("systemctl restart catplotter")
    wait("it to be healthy", 30, machine.healthy)
    job, later = draw(machine), draw(machine)
    wait("strokes", 60, lambda: machine.job(job).get("strokes_drawn", 0) >= 2)
    machine.power_cut()
    set_speed(machine, 50)
    machine.power_on()
    wait("it to be healthy", 60, machine.healthy)
    if machine.job(job).get("state") != "interrupted":
        raise FailedError(f"after the power cut the job is {machine.job(job)}")
    passed("a power cut in the middle of a drawing: the job is interrupted, the rest waits")
    machine.ask("/api/v1/machine/home", "POST", {})
    machine.ask(f"/api/v1/jobs/{job}/finish", "POST", {})
    wait("both cats", 90, lambda: done(machine, job) and done(machine, later))
    passed("finished on a person's word, and the one that waited after it")


def uninstalls(machine: Machine) -> None:
    """Nothing is left but the drawings."""
    machine.run("make -C catplotter uninstall")
    left = machine.run("ls -d /opt/catplotter /usr/local/bin/catplotter", check=False).stdout
    if left or machine.run(f"ls {STATE}").stdout == "":
        raise FailedError(f"left after `make uninstall`: {left}")
    passed("`make uninstall`")


STEPS = (
    installs,
    lets_only_the_staff_in,
    draws_a_cat,
    presses_buttons,
    keeps_secrets,
    backs_up,
    survives_a_hang,
    survives_a_kill,
    survives_a_full_disk,
    loses_its_database,
    rolls_back,
    survives_a_power_cut,
    uninstalls,
)


def main() -> int:
    """Run everything in order on a copy of the root file system."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("rootfs", type=Path)
    parser.add_argument("wheels", type=Path)
    wanted = parser.parse_args()
    beside = wanted.rootfs.resolve().parent
    folder = Path(tempfile.mkdtemp(prefix="catplotter-boot-", dir=beside))
    root = folder / "root"
    subprocess.run(["cp", "-a", "--reflink=auto", wanted.rootfs, root], check=True)
    machine = Machine(root, wanted.wheels.resolve(), folder / "console.log")
    try:
        machine.power_on()
        passed("a blank machine booted")
        for step in STEPS:
            step(machine)
    except FailedError as failure:
        journal = machine.run("journalctl -n 40 --no-pager", check=False).stdout
        print(f"{journal}\nFAILED  {failure}")
        return 1
    finally:
        machine.power_cut()
        shutil.rmtree(folder)
    print("all seen")
    return 0


if __name__ == "__main__":
    sys.exit(main())
