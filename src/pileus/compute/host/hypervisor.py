"""What any hypervisor can do for a host: eight verbs, each safe to repeat, none of which waits for a guest.

Identifiers reach a driver from the network and become names of files, so a driver refuses what `check` refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from pileus.chunks.recutting import Change
from pileus.compute.host.spec import Capacity, Guest, ImageRef, SeenGuest, Snapshot, Usage


class HypervisorFailed(Exception):
    """A verb did not do its work; trying again may help.

    `said` is a sentence for the guest's owner, the text one for the operator.
    """

    def __init__(self, said: str, logged: str = "") -> None:
        super().__init__(logged or said)
        self.said = said


class Hopeless(HypervisorFailed):
    """A verb that will fail again for as long as the guest is described as it is."""


class Unreachable(HypervisorFailed):
    """The hypervisor itself does not answer; its guests may well be running."""


class Hypervisor(Protocol):
    """Guests on one host.  Every verb may be repeated, and may find its work done or half done."""

    def capacity(self) -> Capacity:
        """What the host has to give."""

    def guests(self) -> Mapping[str, SeenGuest]:
        """Every guest of ours there is any trace of."""

    def define(self, guest: Guest) -> None:
        """Makes disks, cards and CPU share as described, of a running guest as well; never starts or stops it."""

    def start(self, guest: Guest) -> None:
        """Makes a defined guest run (boots, continues or restores it) and records its `turn`."""

    def stop(self, guest_id: str, *, gently: bool) -> None:
        """Gently: presses the power button and returns.  Else: ends it now, with what was saved of it."""

    def pause(self, guest_id: str) -> None:
        """Halts its processors."""

    def suspend(self, guest_id: str) -> None:
        """Saves its memory to disk and ends it."""

    def forget(self, guest_id: str) -> None:
        """Removes every trace, whatever state it is in."""


@runtime_checkable
class ShowsConsole(Protocol):
    """Keeps what guests write to their serial console."""

    def console(self, guest_id: str, lines: int) -> str:
        """The last lines, oldest first; empty where there are none.  Bounded in bytes, whatever is asked."""


@runtime_checkable
class Measures(Protocol):
    """Counts what guests use."""

    def usage(self) -> Mapping[str, Usage]:
        """Counters of every running guest."""


@runtime_checkable
class HearsGuests(Protocol):
    """Remembers across its own restarts that a guest's system came far enough to ask for its metadata."""

    def heard(self, guest_id: str) -> None:
        """This guest has just read its metadata."""


class Still(Protocol):
    """A guest's disk as it was at one moment."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def changes(self) -> Sequence[Change]:
        """Where it differs, or may differ, from the image below it."""

    def read(self, position: int, length: int) -> bytes:
        """So many bytes of it.  Raises OSError when it is not held any more."""

    def close(self) -> None:
        """Read no more of it."""


@runtime_checkable
class CanSnapshot(Protocol):
    """Holds a guest's root disk as it is at one moment, for others to read, while the guest goes on."""

    def hold(self, snapshot: Snapshot) -> Still:
        """The disk as it is now; what was held of this guest before is let go."""

    def held(self) -> Collection[str]:
        """Guests of whose disks something is held, by whatever process it was."""

    def release(self, guest_id: str) -> None:
        """Let go of what is held of a guest; nothing of it remains."""


@runtime_checkable
class Tells(Protocol):
    """Notices by itself that a guest started, stopped or crashed."""

    def listen(self, wake: Callable[[], None]) -> None:
        """Calls `wake`, from a thread of its own, whenever a look is worth while."""


@runtime_checkable
class Settles(Protocol):
    """Lets a guest begin on an image that is still on its way, and takes it off that again."""

    def settle(self, guest: Guest) -> None:
        """Puts a guest whose image has come whole (`leans` is "whole") on that image's file, running or not."""


class ImageCache(Protocol):
    """The images a host has at hand."""

    def path_of(self, image: ImageRef) -> Path:
        """A file with the image's bytes, fetched if need be; it may go again as soon as nobody has linked it."""


class Promise(msgspec.Struct, frozen=True):
    """An image whose bytes come as they are read: a file of its full size, and where the same is served over NBD."""

    image: ImageRef
    file: str
    """The first chunk is in it; the rest may be holes so far."""
    socket: str
    export: str


@runtime_checkable
class PromisesImages(Protocol):
    """A cache that lets guests begin before their image is whole."""

    def promise(self, image: ImageRef, guest_id: str) -> Promise | None:
        """A promise to a guest, kept until `release`; None where the image had better be fetched whole."""

    def serve(self) -> None:
        """What was promised is served, and served again if that has stopped."""

    def is_whole(self, image: ImageRef, *, is_up: bool) -> bool:
        """Whether all of a promised image has come; once the guest `is_up`, what lacks comes without being read."""

    def release(self, guest_id: str) -> None:
        """Nothing is promised to this guest any more."""

    def keep_only(self, guest_ids: Container[str]) -> None:
        """Nothing is promised to any other guest than these."""
