"""`catplotter plugins`: who is told what, and what others have added."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from firmware_gcode.facts import LANGUAGES
from pi_service.appliance import host
from pi_service.appliance.host import ApplianceError
from pi_service.appliance.install import base_python
from pi_service.appliance.places import Places
from pi_service.cli.client import ask, same_url, url_option
from pi_service.cli.options import data_option, sentences
from pi_service.plugins import kinds as installed_kinds
from pi_service.plugins.sandbox import drop_in
from pi_service.plugins.settings import FILE, Kept

PATIENCE_S = 40.0
"""A plug-in is loaded while somebody waits."""
PINNED = {"apprise": Path(installed_kinds.__file__).with_name("requirements-apprise.txt")}
"""Plug-ins whose libraries are pinned by hash."""
NETWORK = "On an installed plotter let it out: sudo catplotter plugins sandbox"


@click.group(invoke_without_command=True)
@url_option
@click.pass_context
def plugins(context: click.Context, url: str) -> None:
    """List the plug-ins that are set up: notifiers, triggers, drawing sources."""
    context.obj = url
    if context.invoked_subcommand is not None:
        return
    found = ask(url, "plugins")
    for each in found["plugins"]:
        how = "off" if not each["enabled"] else each["fault"] or "well"
        click.echo(f"{each['name']:<16} {each['group']}/{each['kind']:<12} {how}")
    if not found["plugins"]:
        click.echo("None is set up. `catplotter plugins kinds` shows what is installed.")


@plugins.command()
@same_url
def kinds(url: str) -> None:
    """List what is installed, with its options."""
    for each in ask(url, "plugins/kinds")["kinds"]:
        click.echo(f"{each['group']}/{each['kind']}  ({each['package']})")
        for option in _options(url, each["group"], each["kind"]):
            marks = ["secret"] * option["secret"] + ["optional"] * (not option["required"])
            click.echo(
                f"  {option['name']:<8} {option['about']} ({', '.join(marks) or 'shown'})"
            )


@plugins.command()
@click.argument("kind")
@click.argument("name")
@click.argument("options", nargs=-1, metavar="[OPTION=VALUE]...")
@same_url
def add(url: str, kind: str, name: str, options: tuple[str, ...]) -> None:
    """Set up a plug-in of KIND, such as webhook or ntfy, called NAME.

    What is secret is asked for, or read from standard input line by line; never put it into
    the command line, which everybody on this machine can read. OPTION alone asks for one that
    need not be there.
    """
    group, found = _kind(url, kind)
    values = _values(_options(url, group, found), options, new=True)
    body = {"name": name, "group": group, "kind": found, "options": values}
    ask(url, "plugins", method="POST", body=body, within_s=PATIENCE_S)
    click.echo(f"{name} is set up. {NETWORK}")


@plugins.command("set")
@click.argument("name")
@click.argument("options", nargs=-1, required=True, metavar="OPTION[=VALUE]...")
@same_url
def change(url: str, name: str, options: tuple[str, ...]) -> None:
    """Change options of NAME; a secret one is asked for."""
    known = _named(url, name)
    values = _values(_options(url, known["group"], known["kind"]), options, new=False)
    _put(url, known, {"options": values})
    click.echo(f"{name} is changed.")


@plugins.command()
@click.argument("name")
@same_url
def on(url: str, name: str) -> None:
    """Switch NAME on, also one that has failed too often."""
    _put(url, _named(url, name), {"enabled": True})
    click.echo(f"{name} is on.")


@plugins.command()
@click.argument("name")
@same_url
def off(url: str, name: str) -> None:
    """Switch NAME off; its options are kept."""
    _put(url, _named(url, name), {"enabled": False})
    click.echo(f"{name} is off.")


@plugins.command()
@click.argument("name")
@same_url
def remove(url: str, name: str) -> None:
    """Take NAME away, with its options."""
    ask(url, f"plugins/{_named(url, name)['id']}", method="DELETE")
    click.echo(f"{name} is gone.")


@plugins.command()
@click.argument("name")
@same_url
def test(url: str, name: str) -> None:
    """Have the notifier NAME send a message now."""
    found = ask(url, f"plugins/{_named(url, name)['id']}/test", method="POST", body={})
    click.echo(found["text"])


@plugins.command()
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the messages.")
@click.option("--quiet", help="Nothing is told then, every day: 22:00-08:00; or empty.")
@click.option("--few-cells", type=click.IntRange(0, 100), help="So many free cells are few.")
@click.option("--after", "after_s", type=click.IntRange(0), help="Told after so many seconds.")
@click.option("--waiting", "waiting_min", type=click.IntRange(0), help="Minutes; 0: never.")
@same_url
def rules(url: str, **given: Any) -> None:
    """Show when and how people are told, or change it."""
    now = ask(url, "plugins")["rules"]
    changed = {name: value for name, value in given.items() if value is not None}
    if changed:
        now = ask(url, "plugins/rules", method="PUT", body=now | changed)
    for name, value in now.items():
        click.echo(f"{name:<12} {value}")


@plugins.command()
@data_option
@click.option("--show", is_flag=True, help="Print what would be opened; change nothing.")
@click.option(
    "--anywhere", is_flag=True, help="Open all addresses: for servers whose own ones change."
)
@sentences(ApplianceError, OSError)
def sandbox(data: Path, *, show: bool, anywhere: bool) -> None:
    """Open the service's sandbox for what the plug-ins need, and nothing else; needs sudo.

    Names are looked up now: do it again if a server moves.
    """
    kept = Kept(data / FILE)
    if kept.fault is not None:
        raise ApplianceError(str(kept.fault))
    text = drop_in(kept.uses, anywhere=anywhere)
    if show:
        click.echo(text or "Nothing is to be opened.")
        return
    places = Places()
    if os.geteuid() != 0:
        raise ApplianceError("This changes the machine: run it with sudo.")
    if text:
        host.write(places.opened, text)
    else:
        places.opened.unlink(missing_ok=True)
    host.run(["systemctl", "daemon-reload"])
    host.run(["systemctl", "try-restart", "catplotter.service"])
    click.echo(text or "Nothing is open any more.")


@plugins.command()
@click.argument("requirements", nargs=-1, required=True)
@sentences(ApplianceError, OSError)
def install(requirements: tuple[str, ...]) -> None:
    """Install plug-ins, as pip names them, beside the releases; needs sudo.

    They stay there over updates. `apprise` is installed from versions pinned by hash.
    """
    target = installed_kinds.folder()
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="catplotter-") as folder:
        host.run([base_python(), "-m", "venv", folder])
        pip = [f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "--upgrade"]
        pip += ["--disable-pip-version-check", "--target", str(target)]
        for each in requirements:
            pinned = PINNED.get(each)
            what = [each] if pinned is None else ["--require-hashes", "-r", str(pinned)]
            host.run([*pip, "--only-binary", ":all:", *what])
    click.echo(f"Installed in {target}. `catplotter plugins kinds` shows it.")


def _options(url: str, group: str, kind: str) -> list[dict[str, Any]]:
    path = f"plugins/options?group={group}&kind={kind}"
    found: list[dict[str, Any]] = ask(url, path, within_s=PATIENCE_S)["options"]
    return found


def _kind(url: str, text: str) -> tuple[str, str]:
    """Group and name of a kind, which may be named by its name alone."""
    found = [
        (each["group"], each["kind"])
        for each in ask(url, "plugins/kinds")["kinds"]
        if text in {each["kind"], f"{each['group']}/{each['kind']}"}
    ]
    if len(found) != 1:
        advice = "`catplotter plugins kinds` shows all, written as GROUP/KIND."
        raise click.ClickException(f"There is no one plug-in called {text!r}. {advice}")
    return found[0]


def _values(
    known: list[dict[str, Any]], given: tuple[str, ...], *, new: bool
) -> dict[str, str]:
    """What the options are set to; what is not said is asked for."""
    said = dict(part.partition("=")[::2] for part in given)
    secret = {each["name"] for each in known if each["secret"]}
    for part in given:
        name, equals, _ = part.partition("=")
        if equals and name in secret:
            raise click.UsageError(
                f"{name} is a secret: write {name} alone, and type it then."
            )
        if not equals:
            said[name] = _asked(name, secret=name in secret)
    if new:
        for each in known:
            if each["required"] and each["name"] not in said:
                said[each["name"]] = _asked(each["name"], secret=each["secret"])
    return said


def _asked(name: str, *, secret: bool) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(name, hide_input=secret))
    return sys.stdin.readline().rstrip("\r\n")


def _named(url: str, name: str) -> dict[str, Any]:
    for each in ask(url, "plugins")["plugins"]:
        if each["name"] == name:
            return dict(each)
    raise click.ClickException(f"There is no plug-in called {name!r}.")


def _put(url: str, known: dict[str, Any], body: dict[str, Any]) -> None:
    ask(url, f"plugins/{known['id']}", method="PUT", body=body, within_s=PATIENCE_S)
