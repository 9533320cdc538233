"""Puts the parts together: model, machine, studio, triggers and page, as one service."""

from __future__ import annotations

import logging
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl.events import LinkEvent, LinkState, StateChanged
from firmware_gcode.grbl.finder import PlotterFinder
from firmware_gcode.grbl.link import Link
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from pi_service.plugins.plugins import Plugins
from pi_service.sketching.model_file import ModelFileError
from pi_service.sketching.sketcher import DEFAULT_MODEL, Sketcher
from pi_service.studio.access.access import Access
from pi_service.studio.access.store import FILE as ACCESS
from pi_service.studio.calendar.clock import ClockSigns
from pi_service.studio.core.database import DAMAGE, LostDatabase, StoreError
from pi_service.studio.core.notices import Troubles
from pi_service.studio.core.settings import StudioSettings, setting
from pi_service.studio.history.archive import DATABASE, JOURNAL
from pi_service.studio.history.backup import way_back
from pi_service.studio.history.elsewhere import Elsewhere
from pi_service.studio.jobs.store import Store
from pi_service.studio.studio import Studio
from pi_service.studio.workshop.messages import Messages
from pi_service.studio.workshop.own_profile import OwnProfile, own_profile
from pi_service.studio.workshop.workshop import Workshop
from pi_service.triggers.button import Button, ButtonError, Wish
from pi_service.triggers.light import Light, LightError
from pi_service.triggers.schedule import Schedule
from pi_service.watchdog import Watchdog, period
from pi_service.web.access import VisitorLimits
from pi_service.web.routes.app import create_app
from pi_service.web.security import own_names
from pi_service.web.server import WebServer
from pi_service.web.vitals import Vitals

if TYPE_CHECKING:
    from gpiozero.pins import Factory

    from pi_service.fleet.hall import Hall
    from pi_service.fleet.member import Member
    from pi_service.fleet.membership import Membership

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - read, not listened on
SWITCH_S = 0.0005
"""How long Python lets one thread count before another has its turn, in seconds.

The thread that feeds the plotter needs some turns for each line, and for each it waits so
long for every thread that counts before it: with Python's own 5 ms the pen stands on the
paper. What it comes to is measured by ``tests/bench/bench_visitors.py``.
"""

logger = logging.getLogger(__name__)

SPEECHLESS = frozenset({LinkState.ABSENT, LinkState.CONNECTING, LinkState.FAULTED})
"""States in which nobody knows whether what is at the port is a plotter."""
STRANGE = frozenset({"port-speaks-other", "port-speaks-no-grbl", "port-silent"})
"""Codes of what is at the port and is no plotter, or none that is switched on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """What the owner decides of the service's own parts."""

    allow_host: tuple[str, ...] = setting(
        (),
        "A name under which the page may be opened, besides this machine's own and any "
        "address in digits; .example.org allows all below it. May be given several times.",
    )
    proxy: str | None = setting(
        None,
        "The address of a reverse proxy (one on this machine: 127.0.0.1) that is believed "
        "about who asks: X-Forwarded-For, X-Forwarded-Proto.",
    )
    prefix: str = setting(
        "",
        "The path below which a reverse proxy has the page, such as /cats.",
    )
    button_pin: int | None = setting(
        17,
        "The GPIO of the button (Broadcom's numbering), wired to ground.",
        least=0,
        most=27,
    )
    stop_pin: int | None = setting(
        None,
        "The GPIO of a second button, which stops at once; none if not given.",
        least=0,
        most=27,
    )
    light_pin: tuple[int, ...] = setting(
        (),
        "The GPIO of the light; three times for one of three colours: red, green, blue.",
        least=0,
        most=27,
    )
    camera: str | None = setting(
        None,
        "The address of a camera's MJPEG stream or JPEG snapshot, such as "
        "http://127.0.0.1:8080/stream of ustreamer; it stays off until the staff switch it "
        "on.",
    )
    camera_mb: float = setting(
        300.0,
        "Size of the camera's pictures from which on the oldest are let go.",
        unit="MB",
        least=1,
    )
    backup_to: Path | None = setting(
        None,
        "A second folder for backups, on a stick or of another computer, mounted here.",
    )
    speed: float = setting(
        1.0,
        "How many times faster than real time the simulated plotter moves.",
        least=0.1,
        most=1000,
    )


