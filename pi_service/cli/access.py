"""`catplotter access`: the staff's password, keys for programs, the token of the first run."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pi_service.cli.client import ask, local, same_url, url_option
from pi_service.cli.options import data_option
from pi_service.studio.access.tokens import LocalKey, setup_token


@click.group()
@url_option
@click.pass_context
def access(context: click.Context, url: str) -> None:
    """Set the staff's password, and hand out keys for programs."""
    context.obj = url


@access.command()
@data_option
def token(data: Path) -> None:
    """Show the link with which the first password is set on the page."""
    try:
        found, key = setup_token(data), LocalKey.read(data)
    except PermissionError as error:
        raise click.ClickException(
            f"Only the owner of {data} may read it; of an installed service: use sudo."
        ) from error
    if found is None and not (data / "access.db").exists():
        raise click.ClickException(f"No service has run in {data} yet; name its folder.")
    if found is None:
        click.echo("A password is set already. `catplotter access password` sets another one.")
        return
    port = 8080 if key is None else key.port
    click.echo(f"http://localhost:{port}/login?token={found}")
    click.echo(
        "From another computer, put this one's name in the place of localhost.", err=True
    )


@access.command()
@same_url
def password(url: str) -> None:
    """Set the staff's password, the first or another one. Everybody is logged out.

    It is asked for, or read from standard input; never put it into the command line, which
    everybody on this machine can read.
    """
    ask(url, "password", method="PUT", body={"password": _new_password()})
    click.echo("The password is set; everybody has to log in with it.")


@access.command()
@same_url
def logout(url: str) -> None:
    """Log everybody out, everywhere."""
    ask(url, "sessions", method="DELETE")
    click.echo("Everybody has to log in again.")


@access.group(invoke_without_command=True)
@same_url
@click.pass_context
def keys(context: click.Context, url: str) -> None:
    """List the keys for programs; make and revoke them."""
    context.obj = url
    if context.invoked_subcommand is not None:
        return
    found = ask(url, "keys")["keys"]
    for key in found:
        used = local(key["used_at"]) or "never"
        click.echo(f"{key['name']:<24} {key['role']:<8} used {used}")
    if not found:
        click.echo("There is no key. `catplotter access keys add NAME` makes one.")


@keys.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["staff", "visitor"]),
    default="staff",
    show_default=True,
    help="What it may do; a visitor's also reads /metrics from other machines.",
)
@same_url
def add(url: str, name: str, role: str) -> None:
    """Make a key called NAME and print it. It cannot be shown again."""
    made = ask(url, "keys", method="POST", body={"name": name, "role": role})
    click.echo(made["secret"])
    click.echo("Send it as the header `Authorization: Bearer …`. Keep it secret.", err=True)


@keys.command()
@click.argument("name")
@same_url
def revoke(url: str, name: str) -> None:
    """Have the key called NAME open nothing from now on."""
    found = next((key for key in ask(url, "keys")["keys"] if key["name"] == name), None)
    if found is None:
        raise click.ClickException(f"There is no key called {name!r}.")
    ask(url, f"keys/{found['id']}", method="DELETE")
    click.echo(f"The key {name!r} opens nothing any more.")


def _new_password() -> str:
    """The password, from the keyboard (twice) or from standard input (one line)."""
    if sys.stdin.isatty():
        return str(click.prompt("New password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
