"""A host that leaves its place: its guests end, and what it made in the machine's own network goes."""

from __future__ import annotations

from pathlib import Path

from pileus.host.contain.enclosure import Enclosure


def standing(name: str, directory: Path) -> Enclosure:
    """The host as it stands now: contained, or in the machine's own network."""
    contained = Enclosure(name, directory)
    return Enclosure(name, directory, network=not contained.stands_without("net"))


def vacate(enclosure: Enclosure) -> None:
    """End everything inside; of a host in the machine's own network also what it made there.  Raises ContainFailed."""
    enclosure.evict()
    if not enclosure.network and (enclosure.directory / "network").is_dir():
        _dismantle(enclosure.directory / "network")


def move(enclosure: Enclosure) -> None:
    """Leave the place where this host stands, if it is another one.  Raises ContainFailed."""
    former = standing(enclosure.name, enclosure.directory)
    if former.stands() and former.network != enclosure.network:
        vacate(former)


def _dismantle(folder: Path) -> None:
    """Bridges, taps, dnsmasq, its tables of nftables."""
    from pileus.network.host.linux.driver import LinuxSwitch

    switch = LinuxSwitch(folder)
    try:
        switch.dismantle()
    finally:
        switch.close()
