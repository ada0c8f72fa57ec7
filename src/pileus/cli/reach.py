"""The way to servers and into hosts of this machine: through the host's namespaces."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from pileus.cli.client import Client
from pileus.cli.state import State
from pileus.cli.words import Trouble

KINDS = ("uts", "cgroup", "net", "mnt")
"""Namespaces a contained host may have; nsenter(1) knows the last as `mount`."""


def key_of(state: State) -> Path:
    """The cloud's own ssh key, for its sample and for `pileus ssh`; drawn when it is asked for first."""
    key = state.root / "ssh" / "id_ed25519"
    if not key.exists():
        key.parent.mkdir(mode=0o700, exist_ok=True)
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "pileus", "-f", str(key)]
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
    return key


def into(state: State, host: str, *kinds: str) -> list[str]:
    """How a command is begun inside a host: nsenter with those of the host's namespaces that it has of its own."""
    pins = {kind: state.host(host) / "ns" / kind for kind in kinds}
    doors = [f"--{'mount' if kind == 'mnt' else kind}={pin}" for kind, pin in pins.items() if _is_pinned(pin)]
    return ["nsenter", *doors, "--"] if doors else []


def _is_pinned(pin: Path) -> bool:
    """Whether a namespace is mounted on this file: they are files of one file system of their own."""
    try:
        return pin.stat().st_dev == Path("/proc/self/ns/net").stat().st_dev
    except OSError:
        return False


def ssh_to(state: State, host: str, address: str, user: str) -> list[str]:
    """The ssh command to a server, whose key nobody knows beforehand."""
    unknown = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")
    return [*into(state, host, "net"), "ssh", "-i", str(key_of(state)), *unknown, "-l", user, address]


def server_named(api: Client, name: str) -> dict[str, Any]:
    """A server by its name or identifier; raises Trouble where there is none, or several."""
    found = api.read("compute", "/servers/detail?all_tenants=1")["servers"]
    fitting = [server for server in found if name in (server["id"], server["name"])]
    if not fitting:
        raise Trouble(f"there is no server {name}", fix="openstack server list --all-projects")
    if len(fitting) > 1:
        fix = f"name one by its ID, such as {fitting[0]['id']}"
        raise Trouble(f"{len(fitting)} servers are called {name}", fix=fix)
    return dict(fitting[0])


def address_of(server: dict[str, Any]) -> str:
    """Where a server is reached; raises Trouble where nowhere."""
    addresses = [each for network in server["addresses"].values() for each in network]
    for address in sorted(addresses, key=lambda each: int(each["version"])):
        return str(address["addr"])
    raise Trouble(f"server {server['name']} has no address", f"it is {server['status']}", "openstack server show it")


def replace_by(command: list[str]) -> None:
    """Become this command."""
    try:
        os.execvp(command[0], command)
    except OSError as error:
        raise Trouble(f"{command[0]} cannot be run", error.strerror or "", "make setup") from error
