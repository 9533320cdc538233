"""The commands that the documents tell people to type."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^([ ]*)```sh\n(.*?)^\1```", re.DOTALL | re.MULTILINE)

NOT_RUN = (
    ("make run", "runs until it is stopped; tests/e2e start the service"),
    ("make test", "it is what runs this test"),
    ("make train", "torch and hours; `make test-training` runs these on a few drawings"),
    ("torchrun", "torch and two processes; tests/model_training/test_processes_torch.py"),
    ("sudo make", "changes the machine; tests/appliance/boot.py does it in a Debian"),
    ("sudo apt", "changes the machine"),
    ("sudo nano", "a person edits"),
    ("sudo mkdir", "changes the machine"),
    ("sudo cp", "changes the machine"),
    ("sudo systemctl", "needs systemd; tests/appliance/boot.py"),
    ("sudo catplotter update", "changes the machine; tests/appliance/boot.py"),
    ("sudo catplotter rollback", "changes the machine; tests/appliance/boot.py"),
    ("sudo catplotter plugins", "changes the machine; tests/pi_service/plugins"),
    ("catplotter plugins test", "tells a server; tests/pi_service/plugins have their own"),
    ("systemctl list-timers", "needs systemd; tests/appliance/boot.py"),
    ("tar -xzf catplotter-", "a released archive; `make release` installs from one"),
    ("mosquitto_pub", "needs the hall's broker; tests/pi_service/fleet have a real one"),
    ("sudo catplotter prints contact", "needs finished cats; test_web_prints.py has them"),
    ("sudo catplotter prints labels", "needs finished cats; test_web_prints.py has them"),
    ("catplotter hall", "runs until it is stopped; tests/pi_service/fleet have its page"),
    ("catplotter simulate", "runs until it is stopped; a machine of the same kind is there"),
    ("catplotter calibrate --port", "asks a person; test_calibrate_command.py answers it"),
)
"""How commands begin that are not run, and why."""


def documents() -> list[Path]:
    """The documents with such commands."""
    rooms = ("pi_service", "firmware_gcode", "model_training", "tests")
    found = [REPOSITORY / "README.md"]
    found += [path for room in rooms for path in sorted((REPOSITORY / room).rglob("*.md"))]
    return [path for path in found if list(commands(path))]


def commands(document: Path) -> Iterator[list[str]]:
    """Each command of the blocks marked ``sh``, in its words; comments are left out."""
    for indent, block in _BLOCK.findall(document.read_text()):
        text = textwrap.dedent(indent + block) if indent else block
        for line in text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield [word.removeprefix(".venv/bin/") for word in words]


def reason_not_to_run(words: list[str]) -> str | None:
    """Why a command is not run; None if it is."""
    line = " ".join(words)
    return next((why for begin, why in NOT_RUN if line.startswith(begin)), None)
