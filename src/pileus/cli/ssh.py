"""`pileus ssh`: a login on a server, from within the network of its host."""

from __future__ import annotations

import click

from pileus.cli.client import Client, Refused, administrator
from pileus.cli.options import state_option
from pileus.cli.reach import address_of, replace_by, server_named, ssh_to
from pileus.cli.state import State


@click.command(context_settings={"ignore_unknown_options": True})
@state_option
@click.option("-l", "--login", "user", help="Who logs in.  [default: what the image says, else root]")
@click.argument("server")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def command(state: State, user: str | None, server: str, command: tuple[str, ...]) -> None:
    """Log in to a server, or run a command there."""
    api = administrator(state)
    found = server_named(api, server)
    host = found["OS-EXT-SRV-ATTR:host"] or ""
    replace_by([*ssh_to(state, host, address_of(found), user or _user_of(api, found)), *command])


def _user_of(api: Client, server: dict[str, object]) -> str:
    image = server["image"]
    try:
        return str(api.read("image", f"/v2/images/{image['id']}").get("os_admin_user", "root"))  # type: ignore[index]
    except (Refused, TypeError):
        return "root"
