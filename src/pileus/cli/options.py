"""Options that several sub-commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import click

from pileus.cli.state import DEFAULT, State

Option: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]


def _state(context: click.Context, parameter: click.Parameter, given: str) -> State:
    return State(Path(given).absolute())


def _path(context: click.Context, parameter: click.Parameter, given: str | None) -> Path | None:
    return None if given is None else Path(given).absolute()


state_option: Option = click.option(
    "--state",
    default=str(DEFAULT),
    show_default=True,
    envvar="PILEUS_STATE",
    metavar="DIR",
    callback=_state,
    help="The cloud's directory.",
)
config_option: Option = click.option(
    "--config", metavar="FILE", callback=_path, help="Settings, as TOML; those of the last `up` otherwise."
)
tied_option: Option = click.option("--tied", is_flag=True, hidden=True, help="End when the parent process ends.")
