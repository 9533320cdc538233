"""Every command in the documents does what a reader expects: it runs."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from pi_service.__main__ import LazyGroup, cli
from pi_service.service import Service, ServiceConfig
from pi_service.sketching.sketcher import DEFAULT_MODEL
from pi_service.studio.jobs.job import Request
from tests.docs.commands import (
    NOT_RUN,
    REPOSITORY,
    commands,
    documents,
    reason_not_to_run,
)

STAR = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60mm" height="60mm" viewBox="0 0 60 60">'
    '<path d="M30 5 L45 50 L5 22 H55 L15 50 Z" fill="none" stroke="black"/></svg>'
)
PORTS = {"/tmp/plotter": "simulated", "/dev/ttyUSB0": "z-pen"}  # noqa: S108 - documents' names
"""The ports in the documents, and the machine at each."""
AT_WORK = {"drawing", "paused"}
NEEDS_A_DRAWING = {"pause", "resume", "stop", "feed"}
DRAWING = ("DRAW", "SHEET")
"""Commands that a model draws for."""
FEWER = {"49": "2", "9": "2", "5": "2"}
"""How many cats are drawn here instead: two show as much as a sheet full."""
LOOKS = (("machine", "check"), ("doctor",))
"""Commands that end with 1 where something is not as it should be."""


class Desk:
    """A folder with what the documents take for granted, and a service that runs.

    Args:
        folder: The folder.
        service: The service.
        data: Its folder.
        ports: The simulated machines' ports, by their names in the documents.
        model: Draws where no command names another: nobody looks at these cats.
    """

    def __init__(
        self, folder: Path, service: Service, data: Path, ports: dict[str, str], model: Path
    ) -> None:
        self.folder = folder
        self._service = service
        self._ports = ports
        names = ["SCHEDULE_ADD", "SCHEDULE_LIST", *map(str.upper, LazyGroup.subcommands)]
        self._environment = {f"CATPLOTTER_{name}_URL": service.web.url for name in names}
        self._environment |= {f"CATPLOTTER_{name}_MODEL": str(model) for name in DRAWING}
        self._environment["CATPLOTTER_DATA"] = str(data)

    def type(self, words: list[str]) -> None:
        """Run a command, and hold it to having gone well."""
        here = [self._ports.get(word, word) for word in words]
        for place, word in enumerate(here[1:], 1):
            if here[place - 1] == "--n":
                here[place] = FEWER.get(word, word)
        if here[0] == "sudo":
            here = here[1:]
        if here[1] in NEEDS_A_DRAWING:
            self._have_drawn()
        if here[0] != "catplotter":
            subprocess.run(here, cwd=self.folder, check=True)
            return
        environment = dict(self._environment)
        if here[1] == "restore":  # the service has its folder open
            environment["CATPLOTTER_DATA"] = str(self.folder / "restored")
        runner = CliRunner(env=environment)
        with contextlib.chdir(self.folder):
            done = runner.invoke(
                cli, here[1:], input="y\n" * 20, auto_envvar_prefix="CATPLOTTER"
            )
        looks = any(here[1:][: len(each)] == list(each) for each in LOOKS)
        fine = {0, 1} if looks else {0}
        assert done.exit_code in fine, f"`{' '.join(words)}`: {done.output}"

    def _have_drawn(self) -> None:
        """Wait until a cat is being drawn."""
        studio = self._service.studio
        if studio.snapshot()["machine"]["state"] not in AT_WORK:
            studio.jobs.request(Request("page"))
        while studio.snapshot()["machine"]["state"] not in AT_WORK:
            threading.Event().wait(0.05)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gallery")


@pytest.fixture(scope="module")
def service(data: Path, plain_model: Path) -> Iterator[Service]:
    """The gallery whose documents are read, one after the other."""
    config = ServiceConfig(
        data=data,
        profile=Profile.load("simulated"),
        paper=Paper.named("A5"),
        find_port=None,
        model=plain_model,
        speed=2,
        http_port=0,
        button_pin=None,
        camera="http://127.0.0.1:9/stream",  # where nothing listens
    )
    with Service(config) as running:
        while running.studio.snapshot()["machine"]["state"] != "ready":
            threading.Event().wait(0.05)
        yield running


@pytest.fixture
def desk(tmp_path: Path, service: Service, data: Path, plain_model: Path) -> Iterator[Desk]:
    for name in ("begin.svg", "star.svg"):
        (tmp_path / name).write_text(STAR)
    for room in ("firmware_gcode", "pi_service"):
        (tmp_path / room).symlink_to(REPOSITORY / room)
    shutil.copy(DEFAULT_MODEL, tmp_path / "my.safetensors")
    with contextlib.ExitStack() as stack:
        ports = {}
        for port, name in PORTS.items():
            machine = PtyMachine(settings=Profile.load(name).grbl, speed=200)
            ports[port] = stack.enter_context(machine).port
        yield Desk(tmp_path, service, data, ports, plain_model)


@pytest.mark.parametrize("document", documents(), ids=lambda p: str(p.relative_to(REPOSITORY)))
def test_every_command_of_a_document_runs(document: Path, desk: Desk) -> None:
    for words in commands(document):
        if reason_not_to_run(words) is None:
            desk.type(words)


def test_what_is_not_run_stands_in_a_document() -> None:
    lines = [" ".join(words) for document in documents() for words in commands(document)]
    for begin, _ in NOT_RUN:
        assert any(line.startswith(begin) for line in lines), f"no document has `{begin}`"


def test_the_researchers_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (REPOSITORY / "model_training/README.md").read_text()
    example = text.split("```python\n")[1].split("```")[0]
    exec(compile(example, "model_training/README.md", "exec"), {})  # noqa: S102 - our own text
    assert "345 classes; a cat of" in capsys.readouterr().out
