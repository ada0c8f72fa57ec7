"""One dnsmasq for each network: it outlives the agent, is known by its files, and replaced if its settings change."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import msgspec

from pileus.network.host.linux import dhcp_files
from pileus.network.host.linux.devices import index_of
from pileus.network.host.linux.packet_filter import PATH
from pileus.network.host.linux.release import is_stale, leases_of, release
from pileus.network.host.switch import Service, SwitchFault, bridge_name

PATIENCE = 5.0
"""Seconds a process is given to end."""


class Served(msgspec.Struct, frozen=True):
    """What a running dnsmasq was last told, and on which device it listens."""

    service: Service
    device: int


class Dnsmasq:
    """All networks' services; a network's files lie in a folder of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.user = "nobody" if _anyone_enters(directory) else "root"

    def services(self) -> dict[str, Service | None]:
        """What is served, by network: only by processes that live, on bridges that stand."""
        return {folder.name: self._service(folder) for folder in self.directory.iterdir()}

    def _service(self, folder: Path) -> Service | None:
        served = _served(folder)
        if served is None or index_of(bridge_name(folder.name)) != served.device:
            return None
        return served.service if self._process(folder.name) else None

    def serve(self, service: Service) -> None:
        """Have a dnsmasq tell exactly this on the network's bridge."""
        device = index_of(bridge_name(service.network.id))
        folder = self.directory / service.network.id
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        before = _served(folder)
        (folder / "served").unlink(missing_ok=True)
        settings = dhcp_files.settings(service, folder, self.user)
        again = before is None or before.device != device or _changed(folder / "settings", settings)
        _write(folder / "hosts", dhcp_files.hosts(service))
        _write(folder / "options", dhcp_files.options(service))
        stale = [lease for lease in leases_of(folder / "leases") if is_stale(lease, service)]
        process = self._process(service.network.id)
        if process is None or again or any(lease.is_v6 for lease in stale):
            self._restart(service.network.id, settings, service)
        else:
            os.kill(process, signal.SIGHUP)
            for lease in stale:
                release(lease, service.network)
        _write(folder / "served", msgspec.json.encode(Served(service, device)).decode())

    def silence(self, network_id: str) -> None:
        """End a network's dnsmasq and forget its leases."""
        self._end(network_id)
        shutil.rmtree(self.directory / network_id, ignore_errors=True)

    def _restart(self, network_id: str, settings: str, service: Service) -> None:
        folder = self.directory / network_id
        self._end(network_id)
        _write(folder / "settings", settings)
        _forget_leases(folder / "leases", service)
        done = subprocess.run(
            ["dnsmasq", f"--conf-file={folder}/settings"],
            capture_output=True, text=True, timeout=30, env={"PATH": PATH}, check=False, start_new_session=True,
        )  # fmt: skip
        if done.returncode:
            raise SwitchFault("dnsmasq refused to start: " + done.stderr.strip().partition("\n")[0])

    def _process(self, network_id: str) -> int | None:
        """The number of the network's living dnsmasq."""
        folder = self.directory / network_id
        with contextlib.suppress(OSError, ValueError):
            number = int((folder / "pid").read_text())
            if _told(folder) in _words(Path(f"/proc/{number}")):
                return number
        return None

    def _end(self, network_id: str) -> None:
        """End whatever reads the network's settings, also one whose number was lost."""
        told = _told(self.directory / network_id)
        for process in Path("/proc").glob("[0-9]*"):
            if told in _words(process):
                end(int(process.name))


def end(number: int) -> None:
    """End a process, and wait until it has."""
    try:
        watch = os.pidfd_open(number)
    except ProcessLookupError:
        return
    with os.fdopen(watch, "rb", buffering=0), contextlib.suppress(ProcessLookupError):
        for sign in (signal.SIGTERM, signal.SIGKILL):
            signal.pidfd_send_signal(watch, sign)
            if select.select([watch], [], [], PATIENCE)[0]:
                return


def _told(folder: Path) -> bytes:
    """The argument by which a network's dnsmasq is known."""
    return f"--conf-file={folder}/settings".encode()


def _words(process: Path) -> list[bytes]:
    """The command line of a process; empty once it ended."""
    try:
        return (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _served(folder: Path) -> Served | None:
    try:
        return msgspec.json.decode((folder / "served").read_bytes(), type=Served)
    except (OSError, msgspec.MsgspecError):
        return None


def _forget_leases(path: Path, service: Service) -> None:
    """Strike out the leases nobody may hold any more; only while no dnsmasq runs."""
    with contextlib.suppress(FileNotFoundError):
        stale = {lease.line for lease in leases_of(path) if is_stale(lease, service)}
        lines = path.read_text().splitlines(keepends=True)
        _write(path, "".join(line for line in lines if line.rstrip("\n") not in stale))


def _changed(path: Path, text: str) -> bool:
    try:
        return path.read_text() != text
    except OSError:
        return True


def _write(path: Path, text: str) -> None:
    """Replace a file in one act, readable by the unprivileged dnsmasq."""
    aside = path.with_name(path.name + ".new")
    aside.write_text(text)
    aside.chmod(0o644)
    aside.replace(path)


def _anyone_enters(directory: Path) -> bool:
    """Whether an unprivileged process can reach files in this folder."""
    path = directory.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))
