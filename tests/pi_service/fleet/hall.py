"""A hall of plotters and one broker, while both are killed: no cat is lost, none drawn twice.

    python -m tests.pi_service.fleet.hall FOLDER --plotters 20 --cats 200 --kills 40 --seed 1

Every plotter is the whole service with a simulated machine, in a process of its own; the
broker is a real mosquitto. A curator asks plotter after plotter for cats, each under an id of
its own, and asks again until it is answered, as the documentation says.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from tests.pi_service.fleet.broker import Curator, RealBroker

GOOD_FOR_S = 3600.0
LONGEST_WAIT_S = 600.0


class Plotter:
    """One plotter of the hall.

    Args:
        name: Its name.
        folder: For what it keeps.
        port: The broker's.
    """

    def __init__(self, name: str, folder: Path, port: int) -> None:
        self.name = name
        self.data = folder / name
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it, from now on."""
        words = ["-m", "pi_service", "serve", "--simulate-missing", "--speed", "200"]
        words += ["--data", str(self.data), "--listen", "127.0.0.1:0", "--grid", "9x9"]
        words += ["--paper", "A4", "--mqtt", f"127.0.0.1:{self._port}", "--name", self.name]
        self._process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )

    def kill(self) -> None:
        """As a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def check(self) -> None:
        """Hold it to running."""
        assert self._process is not None
        assert self._process.poll() is None, f"{self.name} ended by itself"

    def jobs(self) -> dict[str, str]:
        """The request key of every job that it ever accepted, with the job's state."""
        database = self.data / "catplotter.db"
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT request_key, state FROM jobs").fetchall()
        keys = Counter(key for key, _ in found)
        assert max(keys.values(), default=1) == 1, f"{self.name} took a request twice: {keys}"
        return dict(found)


def run(folder: Path, *, plotters: int, cats: int, kills: int, seed: int) -> str:
    """Run the hall until every cat is accounted for; what was seen, in a sentence.

    Raises:
        AssertionError: A cat was lost or drawn twice.
    """
    deadly = [number < kills for number in range(cats)]
    random.Random(seed).shuffle(deadly)
    with RealBroker(folder) as broker:
        hall = [Plotter(f"p{number}", folder, broker.port) for number in range(plotters)]
        for plotter in hall:
            plotter.start()
        curator = Curator(broker.port)
        try:
            asked = ask_for_cats(curator, broker, hall, deadly, seed)
            broken_off = settle(hall, asked)
        finally:
            curator.close()
            for plotter in hall:
                plotter.kill()
    return (
        f"{plotters} plotters, {cats} cats, {kills} kills (seed {seed}): none lost, none "
        f"doubled; {broken_off} broken off on the paper by a kill, and shown as such"
    )


def ask_for_cats(
    curator: Curator, broker: RealBroker, hall: list[Plotter], deadly: list[bool], seed: int
) -> dict[str, set[str]]:
    """Ask for as many cats as `deadly` has entries, with a kill at each that is true.

    Returns:
        The request keys that each plotter accepted.
    """
    rng = random.Random(seed)
    asked: dict[str, set[str]] = {plotter.name: set() for plotter in hall}
    for number, kill in enumerate(deadly):
        plotter = rng.choice(hall)
        plotter.check()
        command = {"command": "draw", "id": f"c{number}", "expires": time.time() + GOOD_FOR_S}
        if kill:
            curator.tell(plotter.name, command)
            threading.Event().wait(rng.uniform(0, 0.3))
            kill_something(broker, rng.choice([plotter, plotter, plotter, None]))
        answer = curator.insist(plotter.name, command, LONGEST_WAIT_S)
        if answer["ok"]:
            asked[plotter.name].add(f"fleet c{number}")
    return asked


def kill_something(broker: RealBroker, plotter: Plotter | None) -> None:
    """Kill and start again: a plotter, or (None) the broker."""
    victim = broker if plotter is None else plotter
    victim.kill()
    victim.start()


def settle(hall: list[Plotter], asked: dict[str, set[str]]) -> int:
    """Wait until nothing is left to be drawn; how many drawings a kill has broken off."""
    until = time.monotonic() + LONGEST_WAIT_S
    broken_off = 0
    for plotter in hall:
        while True:
            jobs = plotter.jobs()
            assert asked[plotter.name] <= set(jobs), f"{plotter.name} has lost a cat"
            states = Counter(jobs.values())
            if states["interrupted"] or not set(states) - {"done"}:
                # One that was broken off waits for a person, and the rest behind it.
                broken_off += states["interrupted"]
                break
            assert time.monotonic() < until, f"{plotter.name} does not finish: {states}"
            plotter.check()
            threading.Event().wait(0.5)
    return broken_off


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for name, default in (("plotters", 20), ("cats", 200), ("kills", 40), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    wanted = vars(parser.parse_args())
    folder = wanted.pop("folder").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    print(run(folder, **wanted))
    return 0


if __name__ == "__main__":
    sys.exit(main())
