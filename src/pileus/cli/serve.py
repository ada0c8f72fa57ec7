"""`pileus serve`: the API and the workflows in one process, without root's powers once its doors are open."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import urlsplit

import click
import structlog
import uvicorn
import uvloop
from msgspec.structs import replace
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pileus import app, identity, image
from pileus.cli import log_lines
from pileus.cli.launch import checks
from pileus.cli.options import config_option, state_option, tied_option
from pileus.cli.process import as_owner_of, die_with_parent, give_memory_back, in_a_child
from pileus.cli.settings import settings_of, unusable
from pileus.cli.state import State, write
from pileus.cli.words import HOPELESS, Trouble
from pileus.kernel import migrations
from pileus.kernel.store import Store
from pileus.settings import BadSettings, Settings

log = structlog.get_logger()

IDLE, IDLE_NEAR = 75, 3600
"""Seconds for which a connection may idle; those of agents, by the unix socket, are hardly ever closed."""

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
@click.option("--prepare", is_flag=True, help="Only check the settings and bring the database up to date.")
@tied_option
def command(state: State, config: Path | None, port: int | None, prepare: bool, tied: bool) -> None:
    """Run the API and the workflows, in the foreground."""
    settings = settings_of(state, config)
    if port is not None:
        settings = at_port(settings, port)
    state.prepare()
    secrets = {name: state.secret(name) for name in ("ticket", "admin", MEMBER)}
    if prepare:
        _ways(settings)
        with as_owner_of(state.cloud):
            built(settings, state, secrets).store.close()
        return
    with state.held("serve"):
        serve(settings, state, secrets, tied=tied)


def at_port(settings: Settings, port: int) -> Settings:
    """The settings with the port on which the API is really reached."""
    return replace(settings, api=replace(settings.api, port=port))


def serve(settings: Settings, state: State, secrets: dict[str, str], *, tied: bool) -> None:
    """Answer until SIGTERM or SIGINT."""
    give_memory_back()
    if settings.api.port == 0:  # whichever is free, but the same again while the cloud runs
        settings = at_port(settings, urlsplit(state.url).port or 0)
    listener, near = _listener(settings), _near(state)
    settings = at_port(settings, listener.getsockname()[1])
    ways = _ways(settings)
    write(state.root / "run" / "url", settings.public_url, 0o644)
    log_lines.write_structured(log_lines.write_to(state.log("serve")))
    with as_owner_of(state.cloud):
        cloud = cloud_of(settings, state, secrets)
    if tied:
        die_with_parent()
    gc.freeze()  # what is there by now stays: no collection need look at it again, which halves what lists cost
    cloud.start()
    log.info("serving", url=settings.public_url)
    try:
        doors = [_door(way, cloud) for way in ways]
        uvloop.run(_answer(cloud, doors, [listener, near]))
    finally:
        cloud.stop()
    log.info("ended")


def built(settings: Settings, state: State, secrets: dict[str, str]) -> app.Cloud:
    """The cloud, put together, with its schema; no other thread may run yet."""
    in_a_child(lambda: bring_schema(settings, state))
    try:
        return app.build(settings, state.cloud, secrets["ticket"])
    except BadSettings as error:
        raise unusable(error) from error


def cloud_of(settings: Settings, state: State, secrets: dict[str, str]) -> app.Cloud:
    """The same with what every cloud begins with; its address in the catalogue is the one in the settings."""
    cloud = built(settings, state, secrets)
    member = identity.Person(MEMBER, secrets[MEMBER], MEMBER, ("member",))
    cloud.store.write(identity.seed, app.seed_of(settings, secrets["admin"], people=(member,)))
    cloud.store.write(image.seed_definitions)
    return cloud


def bring_schema(settings: Settings, state: State) -> None:
    """Bring the database to the newest schema."""
    store = Store(app.database_url(settings, state.cloud))
    if migrations.newest():
        store.create_schema()
    else:
        store.sketch()
    store.close()


def _listener(settings: Settings) -> socket.socket:
    """The public door; raises Trouble where it cannot be opened."""
    at = settings.api.listen, settings.api.port
    try:
        return checks.listening(*at)
    except (OSError, OverflowError) as error:
        said = f"the API cannot listen on {at[0]} port {at[1]}"
        raise Trouble(said, str(error), "free the port, or choose another with --port", code=HOPELESS) from error


def _near(state: State) -> socket.socket:
    """The door for processes of this machine: root's agent, and who serves."""
    near = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    state.socket.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        near.bind(str(state.socket))
    except OSError as error:
        fix = "choose a shorter path with --state"
        raise Trouble(f"the API cannot listen on {state.socket}", str(error), fix, code=HOPELESS) from error
    finally:
        os.umask(before)
    os.chown(state.socket, state.cloud.stat().st_uid, -1)
    return near


async def _not_yet(scope: object, receive: object, send: object) -> None:
    """What a door leads to until there is a cloud: certificates are read while this process may."""


def _ways(settings: Settings) -> list[uvicorn.Config]:
    """How the two doors are answered: the public one, under TLS if there is a certificate, and the near one."""
    return [_way(IDLE, cert=settings.api.tls_cert, key=settings.api.tls_key), _way(IDLE_NEAR)]


def _way(idle: int, *, cert: str = "", key: str = "") -> uvicorn.Config:
    config = uvicorn.Config(
        _not_yet,
        loop="none",
        http=HttpToolsProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=idle,
        timeout_graceful_shutdown=LAST_ANSWERS,
        ssl_certfile=cert or None,
        ssl_keyfile=key or None,
    )
    try:
        if key and not cert:
            raise OSError("there is a key, but no certificate")
        config.load()
    except OSError as error:
        raise Trouble(
            "the certificate cannot be used", str(error), "check --tls-cert, --tls-key", code=HOPELESS
        ) from error
    return config


def _door(way: uvicorn.Config, cloud: app.Cloud) -> Door:
    way.loaded_app = cloud.front
    return Door(way)


async def _answer(cloud: app.Cloud, doors: Sequence[Door], listeners: Sequence[socket.socket]) -> None:
    def shut() -> None:
        cloud.let_go()
        for door in doors:
            door.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, shut)
    await asyncio.gather(*(door.serve([at]) for door, at in zip(doors, listeners, strict=True)))
