"""`kill -9` of the whole service at work: page, link, simulated plotter and database."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from pi_service.studio.access.tokens import LocalKey

KILLS = 2
LAST = ("done", "cancelled", "failed")


class Life:
    """One life of `catplotter serve` on a folder; ends by SIGKILL."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.folder = folder
        words = ("--simulate-missing", "--speed", "60", "--grid", "9x9", "--paper", "A4")
        places = ("--data", str(folder), "--model", str(model), "--listen", "127.0.0.1:0")
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pi_service", "serve", *words, *places],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Self:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "http://" in line:
                self.url = line.split()[-1]
                return self
        raise AssertionError("the service did not start")

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        with self.process:
            pass

    def ask(self, path: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
        """One request to the API by this machine's command line; None if it is refused."""
        local = LocalKey.read(self.folder)
        assert local is not None
        request = Request(
            f"{self.url}api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {local.secret}",
                "Content-Type": "application/json",
                "Idempotency-Key": key or "none",
            },
        )
        try:
            with urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except HTTPError as error:
            error.close()
            return None


def test_no_job_is_lost_or_drawn_twice_when_the_service_is_killed(
    tmp_path: Path, plain_model: Path
) -> None:
    rng = random.Random(4)
    accepted: list[int] = []
    for life in range(KILLS):
        with Life(tmp_path, plain_model) as service:
            for broken in service.ask("state")["interrupted"]:
                service.ask(f"jobs/{broken['id']}/finish", {})
            for number in range(2):
                made = service.ask("jobs", {}, key=f"{life}-{number}")
                accepted.append(made["id"])
            time.sleep(rng.uniform(0.0, 1.5))
    with Life(tmp_path, plain_model) as service:

        def all_ended() -> bool:
            for broken in service.ask("state")["interrupted"]:
                service.ask(f"jobs/{broken['id']}/finish", {})
            return all(service.ask(f"jobs/{job}")["state"] in LAST for job in accepted)

        wait_for(all_ended)
        jobs = [service.ask(f"jobs/{job}") for job in accepted]
        again = service.ask("jobs", {}, key="0-0")
    assert again["id"] == accepted[0], "asking again after two deaths gives the same job"
    assert len(set(accepted)) == 2 * KILLS
    assert [job["state"] for job in jobs] == ["done"] * len(jobs)
    assert sorted(job["edition"] for job in jobs) == list(range(1, len(jobs) + 1))
    assert len({(job["sheet"], job["cell"]) for job in jobs}) == len(jobs)


def wait_for(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        time.sleep(0.1)
