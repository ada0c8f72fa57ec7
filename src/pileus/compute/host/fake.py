"""A hypervisor in memory that behaves like a real one: states, console, metadata reads, usage, and faults by choice."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from pileus.chunks.store import Source
from pileus.compute.host import check
from pileus.compute.host.fake_disk import FakeStill
from pileus.compute.host.hypervisor import Hopeless, HypervisorFailed, ImageCache, Promise, PromisesImages, Unreachable
from pileus.compute.host.spec import Capacity, Guest, SeenGuest, Snapshot, State, Usage, definition_of
from pileus.kernel.clock import Clock

CAPACITY = Capacity(
    vcpus=16,
    memory_mib=65536,
    disk_gib=1000,
    ecu=64,
    ecu_per_core=4,
    ingress_kbps=9_000_000,
    egress_kbps=9_000_000,
    cpu_model="fake",
    hypervisor="fake",
    hypervisor_version=1_000_000,
    virt="fake",
    because="this host is a fake",
)

CONSOLE = """\
[    0.000000] Linux version 6.1.0-fake
[    0.000000] Command line: root=/dev/vda console=ttyS0
[    0.412000] virtio_blk virtio1: [vda]
[    0.530000] virtio_net virtio0 eth0
{name} login: """
"""What a guest says while it boots."""


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shall go wrong, and how slowly all goes.  Counts are of calls from now on; seconds are the clock's."""

    fail_define: int = 0
    fail_start: int = 0
    fail_hold: int = 0
    hopeless: bool = False
    """Whether those failures are final."""
    slow_boot: float = 0
    """Seconds from start to running; `building` until then."""
    crash_after: float | None = None
    """Seconds from running to a crash."""
    never_boots: bool = False
    """The guest runs, but its system never comes up: a crash with a reason."""
    deaf: bool = False
    """Guests overhear the power button."""
    unreachable: bool = False
    refused: tuple[str, ...] = ()
    """Names of servers that cannot be made."""
    crashing: tuple[str, ...] = ()
    """Names of servers that crash at their first boot."""


class Life(msgspec.Struct):
    """One guest of the fake."""

    guest: Guest | None = None
    power: State = "stopped"
    turn: int = 0
    boots: int = 0
    started_at: datetime | None = None
    console: str = ""
    heard: bool = False
    because: str = ""
    promise: Promise | None = None


