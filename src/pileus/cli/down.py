"""`pileus down`: ends the control plane and the agent; says what becomes of the guests."""

from __future__ import annotations

import click

from pileus.cli.options import state_option
from pileus.cli.state import State
from pileus.cli.stop import guests, stop


@click.command()
@state_option
def command(state: State) -> None:
    """Stop the cloud; its servers go on."""
    ended = stop(state)
    print(f"ended: {', '.join(ended)}" if ended else "nothing was running")
    running = guests(state)
    if running:
        print(f"{running} guest{'s' * (running != 1)} and their networks go on, without anybody who looks after them.")
        print("`pileus up` takes them up again; `pileus destroy --yes` ends them with all else.")
