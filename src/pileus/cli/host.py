"""`pileus host`: the agent of this machine, or of a few fake ones."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Sequence
from pathlib import Path

import click

from pileus.cli import log_lines
from pileus.cli.options import config_option, state_option, tied_option
from pileus.cli.process import die_with_parent
from pileus.cli.settings import settings_of
from pileus.cli.state import State
from pileus.cli.words import HOPELESS, Trouble
from pileus.compute.host.fake import Faults
from pileus.host import agent
from pileus.host.link import HttpLink
from pileus.host.run import Runner
from pileus.kernel.clock import SystemClock
from pileus.settings import FakeSettings, Settings

log = logging.getLogger("pileus.host")

LOOK = 0.05
"""Seconds between two looks whether the cloud is there yet."""


@click.command()
@state_option
@config_option
@click.option("--name", default=socket.gethostname, help="The host's name in the cloud  [default: this machine's]")
@click.option("--zone", help="The availability zone it is in.")
@click.option("--fake", type=click.IntRange(1, 1000), metavar="K", help="Be K fake hosts: host-1 and so on.")
@tied_option
def command(state: State, config: Path | None, *, name: str, zone: str | None, fake: int | None, tied: bool) -> None:
    """Run the agent of this host, in the foreground."""
    state.prepare()
    with state.held("host"):
        _await_cloud(state)
        settings = settings_of(state, config)
        if fake:
            names = [f"host-{number}" for number in range(1, fake + 1)]
            links = [_link(state, each, zone) for each in names]
            _begin(state, tied=tied)
            _run([_fake(state, name, link, settings.fake) for name, link in zip(names, links, strict=True)])
        else:
            _run([_real(state, settings, name, _link(state, name, zone), tied=tied)])


def _await_cloud(state: State) -> None:
    """Until the cloud listens.  Without it there is nothing to do, and if it cannot use its settings it says so."""
    pause = threading.Event()
    while not _is_open(state.socket):
        pause.wait(LOOK)


def _is_open(path: Path) -> bool:
    """Whether the cloud listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
        return not knock.connect_ex(str(path))


def _link(state: State, name: str, zone: str | None) -> HttpLink:
    return HttpLink(f"unix:{state.socket}", name=name, zone=zone, ticket=state.root / "secrets" / "ticket")


def _begin(state: State, *, tied: bool) -> None:
    log_lines.write_to(state.log("host"))
    if tied:
        die_with_parent()


def _fake(state: State, name: str, link: HttpLink, settings: FakeSettings) -> Runner:
    capacity = {"vcpus": settings.vcpus, "memory_mib": settings.memory_mib, "disk_gib": settings.disk_gib}
    faults = Faults(slow_boot=settings.boot_seconds, refused=settings.fail_define, crashing=settings.crash)
    place = state.host(name) if settings.images else None
    return agent.fake(link, SystemClock(), capacity=capacity, faults=faults, place=place)


def _real(state: State, settings: Settings, name: str, link: HttpLink, *, tied: bool) -> Runner:
    """Inside the host's namespaces, which are made where they lack; still with one thread only."""
    from pileus.host.contain.enclosure import HOME, ContainFailed, Enclosure
    from pileus.host.contain.moving import move

    if os.geteuid() != 0:
        raise Trouble("only root may run a host", "guests need namespaces, taps and libvirt", code=HOPELESS)
    os.umask(0o022)  # what others need not read is closed where it is made; QEMU is another user
    enclosure = Enclosure(name, state.host(name), network=settings.host.is_contained)
    state.host(name).mkdir(exist_ok=True)
    _begin(state, tied=tied)
    try:
        move(enclosure)
        enclosure.build()
        enclosure.enter()
    except (ContainFailed, OSError) as error:
        raise Trouble(
            f"the host {name} has no place of its own", str(error), "pileus doctor says what lacks"
        ) from error
    return agent.real(link, SystemClock(), settings.host, HOME, outside=state.host(name))


def _run(runners: Sequence[Runner]) -> None:
    """Work until SIGTERM or SIGINT."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    for runner in runners:
        threading.Thread(target=runner.start, name="join", daemon=True).start()
    asked.wait()
    log.info("asked to end; guests go on")
    for runner in runners:
        runner.stop()