@dataclass(frozen=True, kw_only=True)
class ServiceConfig(ServiceSettings):
    """What the owner decides when the service is started.

    Attributes:
        profile_file: The file that it is from, or None for one that comes with catplotter.
        find_port: Gives the plotter's port, or None while there is none; None for a
            simulated plotter in this process.
        http_port: Port of the page, or 0 for any free one.
        pin_factory: gpiozero's pins; None for those of this board.
        signs: By what this computer shows that its clock is right; None: it is.
        fleet: The MQTT broker that it reports to; None for none.
        camera_login: ``user:password`` for the camera, or None.
        listed: All settings with their values, as the API tells them.
    """

    data: Path
    profile: Profile
    profile_file: Path | None = None
    paper: Paper
    find_port: Callable[[], str | None] | None = field(default_factory=PlotterFinder)
    model: Path = DEFAULT_MODEL
    host: str = "127.0.0.1"
    http_port: int = 8080
    pin_factory: Factory | None = None
    signs: ClockSigns | None = None
    fleet: Membership | None = None
    camera_login: str | None = None
    visitors: VisitorLimits = field(default_factory=VisitorLimits)
    settings: StudioSettings = field(default_factory=StudioSettings)
    listed: Sequence[Mapping[str, Any]] = ()


class Service:
    """Everything that runs beside the plotter. A context manager: ready inside, parked after.

    A missing model, plotter or button does not keep it from starting; the page says what is
    missing. Nor does a database that is damaged, gone or cannot be written: then nothing is
    drawn, and everybody is told what brings it back. What it cannot do without (its port, a
    paper that fits the machine) ends the start with an error that says why.

    Raises:
        OSError: The page's port cannot be used, or another service uses the folder.
        ValueError: Paper and machine do not fit together.
    """

    def __init__(self, config: ServiceConfig) -> None:
        self._open = ExitStack()
        try:
            self._build(config)
        except BaseException:
            self._open.close()
            raise

    @property
    def url(self) -> str:
        """The page's address for those who will most likely open it."""
        if self._host not in EVERYWHERE:
            return self.web.url
        return f"http://{_name(None)}.local:{self.web.port}/"

    def _build(self, config: ServiceConfig) -> None:
        store = _store(config.data)
        self._database = store.database
        self._open.callback(store.close)
        own = own_profile(config.profile, config.profile_file, config.data)
        profile = config.profile if own is None else own.profile
        journal = config.data / JOURNAL
        self._add_link(config, profile, journal)
        self.studio = Studio(
            store=store,
            link=self._link,
            sketcher=_sketcher(config.model),
            profile=profile,
            paper=config.paper,
            settings=config.settings,
            signs=config.signs,
            journal=journal,
        )
        if isinstance(config.find_port, PlotterFinder):
            self.studio.machine.adopt = config.find_port.forget
        self._add_camera(config)
        self.workshop = self._add_workshop(own, config)
        self.access = self._add_access(config.data)
        self.plugins = Plugins(
            self.studio, config.data, name=_name(config.fleet), url=lambda: self.url
        )
        self._hall = self._add_hall(config.fleet)
        app = create_app(
            self.studio,
            plotters=self._hall,
            doors=self.access,
            workshop=self.workshop,
            plugins=self.plugins,
            visitors=config.visitors,
            allowed_hosts=(*own_names(), *config.allow_host),
            vitals=self._vitals(),
            listed=config.listed,
            url=lambda: self.url,
        )
        self._host = config.host
        self.web = WebServer(
            app, config.host, config.http_port, proxy=config.proxy, prefix=config.prefix
        )
        self._open.callback(self.web.close)
        if self.access is not None:
            self.access.keys.serve_local(self.web.port)
        self._open.callback(self.studio.close)
        if self.workshop is not None:
            self._open.callback(self.workshop.close)
        self._add_button(config)
        self._add_light(config)
        self._schedule = Schedule(self.studio)
        self._open.callback(self._schedule.close)
        self._open.callback(self.plugins.close)
        self._add_member(config.fleet)
        self._add_watchdog()

    def _add_link(self, config: ServiceConfig, profile: Profile, journal: Path) -> None:
        self.simulated: PtyMachine | None = None
        if config.find_port is None:
            self.simulated = PtyMachine(
                settings=profile.grbl, speed=config.speed, pen=profile.pen
            )
            self._open.callback(self.simulated.close)
        find_port = config.find_port or self._simulated_port
        self._link = Link(find_port, profile, journal=journal)
        self._open.callback(self._link.close)
        self._know_the_plotter(config)

    def _vitals(self) -> Vitals:
        return Vitals(
            self._turned(),
            self._database.ping,
            Troubles(self._link).counts,
            room=self.studio.supplies.lack_of_room,
        )

    def _know_the_plotter(self, config: ServiceConfig) -> None:
        """Remember the board that speaks GRBL: another one is not taken for it."""
        finder = config.find_port
        if not isinstance(finder, PlotterFinder):
            return
        finder.remember_in(config.data / "plotter.json")

        def hear(event: LinkEvent) -> None:
            if not isinstance(event, StateChanged):
                return
            if event.state not in SPEECHLESS:
                finder.met()
            elif event.reason is not None and event.reason.code in STRANGE:
                finder.doubt()

        self._link.subscribe(hear)

    def _add_workshop(self, own: OwnProfile | None, config: ServiceConfig) -> Workshop | None:
        """The maker's corner; without a file for the profile there is none."""
        if own is None:
            return None
        if own.said:
            self.studio.notices.say(own.said)
        messages, to = Messages(), config.backup_to
        logging.getLogger().addHandler(messages)
        self._open.callback(logging.getLogger().removeHandler, messages)
        return Workshop(
            machine=self.studio.machine,
            link=self._link,
            own=own,
            paper=config.paper,
            data=config.data,
            events=self.studio.events,
            adopt=self.studio.use_profile,
            messages=messages,
            elsewhere=None if to is None else Elsewhere(to, config.data),
        )

    def _add_camera(self, config: ServiceConfig) -> None:
        """Where one is configured; else nothing of it is even imported."""
        if config.camera is None:
            return
        from pi_service.studio.camera.camera import FOLDER, Camera  # noqa: PLC0415 - see above
        from pi_service.studio.camera.errors import CameraError  # noqa: PLC0415
        from pi_service.studio.camera.source import Address  # noqa: PLC0415

        try:
            address = Address.parse(config.camera, config.camera_login)
        except CameraError as error:
            self.studio.problems.report("camera", error.fact)
            return
        self.studio.camera = Camera(
            address,
            database=self._database,
            events=self.studio.events,
            problems=self.studio.problems,
            folder=config.data / FOLDER,
            keep_mb=config.camera_mb,
        )
        self._open.callback(self.studio.camera.close)

    def _simulated_port(self) -> str | None:
        return self.simulated.port if self.simulated else None

    def _add_access(self, data: Path) -> Access | None:
        """Who may do what; where that cannot be read, all are visitors and are told why."""
        if self._database.fault is not None and not (data / ACCESS).exists():
            return None  # nothing is begun anew beside a database that is lost
        try:
            access = Access(data)
        except StoreError as error:
            lost = error.fact.code in DAMAGE
            told = fact("access-lost", why=error.fact, path=str(data / ACCESS))
            self.studio.problems.report("access", told if lost else error.fact)
            return None
        self._open.callback(access.close)
        return access

    def _add_button(self, config: ServiceConfig) -> None:
        pins = {Wish.DRAW: config.button_pin, Wish.STOP: config.stop_pin}
        for wish, pin in pins.items():
            if pin is None:
                continue
            try:
                button = Button(self.studio, pin, wish=wish, pin_factory=config.pin_factory)
            except ButtonError as error:
                self.studio.problems.report(f"{wish} button", error.fact)
            else:
                self._open.callback(button.close)

    def _add_light(self, config: ServiceConfig) -> None:
        if not config.light_pin:
            return
        try:
            light = Light(self.studio, config.light_pin, pin_factory=config.pin_factory)
        except LightError as error:
            self.studio.problems.report("light", error.fact)
        else:
            self._open.callback(light.close)

    def _add_member(self, membership: Membership | None) -> None:
        self._member: Member | None = None
        if membership is not None:
            from pi_service.fleet.member import Member  # noqa: PLC0415 - most have no broker

            remembering = replace(
                membership, memory=self._database.path.with_name("fleet.name")
            )
            self._member = Member(self.studio, remembering, url=self.url)
            self._open.callback(self._member.close)

    def _add_hall(self, membership: Membership | None) -> Hall | None:
        """All plotters of the broker, for the staff's page."""
        if membership is None:
            return None
        from pi_service.fleet.hall import Hall  # noqa: PLC0415 - most have no broker

        hall = Hall(membership)
        self._open.callback(hall.close)
        return hall

    def _turned(self) -> dict[str, Callable[[], float]]:
        """When each loop last turned; for later, when all of them are there."""
        return {
            "link": lambda: self._link.last_turn,
            "worker": lambda: self.studio.worker.last_turn,
            "schedule": lambda: self._schedule.last_turn,
        }

    def _page_turned(self) -> float:
        """When the page's server last turned; not asked while the pen draws."""
        drawing = self.studio.worker.active is not None
        return time.monotonic() if drawing else self.web.last_turn

    def _add_watchdog(self) -> None:
        """Where systemd watches, tell it that the parts live."""
        every_s = period()
        self._watchdog: Watchdog | None = None
        if every_s is not None:
            turned = {**self._turned(), "page": self._page_turned}
            self._watchdog = Watchdog(turned, every_s=every_s)
            self._open.callback(self._watchdog.close)

    def mended(self) -> bool:
        """Whether a database that was lost at the start is there again: begin anew then."""
        return isinstance(self._database, LostDatabase) and self._database.mended()

    @property
    def anew(self) -> Callable[[], object] | None:
        """What is to be done once this one is closed, before it begins anew; None: nothing."""
        return None if self.workshop is None else self.workshop.keeper.anew

    def __enter__(self) -> Self:
        self._open.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(SWITCH_S)
        self._link.start()
        self.studio.start()
        if self.studio.camera is not None:
            self.studio.camera.start()
        if self.workshop is not None:
            self.workshop.start()
        self._schedule.start()
        self.web.start()
        self.plugins.start()
        if self._member is not None:
            self._member.start()
        if self._hall is not None:
            self._hall.start()
        if self._watchdog is not None:
            self._watchdog.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what is being drawn, lift the pen, and close every part, the last one first."""
        self._open.close()


def _name(fleet: Membership | None) -> str:
    """What the plotter is called: at its broker, or else as this computer is."""
    return socket.gethostname().partition(".")[0] if fleet is None else fleet.topics.name


def _store(data: Path) -> Store:
    """What the service keeps, or what stands in for it, and says why.

    Raises:
        OSError: There is no such folder and none can be made, or another service uses it.
    """
    path = data / DATABASE
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return Store.open(path)
    except StoreError as error:
        if error.fact.code == "store-used":
            raise
        why = [error.fact]
    logger.error("%s", why[0])
    if why[0].code in DAMAGE:
        why.append(way_back(data))
    return Store(LostDatabase(path, why))


def _sketcher(model: Path) -> Sketcher | Fact:
    """The artist, or why there is none."""
    try:
        return Sketcher.load(model)
    except ModelFileError as error:
        logger.warning("%s", error)
        return error.fact