class FakeHypervisor:
    """Guests that take no room.  `faults` may be changed at any time.  Images are fetched where there is a cache."""

    def __init__(
        self,
        clock: Clock,
        images: ImageCache | None = None,
        *,
        capacity: Capacity = CAPACITY,
        faults: Faults = Faults(),  # noqa: B008
        chunks: Source | None = None,
    ) -> None:
        """`chunks` are those of the images below its guests' disks, for who wants to read one."""
        self.faults = faults
        self._clock = clock
        self._began = clock.now()
        self._images = images
        self._capacity = capacity
        self._chunks = chunks
        self._held: set[str] = set()
        self._lives: dict[str, Life] = {}
        self._lock = threading.RLock()

    def capacity(self) -> Capacity:
        """As it was given; in use is what its running guests were given."""
        with self._lock:
            used = sum(life.guest.memory_mib for life in self._lives.values() if life.guest and life.power == "running")
        return replace(self._capacity, memory_used_mib=used, up_since=self._began.isoformat())

    def guests(self) -> Mapping[str, SeenGuest]:
        """All of them, at the clock's moment."""
        self._answer()
        with self._lock:
            return {guest_id: self._seen(guest_id, life) for guest_id, life in self._lives.items()}

    def define(self, guest: Guest) -> None:
        """Keeps the description."""
        self._answer()
        check.guest(guest)
        if guest.name in self.faults.refused:
            raise Hopeless("The host could not define the server.")
        self._fail("fail_define", "The host could not define the server.")
        promise = self._bring_images(guest) if guest.id not in self._lives else None
        with self._lock:
            self._lives.setdefault(guest.id, Life(promise=promise)).guest = guest

    def _bring_images(self, guest: Guest) -> Promise | None:
        """Those of its disks; the first may be promised instead."""
        promise = None
        for image in [disk.image for disk in guest.disks if disk.image and self._images]:
            if promise is None and isinstance(self._images, PromisesImages):
                promise = self._images.promise(image, guest.id)
            if promise is None and self._images:
                self._images.path_of(image)
        return promise

    def settle(self, guest: Guest) -> None:
        """Leans on nothing any more."""
        self._answer()
        with self._lock:
            life = self._known(guest.id)
            if life.promise and isinstance(self._images, PromisesImages):
                self._images.path_of(life.promise.image)
                life.promise = None
                self._images.release(guest.id)

    def start(self, guest: Guest) -> None:
        """Boots, continues or restores it."""
        self._answer()
        with self._lock:
            life = self._known(guest.id)
            if life.power in ("paused", "suspended"):
                life.power = "running"
            if self._state(life) not in ("running", "building"):
                self._fail("fail_start", "The host could not start the server.")
                life.power, life.turn, life.started_at = "running", guest.turn, self._clock.now()
                life.heard, life.because = False, ""
                life.boots += 1
                life.console += CONSOLE.format(name=guest.name)

    def stop(self, guest_id: str, *, gently: bool) -> None:
        """A guest that is not deaf stops at once when it is asked."""
        self._answer()
        with self._lock:
            life = self._known(guest_id)
            if gently and self._state(life) == "running" and not self.faults.deaf:
                life.power = "halted"
                life.console += "\n[    9.000000] reboot: Power down\n"
            if not gently:
                life.power, life.because = "stopped", ""

    def pause(self, guest_id: str) -> None:
        """Halts a running guest."""
        self._become("paused", guest_id, {"running"})

    def suspend(self, guest_id: str) -> None:
        """Saves a running or paused guest."""
        self._become("suspended", guest_id, {"running", "paused"})

    def forget(self, guest_id: str) -> None:
        """Drops it."""
        self._answer()
        with self._lock:
            life = self._lives.pop(guest_id, None)
            self._held.discard(guest_id)
            if life and isinstance(self._images, PromisesImages):
                self._images.release(guest_id)

    def console(self, guest_id: str, lines: int) -> str:
        """What it said."""
        with self._lock:
            life = self._lives.get(guest_id, Life())
        return "".join(life.console.splitlines(keepends=True)[-lines:]) if lines > 0 else ""

    def heard(self, guest_id: str) -> None:
        """It has read its metadata (a fake guest always has, as soon as it runs)."""
        with self._lock:
            if life := self._lives.get(guest_id):
                life.heard = True

    def usage(self) -> Mapping[str, Usage]:
        """A tenth of each VCPU since its start, and a little of the rest."""
        with self._lock:
            running = {each: life for each, life in self._lives.items() if self._state(life) == "running"}
            return {each: self._used(each, life) for each, life in running.items()}

    def hold(self, snapshot: Snapshot) -> FakeStill:
        """Its disk, as often as it has booted."""
        self._answer()
        self._fail("fail_hold", "The host could not hold the server's disk still.")
        with self._lock:
            life = self._known(snapshot.guest_id)
            self._held.add(snapshot.guest_id)
            name = life.guest.name if life.guest else ""
            return FakeStill(snapshot.disk, f"{name} has booted {life.boots} times\n".encode(), self._chunks)

    def held(self) -> Collection[str]:
        """Those held."""
        return sorted(self._held)

    def release(self, guest_id: str) -> None:
        """Not held any more."""
        self._answer()
        self._held.discard(guest_id)

    def crash(self, guest_id: str, because: str = "Its QEMU process ended without a word.") -> None:
        """For tests: the guest dies."""
        with self._lock:
            life = self._known(guest_id)
            life.power, life.because = "crashed", because

    def halt(self, guest_id: str) -> None:
        """For tests: the guest powers itself off."""
        self._known(guest_id).power = "halted"

    def interrupt(self) -> None:
        """For tests: the machine was switched off and on again."""
        with self._lock:
            for life in self._lives.values():
                if life.power in ("running", "paused"):
                    life.power = "stopped"

    def _answer(self) -> None:
        if self.faults.unreachable:
            raise Unreachable("The host's hypervisor does not answer.")

    def _fail(self, fault: str, said: str) -> None:
        left = getattr(self.faults, fault)
        if left:
            self.faults = replace(self.faults, **{fault: left - 1})
            raise (Hopeless if self.faults.hopeless else HypervisorFailed)(said)

    def _known(self, guest_id: str) -> Life:
        try:
            return self._lives[check.identifier(guest_id)]
        except KeyError:
            raise HypervisorFailed("The host does not know the server.", f"unknown guest {guest_id}") from None

    def _become(self, state: State, guest_id: str, before: set[State]) -> None:
        self._answer()
        with self._lock:
            life = self._known(guest_id)
            if self._state(life) in before:
                life.power = state

    def _state(self, life: Life) -> State:
        """Time does to a running guest what the faults say."""
        if life.power != "running" or life.started_at is None:
            return life.power
        running_for = (self._clock.now() - life.started_at).total_seconds() - self.faults.slow_boot
        if running_for < 0:
            return "building"
        if self.faults.never_boots:
            life.power, life.because = "crashed", "Its disk holds nothing that boots."
        elif self._crashes(life, running_for):
            life.power, life.because = "crashed", "Its kernel panicked: a fault of the fake."
        life.heard = True
        return life.power

    def _crashes(self, life: Life, running_for: float) -> bool:
        is_named = life.guest is not None and life.guest.name in self.faults.crashing
        is_due = self.faults.crash_after is not None and running_for >= self.faults.crash_after
        return is_due or (is_named and life.boots == 1)

    def _seen(self, guest_id: str, life: Life) -> SeenGuest:
        state = self._state(life)
        return SeenGuest(
            id=guest_id,
            state=state,
            turn=life.turn,
            nics=tuple(sorted(card.port_id for card in life.guest.nics)) if life.guest else (),
            because=life.because,
            read_metadata=life.heard,
            started_at=life.started_at.isoformat() if life.started_at else "",
            definition=definition_of(life.guest) if life.guest else "",
            leans=self._leans(life),
        )

    def _leans(self, life: Life) -> Literal["", "promised", "whole"]:
        if life.promise is None or not isinstance(self._images, PromisesImages):
            return ""
        return "whole" if self._images.is_whole(life.promise.image, is_up=life.heard) else "promised"

    def _used(self, guest_id: str, life: Life) -> Usage:
        seconds = (self._clock.now() - life.started_at).total_seconds() if life.started_at else 0.0
        vcpus, memory = (life.guest.cpu.vcpus, life.guest.memory_mib) if life.guest else (0, 0)
        return Usage(
            id=guest_id,
            cpu_ns=int(seconds * vcpus * 100_000_000),
            memory_mib=memory // 2,
            disk_read_bytes=32 << 20,
            disk_write_bytes=int(seconds * 4096),
            net_rx_bytes=int(seconds * 1000),
            net_tx_bytes=int(seconds * 500),
        )
