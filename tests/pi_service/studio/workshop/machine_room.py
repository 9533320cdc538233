"""A workshop with the real link and the simulated GRBL machine behind a real pty."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.grbl.link import Link
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import SHIPPED
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.store import Store
from pi_service.studio.studio import Studio
from pi_service.studio.workshop.computer import Computer
from pi_service.studio.workshop.own_profile import OwnProfile
from pi_service.studio.workshop.workshop import Workshop
from tests.pi_service.studio.gallery import ZigzagArtist, eventually

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
SPEED = 60.0
WAIT = 30.0


class Room:
    """Studio, link, plotter and workshop, as the service puts them together."""

    def __init__(
        self,
        folder: Path,
        profile: str = "simulated",
        *,
        own: bool = True,
        settings: Mapping[str, float] | None = None,
        paper: str = "A6",
    ) -> None:
        self.data = folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        source = SHIPPED / f"{profile}.toml"
        if own:
            source = folder / "my.toml"
            if not source.exists():
                shutil.copy(SHIPPED / f"{profile}.toml", source)
        self.own = OwnProfile(source, self.data, now=lambda: NOW)
        self.profile = self.own.profile
        has = {**self.profile.grbl, **(settings or {})}
        self.plotter = PtyMachine(settings=has, speed=SPEED, pen=self.profile.pen)
        self.store = Store.open(self.data / "catplotter.db")
        self.link = Link(lambda: self.plotter.port, self.profile)
        self.studio = Studio(
            store=self.store,
            link=self.link,
            sketcher=ZigzagArtist(),
            profile=self.profile,
            paper=Paper.named(paper),
            settings=StudioSettings(caption=False),
        )
        self.workshop = Workshop(
            machine=self.studio.machine,
            link=self.link,
            own=self.own,
            paper=Paper.named(paper),
            data=self.data,
            events=self.studio.events,
            adopt=self.studio.use_profile,
            now=lambda: NOW,
            computer=Computer(self.data, folder),
        )

    def open(self, *, ready: bool = True) -> Workshop:
        """Start everything; wait until the machine is ready to draw, or only there."""
        self.link.start()
        self.studio.start()
        self.workshop.start()
        there = (
            {LinkState.READY}
            if ready
            else set(LinkState)
            - {
                LinkState.ABSENT,
                LinkState.CONNECTING,
            }
        )
        eventually(lambda: self.link.state in there, timeout=WAIT)
        return self.workshop

    def close(self) -> None:
        """End everything, as the service does."""
        self.workshop.close()
        self.studio.close()
        self.link.close()
        self.store.close()
        self.plotter.close()

    def settings(self) -> dict[str, float]:
        """`$$` as the firmware would print it, read past the port."""
        with self.plotter.lock:
            printed = list(self.plotter.machine.board.settings.printed())
        return {f"${number}": float(value) for number, value in printed}

    def still(self) -> None:
        """Wait until nothing moves any more."""
        eventually(lambda: not self.workshop.view()["busy"], timeout=WAIT)
        eventually(lambda: not self.link.details.busy, timeout=WAIT)

    @property
    def place(self) -> tuple[float, float, float]:
        """Where the pen is, work coordinates in mm."""
        self.still()
        work = self.link.details.work
        assert work is not None
        return work
