"""The libvirt driver: QEMU guests through a libvirtd near by."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

import libvirt
from msgspec.structs import replace

from pileus.compute.host import check
from pileus.compute.host.hypervisor import HypervisorFailed, ImageCache, PromisesImages, Still
from pileus.compute.host.libvirt import (
    console,
    devices,
    disks,
    ground,
    lean,
    mapping,
    observe,
    pivot,
    qcow2,
    still,
    usage,
)
from pileus.compute.host.libvirt import record as records
from pileus.compute.host.libvirt.connection import ABSENT, Connection
from pileus.compute.host.libvirt.define import domain_xml
from pileus.compute.host.libvirt.ground import Ground
from pileus.compute.host.libvirt.record import Record
from pileus.compute.host.spec import Capacity, Guest, SeenGuest, Snapshot, Usage, definition_of
from pileus.kernel.clock import Clock

log = logging.getLogger(__name__)

UP_BY_NOW = 300.0
"""Seconds after its start by which a guest that reads no metadata counts as up, however slow its host."""

ADDRESS = "qemu+unix:///system?socket=/run/libvirt/libvirt-sock"

FORGET = (
    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
)


class LibvirtHypervisor:
    """Guests whose files lie in one folder each under `place`, run by the libvirtd behind `address`."""

    def __init__(self, place: Path, images: ImageCache, clock: Clock, *, on: Ground, address: str = ADDRESS) -> None:
        self._place = place
        self._images = images
        self._clock = clock
        self._ground = on
        self._connection = Connection(address)
        self._version = 0
        self._holding = threading.Lock()
        """While a guest is paused for a moment, so that its disk can be held: nobody is to see it so."""
        place.mkdir(mode=0o711, parents=True, exist_ok=True)
        if isinstance(images, PromisesImages):
            images.keep_only(lean.guests(place))

    def listen(self, wake: Callable[[], None]) -> None:
        """Tells of guests that start or end."""
        self._connection.listen(wake)

    def capacity(self) -> Capacity:
        """The machine's totals, as far as a driver of guests knows them: bandwidth is the network's to say."""
        if not self._version:
            with self._connection.use("The host could not look at itself.") as connection:
                self._version = connection.getVersion()
        return ground.capacity(self._place, self._ground, self._version)

    def guests(self) -> Mapping[str, SeenGuest]:
        """Domains of ours and guests' folders, put together."""
        with self._holding, self._connection.use("The host could not look after its servers.") as connection:
            before = {each: records.read(folder) for each, folder in observe.folders(self._place).items()}
            found = observe.find(connection)
        now = self._clock.now()
        seen = {
            each: observe.seen(each, self._place / each, before.get(each, Record()), found.get(each), now)
            for each in before.keys() | found.keys()
        }
        leans = {each: self._leans(each, now) for each in lean.guests(self._place) & seen.keys()}
        return {each: replace(one, leans=leans.get(each, "")) for each, one in seen.items()}

    def _leans(self, guest_id: str, now: datetime) -> Literal["", "promised", "whole"]:
        """What the guest leans on is served, and completed once the guest is up."""
        promise = lean.read(self._place / guest_id)
        if promise is None or not isinstance(self._images, PromisesImages):
            return ""
        if (self._place / guest_id / lean.SETTLED).exists():
            return "whole"
        try:
            self._images.serve()
        except HypervisorFailed as trouble:
            log.warning("%s leans on what is not served: %s", guest_id, trouble)
        record = records.read(self._place / guest_id)
        is_up = record.read_metadata or observe.runs_since(record, now) > UP_BY_NOW
        return "whole" if self._images.is_whole(promise.image, is_up=is_up) else "promised"

    def define(self, guest: Guest) -> None:
        """Makes files and definition, and changes the running guest as far as it can be changed."""
        check.guest(guest)
        folder = self._folder(guest.id)
        disks.prepare(folder, guest, self._images, owner=self._ground.user)
        with self._connection.use("The host could not define the server.") as connection:
            domain = self._describe(connection, guest, folder)
            if domain.isActive():
                devices.renew(domain, guest, self._ground)
        records.change(folder, definition=definition_of(guest))

    def _describe(self, connection: libvirt.virConnect, guest: Guest, folder: Path) -> libvirt.virDomain:
        return connection.defineXML(domain_xml(guest, folder, self._ground, lean.leaning(folder)))

    def settle(self, guest: Guest) -> None:
        """Puts it on the whole image's file; see pivot.py.  What was saved of a guest leans on, and so it stays."""
        folder = self._folder(guest.id)
        promise = lean.read(folder)
        if promise is None or not isinstance(self._images, PromisesImages):
            return
        disks.keep_base(folder, promise, self._images)
        with self._connection.use(pivot.SAID) as connection:
            domain = connection.lookupByUUIDString(guest.id)
            if domain.isActive():
                pivot.running(domain, folder, promise, self._ground, self._holding)
            elif not domain.hasManagedSaveImage():
                pivot.at_rest(folder, promise)
            self._describe(connection, guest, folder)
        if lean.read(folder) is None:
            self._images.release(guest.id)

    def start(self, guest: Guest) -> None:
        """Boots, continues or restores the guest; written down first, so that its end will be recognised."""
        folder = self._folder(guest.id)
        with self._connection.use("The host could not start the server.") as connection:
            domain = connection.lookupByUUIDString(guest.id)
            state, reason = domain.state()
            if state == libvirt.VIR_DOMAIN_PAUSED and reason in observe.HELD:
                pivot.stand(domain, folder)
                domain.resume()
                return
            if records.read(folder).power == "crashed":  # QEMU may be there, its guest is not
                _end(domain)
            if not domain.isActive() and not domain.hasManagedSaveImage():
                lean.tidy(folder)
                domain = self._describe(connection, guest, folder)
            if not domain.isActive():
                self._boot(domain, guest, folder)

    def _boot(self, domain: libvirt.virDomain, guest: Guest, folder: Path) -> None:
        """From a saved state it goes on where it was, so what it did since its start still holds."""
        if not domain.hasManagedSaveImage():
            began = self._clock.now().isoformat()
            at = console.size(folder)
            records.change(folder, started_at=began, read_metadata=False, turning=False, console_at=at)
        records.change(folder, power="starting", turn=guest.turn, because="")
        try:
            domain.create()
        except libvirt.libvirtError:
            records.change(folder, power="off")
            raise
        records.change(folder, power="on")

    def stop(self, guest_id: str, *, gently: bool) -> None:
        """Presses the power button, or ends the guest and whatever was saved of it."""
        with self._connection.use("The host could not stop the server.") as connection:
            domain = _domain(connection, guest_id)
            if domain and gently and domain.isActive():
                domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN)
                return
            records.change(self._folder(guest_id), power="off", because="")
            if domain:
                _end(domain)
            if domain and domain.hasManagedSaveImage():
                domain.managedSaveRemove()

    def pause(self, guest_id: str) -> None:
        """Halts a running guest's processors."""
        with self._connection.use("The host could not pause the server.") as connection:
            domain = connection.lookupByUUIDString(guest_id)
            pivot.stand(domain, self._folder(guest_id))
            if domain.state()[0] == libvirt.VIR_DOMAIN_RUNNING:
                domain.suspend()

    def suspend(self, guest_id: str) -> None:
        """Saves a running or paused guest; takes as long as writing its memory does."""
        with self._connection.use("The host could not suspend the server.") as connection:
            domain = connection.lookupByUUIDString(guest_id)
            if domain.isActive():
                pivot.stand(domain, self._folder(guest_id))
                pivot.give_up(domain)
                domain.managedSave(libvirt.VIR_DOMAIN_SAVE_RUNNING)

    def forget(self, guest_id: str) -> None:
        """Ends and undefines the guest, then removes its folder."""
        folder = self._folder(guest_id)
        with self._connection.use("The host could not remove the server.") as connection:
            domain = _domain(connection, guest_id)
            if domain:
                _end(domain)
            if domain and domain.isPersistent():
                domain.undefineFlags(FORGET)
        Path(f"/var/log/libvirt/qemu/{guest_id}.log").unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(self._images, PromisesImages):
            self._images.release(guest_id)

    def console(self, guest_id: str, lines: int) -> str:
        """The end of what it wrote to its serial console."""
        return console.last_lines(self._folder(guest_id), lines)

    def heard(self, guest_id: str) -> None:
        """Its system came up far enough to read its metadata."""
        folder = self._folder(guest_id)
        if folder.exists():
            records.change(folder, read_metadata=True, power="on", because="")

    def usage(self) -> Mapping[str, Usage]:
        """Counters of all running guests, in one question to libvirt."""
        with self._connection.use("The host could not measure its servers.") as connection:
            return usage.of_all(connection)

    def hold(self, snapshot: Snapshot) -> Still:
        """The root disk as it is now, whether the guest runs, is paused, or is off.

        Of an image that is not a plain disk itself nobody knows which part of the disk lies in which of its chunks: all
        of it counts as changed.
        """
        folder = self._folder(snapshot.guest_id)
        overlay, place = folder / disks.file_of(snapshot.disk), folder / still.FOLDER
        self.release(snapshot.guest_id)
        with self._holding, self._connection.use("The host could not hold the server's disk still.") as connection:
            domain = _domain(connection, snapshot.guest_id)
            if domain and domain.isActive():
                pivot.give_up(domain)
                found = still.of_running(domain, overlay, place, self._ground.user)
            else:
                found = still.of_stopped(overlay, place, self._ground.user)
        if snapshot.disk.image and snapshot.disk.image.format == "qcow2":
            promise = lean.leaning(folder).get(overlay.name)
            below = lean.image_of(promise) if promise else folder / disks.base_of(snapshot.disk)
            base = qcow2.virtual_size(below, "qcow2")
            found.changes = mapping.with_base(base, found.changes)
        return found

    def held(self) -> Collection[str]:
        """Guests in whose folder there is one for it."""
        return [each for each, folder in observe.folders(self._place).items() if (folder / still.FOLDER).exists()]

    def release(self, guest_id: str) -> None:
        """End the backup that holds its disk, if there is one, and remove its files."""
        folder = self._folder(guest_id) / still.FOLDER
        with self._connection.use("The host could not let go of the server's disk.") as connection:
            still.end(_domain(connection, guest_id), folder)

    def _folder(self, guest_id: str) -> Path:
        return self._place / check.identifier(guest_id)


def _domain(connection: libvirt.virConnect, guest_id: str) -> libvirt.virDomain | None:
    try:
        return connection.lookupByUUIDString(guest_id)
    except libvirt.libvirtError as trouble:
        if trouble.get_error_code() in ABSENT:
            return None
        raise


def _end(domain: libvirt.virDomain) -> None:
    """Pulls the plug, if it is not out already; the guest may end by itself in the same moment."""
    try:
        if domain.isActive():
            domain.destroy()
    except libvirt.libvirtError:
        if domain.isActive():
            raise
