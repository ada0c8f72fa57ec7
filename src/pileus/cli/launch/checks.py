"""What a machine must have for a cloud to live on it: checked before anything is begun, and by `doctor`."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pileus.cli.state import State, is_reachable
from pileus.host.contain import cgroups

PROGRAMS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "libvirtd": "libvirt-daemon",
    "virtlogd": "libvirt-daemon",
    "genisoimage": "genisoimage",
    "dnsmasq": "dnsmasq-base",
    "nft": "nftables",
    "ip": "iproute2",
    "conntrack": "conntrack",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "mkfs.ext4": "e2fsprogs",
    "nsenter": "util-linux",
}
"""What is run, and the Debian package it comes from."""

MODULES = {"libvirt": "libvirt-python", "pyroute2": "pyroute2"}

LEAST_DISK_GIB, LEAST_MEMORY_MIB = 2, 1024

HIDDEN = ("/run", "/etc/libvirt", "/var/lib/libvirt", "/var/cache/libvirt", "/var/log/libvirt")
"""What a contained host has of its own, so what lies there on the machine is out of its sight."""

RESOLVERS = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
"""Where DNS servers are named; the second is where systemd-resolved writes those it asks itself."""


@dataclass(frozen=True)
class Row:
    """One thing that was looked at."""

    name: str
    state: Literal["ok", "warn", "fail"]
    said: str
    fix: str = ""


def machine(state: State) -> Iterator[Row]:
    """All that can be said before there is a cloud."""
    yield _root()
    yield _system()
    yield _programs()
    yield _modules()
    yield _place(state)
    yield _disk(state)
    yield _memory()
    yield _groups()


def _root() -> Row:
    if os.geteuid() == 0:
        return Row("user", "ok", "root")
    fix = "run it as root, or try a throw-away cloud: pileus up --state DIR --fake-hosts 3 --no-sample"
    return Row("user", "fail", "hosts need root: guests live in namespaces of their own", fix)


def _system() -> Row:
    said = f"{platform.system()} {platform.release()}, {platform.machine()}"
    good = platform.system() == "Linux" and platform.machine() == "x86_64"
    return Row("machine", "ok", said) if good else Row("machine", "fail", said, "use Linux on x86-64")


def _programs() -> Row:
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    lacking = {package for program, package in PROGRAMS.items() if shutil.which(program, path=path) is None}
    if lacking:
        return Row("programs", "fail", f"lacking: {', '.join(sorted(lacking))}", "make setup, or apt-get install them")
    return Row("programs", "ok", f"all {len(PROGRAMS)} are there")


def _modules() -> Row:
    lacking = [package for module, package in MODULES.items() if importlib.util.find_spec(module) is None]
    if lacking:
        return Row("modules", "fail", f"lacking: {', '.join(lacking)}", "make setup, or pip install 'pileus[host]'")
    return Row("modules", "ok", ", ".join(MODULES.values()))


def _place(state: State) -> Row:
    root = state.root
    if any(root.is_relative_to(place) for place in HIDDEN):
        return Row("place", "fail", f"{root} is out of the hosts' sight", "choose another one with --state DIR")
    longest = 107  # bytes of a unix socket's address, unix(7)
    if len(os.fsencode(state.socket)) > longest:
        return Row("place", "fail", f"{root} is too long a path for a socket", "choose another one with --state DIR")
    if root.exists() and os.geteuid() == 0 and not is_reachable(root):
        said = f"{root} lies where only its owner gets, so the API keeps root's powers"
        return Row("place", "warn", said, "choose another one with --state DIR")
    return Row("place", "ok", str(root))


def _disk(state: State) -> Row:
    there = next(path for path in (state.root, *state.root.parents) if path.exists())
    free = shutil.disk_usage(there).free / 2**30
    said = f"{free:.1f} GiB are free at {state.root}"
    if free < LEAST_DISK_GIB:
        return Row("disk", "fail", said, f"free {LEAST_DISK_GIB} GiB, or choose another place with --state DIR")
    return Row("disk", "ok", said)


def _memory() -> Row:
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free = int(lines["MemAvailable"].split()[0]) >> 10
    said = f"{free} MiB are free"
    if free < LEAST_MEMORY_MIB:
        return Row("memory", "warn", said, "a small guest wants 300 MiB, the cloud 200; end what you do not need")
    return Row("memory", "ok", said)


def _groups() -> Row:
    found = cgroups.hierarchies()
    if not found:
        return Row("control groups", "fail", "there is none for processors", "mount -t cgroup2 none /sys/fs/cgroup")
    first = [hierarchy for hierarchy in found if hierarchy.controllers]
    return Row("control groups", "ok", "version 1" if first else "version 2")


def interfaces(network: str | None, uplink: str | None) -> Iterator[Row]:
    """Those of the machine that are given to guests."""
    known = [name for _, name in socket.if_nameindex()]
    for name in filter(None, (network, uplink)):
        if name in known:
            yield Row("interface", "ok", name)
        else:
            yield Row("interface", "fail", f"this machine has no {name}", f"name one of: {', '.join(sorted(known))}")

    if uplink and not resolvers():
        fix = "name some as resolvers of [host] in a --config FILE"
        yield Row("DNS", "warn", "guests can ask no DNS server: this machine has none that others reach", fix)


def resolvers(files: Sequence[Path] = RESOLVERS) -> list[str]:
    """The machine's DNS servers, less those that only itself can ask: those of the first file that names any."""
    for file in files:
        lines = [line.split() for line in (file.read_text().splitlines() if file.exists() else ())]
        named = [words[1] for words in lines if words[:1] == ["nameserver"] and len(words) > 1]
        if found := [each for each in named if not (each.startswith("127.") or each == "::1")]:
            return found
    return []


def port(listen: str, number: int) -> Row:
    """Whether the API may listen there."""
    try:
        listening(listen, number).close()
    except (OSError, OverflowError) as error:
        return Row("port", "fail", f"{listen} port {number}: {error}", "free it, or choose another one with --port")
    return Row("port", "ok", f"{listen} port {number} is free")


def listening(address: str, port: int) -> socket.socket:
    """A socket that listens there; at `::` for both kinds of addresses."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    both = address == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((address, port), family=family, backlog=2048, dualstack_ipv6=both)
