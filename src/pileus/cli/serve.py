"""`pileus serve`: the API and the workflows in one process, without root's powers once its doors are open."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click
import msgspec
import structlog
import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pileus import app, identity
from pileus.cli import log_lines
from pileus.cli.options import config_option, state_option, tied_option
from pileus.cli.process import die_with_parent, drop_to_owner
from pileus.cli.state import State, write_open
from pileus.cli.words import HOPELESS, Trouble
from pileus.settings import BadSettings, Settings, read_settings

log = structlog.get_logger("pileus.serve")

IDLE, IDLE_NEAR = 75, 3600
"""Seconds for which a connection may idle; the agents' own, by the unix socket, are hardly ever closed."""

LAST_ANSWERS = 1
"""Seconds that answers under way have when the process shall end; long polls are cut."""

MEMBER = "pileus"
"""The user, and its project, of the cloud `pileus` in clouds.yaml."""


class Door(uvicorn.Server):
    """A listening socket; several live in one process, which hears signals for all of them."""

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]
        """Leave signals alone."""
        return nullcontext()


@click.command()
@state_option
@config_option
@click.option("--port", type=click.IntRange(0, 65535), help="The TCP port of the API; 0 takes any that is free.")
@click.option("--prepare", is_flag=True, help="Only bring the database up to date, and end.")
@tied_option
def command(state: State, config: Path | None, port: int | None, prepare: bool, tied: bool) -> None:
    """Run the API and the workflows, in the foreground."""
    settings = settings_of(state, config, port)
    state.prepare()
    if prepare:
        drop_to_owner(state.cloud)
        _opened(settings, state, "").store.close()
        return
    with state.held("serve"):
        serve(state, settings, tied=tied)


def settings_of(state: State, config: Path | None, port: int | None = None) -> Settings:
    """The settings of a file, else those of the state directory; raises Trouble for what cannot be used."""
    try:
        settings = read_settings(config or (state.settings if state.settings.exists() else None))
    except BadSettings as error:
        raise Trouble("the settings cannot be used", str(error), "correct the file", code=HOPELESS) from error
    if port is None:
        return settings
    return msgspec.structs.replace(settings, api=msgspec.structs.replace(settings.api, port=port))


def serve(state: State, settings: Settings, *, tied: bool) -> None:
    """Answer until SIGTERM or SIGINT."""
    listener = _listener(settings)
    settings = settings_of_port(settings, listener.getsockname()[1])
    near = _near(state.socket)
    os.chown(state.socket, state.cloud.stat().st_uid, -1)
    secrets = {name: state.secret(name) for name in ("ticket", "admin", MEMBER)}
    configs = _configs(settings)
    for each in configs:
        each.load()
    write_open(state.root / "run" / "url", settings.public_url)
    log_lines.write_structured(log_lines.write_to(state.log("serve")))
    drop_to_owner(state.cloud)
    if tied:
        die_with_parent()
    with _cloud(settings, state, secrets) as cloud:
        for each in configs:
            each.loaded_app = cloud.front
        uvloop.run(_answer([(Door(one), way) for one, way in zip(configs, (listener, near), strict=True)]))
    log.info("ended")
