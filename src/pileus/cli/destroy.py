"""`pileus destroy`: no trace of a cloud remains on this machine: processes, namespaces, links, guests, files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click

from pileus.cli.launch import clouds_file, unit
from pileus.cli.options import state_option
from pileus.cli.state import State
from pileus.cli.stop import stop
from pileus.cli.words import Trouble


@click.command()
@state_option
@click.option("--yes", is_flag=True, help="Servers, images and all else go for good; this says that you know.")
def command(state: State, yes: bool) -> None:
    """Remove the cloud and every trace of it."""
    if not state.settings.exists() and not (state.root / "secrets").is_dir():
        raise Trouble(f"there is no cloud in {state.root}", fix="name its directory with --state DIR")
    if not yes:
        cause = f"every server, image and setting of the cloud in {state.root} would go for good"
        raise Trouble("not without --yes", cause, "pileus destroy --yes", code=2)
    ended = stop(state)
    print(f"ended: {', '.join(ended)}" if ended else "nothing was running")
    for host in state.hosts():
        _raze(state, host)
        print(f"host {host} is gone, with its guests")
    clouds_file.remove(Path.home() / ".config" / "openstack", state.root)
    if unit.remove(state):
        print(f"{unit.NAME} is disabled and gone")
    shutil.rmtree(state.root)
    print(f"{state.root} is gone")


def _raze(state: State, host: str) -> None:
    """A host's guests, daemons, links and namespaces; of one in the machine's own network also what it made there."""
    from pileus.host.contain.enclosure import ContainFailed
    from pileus.host.contain.moving import standing, vacate

    if os.geteuid() != 0:
        raise Trouble("only root may remove a host", fix="be root")
    try:
        enclosure = standing(host, state.host(host))
        vacate(enclosure)
        enclosure.raze()
    except (ContainFailed, OSError) as error:
        raise Trouble(f"host {host} could not be removed", str(error), "pileus destroy --yes, once more") from error
