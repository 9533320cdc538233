"""A hall of so many plotters: messages, the broker's load, and how long a command takes.

    python -m tests.pi_service.fleet.bench_hall --plotters 50 --seconds 60

A real mosquitto, `Crowd` in a process of its own, and the hall of the page in this one.
Commands go to one plotter at a time, then to all of them at once.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from pi_service.fleet.hall import Hall
from pi_service.fleet.membership import Broker
from tests.pi_service.fleet.broker import RealBroker
from tests.pi_service.fleet.crowd import Crowd

EACH = 40
"""Commands to one plotter."""
ALL = 5
"""Commands to all of them."""


def crowd(port: int, count: int, cat_s: float, end: Event) -> None:
    """The plotters, until `end`."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Crowd(port, count, cat_s=cat_s):
        end.wait()


def until(
    condition: Callable[[], object], within_s: float = 240.0, *, every_s: float = 0.02
) -> None:
    """Wait until something is so."""
    last = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < last, "it never came to be so"
        time.sleep(every_s)


def broker_pid(broker: RealBroker) -> int:
    """The broker's process."""
    assert broker._process is not None
    return broker._process.pid


def whole(hall: Hall, count: int) -> bool:
    """Whether so many plotters are seen, each with its picture."""
    found = hall.view()["plotters"]
    return len([each for each in found if each["online"] and each["picture"]]) == count


def answered(hall: Hall, to: list[str] | None) -> float:
    """Give a harmless command; seconds until all who were asked have answered."""
    done = hall.command("pause", to)
    begun = time.monotonic()

    def over() -> bool:
        with hall._lock:
            errand = next(each for each in hall._errands._known if each.id == done["id"])
            return errand.over

    until(over)
    return time.monotonic() - begun


def measure(plotters: int, seconds: float, cat_s: float) -> dict[str, Any]:
    """Run the hall; the figures."""
    heard = [0, 0]

    class Counting(Hall):
        def _heard(self, client: Any, data: Any, message: Any) -> None:
            heard[0] += 1
            heard[1] += len(message.payload)
            super()._heard(client, data, message)

    context = multiprocessing.get_context("spawn")
    end = context.Event()
    with (
        tempfile.TemporaryDirectory() as folder,
        RealBroker(Path(folder), careful=False) as broker,
    ):
        process = context.Process(target=crowd, args=(broker.port, plotters, cat_s, end))
        process.start()
        with closing(Counting(Broker(host="127.0.0.1", port=broker.port))) as hall:
            hall.start()
            begun = time.monotonic()
            until(lambda: whole(hall, plotters), every_s=0.5)
            came = time.monotonic() - begun
            mosquitto, own = psutil.Process(broker_pid(broker)), psutil.Process()
            threading.Event().wait(2)
            heard[:] = [0, 0]
            before = (mosquitto.cpu_times(), own.cpu_times(), time.monotonic())
            threading.Event().wait(seconds)
            after = (mosquitto.cpu_times(), own.cpu_times(), time.monotonic())
            took = after[2] - before[2]
            load = [
                (b.user + b.system - a.user - a.system) / took * 100
                for a, b in zip(before[:2], after[:2], strict=True)
            ]
            counted = [n / took for n in heard]
            one = [answered(hall, [f"north-{n % plotters + 1}"]) for n in range(EACH)]
            every = [answered(hall, None) for _ in range(ALL)]
            view = sys.getsizeof(str(hall.view()))
            memory = mosquitto.memory_info().rss, own.memory_info().rss
        end.set()
        process.join(30)
    return {
        "plotters": plotters,
        "all seen after, s": round(came, 2),
        "messages a second": round(counted[0], 1),
        "kB a second": round(counted[1] / 1000, 1),
        "broker: % of a core; MB": (round(load[0], 1), round(memory[0] / 1e6, 1)),
        "hall: % of a core; MB": (round(load[1], 1), round(memory[1] / 1e6, 1)),
        "one command: median, worst ms": _ms(one),
        "to all: median, worst ms": _ms(every),
        "whole view, kB": round(view / 1000),
    }


def _ms(seconds: list[float]) -> tuple[int, int]:
    return round(1000 * statistics.median(seconds)), round(1000 * max(seconds))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plotters", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--cat-s", type=float, default=60, help="seconds from cat to cat")
    wanted = parser.parse_args()
    for name, figure in measure(wanted.plotters, wanted.seconds, wanted.cat_s).items():
        print(f"{name}: {figure}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
