"""Options that several sub-commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pileus.cli.state import DEFAULT, State


def _state(context: click.Context, parameter: click.Parameter, given: str) -> State:
    return State(Path(given).absolute())


def _path(context: click.Context, parameter: click.Parameter, given: str | None) -> Path | None:
    return None if given is None else Path(given).absolute()


state_option: Any = click.option(
    "--state",
    default=str(DEFAULT),
    show_default=True,
    envvar="PILEUS_STATE",
    metavar="DIR",
    callback=_state,
    help="The cloud's directory.",
)
config_option: Any = click.option(
    "--config", metavar="FILE", callback=_path, help="Settings, as TOML; those of the last `up` otherwise."
)
tied_option: Any = click.option("--tied", is_flag=True, hidden=True, help="End with the process that started this one.")
