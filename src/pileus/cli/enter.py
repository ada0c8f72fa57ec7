"""`pileus enter`: a shell inside a contained host."""

from __future__ import annotations

import os

import click

from pileus.cli.options import state_option
from pileus.cli.reach import KINDS, into, replace_by
from pileus.cli.state import State
from pileus.cli.words import Trouble


@click.command(context_settings={"ignore_unknown_options": True})
@state_option
@click.argument("host", required=False)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def command(state: State, host: str | None, command: tuple[str, ...]) -> None:
    """Open a shell inside a contained host: its links, its nftables, its virsh."""
    hosts = [name for name in state.hosts() if into(state, name, *KINDS)]
    chosen = host or (hosts[0] if len(hosts) == 1 else "")
    if chosen not in hosts:
        said = f"there is no contained host {chosen}".strip()
        raise Trouble(said, fix=f"name one of: {', '.join(hosts)}" if hosts else "pileus up")
    replace_by([*into(state, chosen, *KINDS), *(command or (os.environ.get("SHELL", "/bin/sh"),))])
