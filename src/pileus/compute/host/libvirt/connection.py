"""The way to libvirtd: opened when needed, opened anew when lost, never waited on for ever."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import libvirt

from pileus.compute.host.hypervisor import HypervisorFailed, Unreachable
from pileus.compute.host.libvirt.words import without_paths

LOST = frozenset({libvirt.VIR_ERR_RPC, libvirt.VIR_ERR_NO_CONNECT, libvirt.VIR_ERR_INVALID_CONN})
ABSENT = frozenset({libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_NO_DOMAIN_METADATA})
SILENCE, PATIENCE = 5, 3
"""Seconds between signs of life from libvirtd, and how many may fail before the connection is given up."""

OPENING = 10.0
"""Seconds libvirtd may take for a new connection."""

SILENT = "The host's hypervisor does not answer."


@functools.cache
def _events() -> threading.Thread:
    """libvirt's own loop, one for the process: keeps connections alive and tells of guests that start and end."""
    libvirt.virEventRegisterDefaultImpl()
    libvirt.registerErrorHandler(lambda *_: None, None)  # it would print every error; we raise them

    def run() -> None:
        while True:
            libvirt.virEventRunDefaultImpl()

    thread = threading.Thread(target=run, name="libvirt-events", daemon=True)
    thread.start()
    return thread


class Connection:
    """One connection for all threads of the agent."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._open: libvirt.virConnect | None = None
        self._opening: Future[libvirt.virConnect] | None = None
        self._wake: Callable[[], None] = lambda: None

    def listen(self, wake: Callable[[], None]) -> None:
        """Calls `wake` on every guest's start and end, on this and on every later connection."""
        self._wake = wake

    @contextmanager
    def use(self, said: str) -> Iterator[libvirt.virConnect]:
        """The connection; libvirt's refusals become ours: `said` for the owner, libvirt's words for the operator."""
        try:
            yield self._alive()
        except libvirt.libvirtError as trouble:
            raise self._meaning(trouble, said) from trouble

    def _alive(self) -> libvirt.virConnect:
        with self._lock:
            if self._open is None or not self._open.isAlive():
                self._open = self._connect()
            return self._open

    def _connect(self) -> libvirt.virConnect:
        """A new connection.  A libvirtd that hangs takes it and says nothing, so a thread of its own waits for that."""
        if self._opening is None:
            self._opening = Future()
            threading.Thread(target=_open, args=(self._address, self._opening), daemon=True).start()
        try:
            fresh = self._opening.result(OPENING)
        except TimeoutError as trouble:
            raise Unreachable(SILENT, f"libvirtd has said nothing for {OPENING:g} s") from trouble
        except libvirt.libvirtError:
            self._opening = None
            raise
        self._opening = None
        fresh.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lambda *_: self._wake(), None)
        return fresh

    def _meaning(self, trouble: libvirt.libvirtError, said: str) -> HypervisorFailed:
        text = trouble.get_error_message() or str(trouble)
        with self._lock:
            lost = self._open is None or not self._open.isAlive() or trouble.get_error_code() in LOST
        if lost:
            return Unreachable(SILENT, text)
        return HypervisorFailed(f"{said} {without_paths(text)}".strip(), text)


def _open(address: str, opening: Future[libvirt.virConnect]) -> None:
    _events()
    try:
        fresh = libvirt.open(address)
        fresh.setKeepAlive(SILENCE, PATIENCE)
        opening.set_result(fresh)
    except libvirt.libvirtError as trouble:
        opening.set_exception(trouble)
