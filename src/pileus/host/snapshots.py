"""Takes the snapshots that are wanted of a host's guests, one thread each, and tells how far they are.

Nothing is remembered: after a restart of the agent what is wanted and not done is done anew, and what a former agent
left held is let go of.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from pileus.chunks.errors import ChunkError
from pileus.compute.host.hypervisor import CanSnapshot, Hopeless, HypervisorFailed, Still
from pileus.compute.host.spec import SeenSnapshot, Snapshot
from pileus.host.delivery import Declined
from pileus.host.line import LinkFailed
from pileus.host.shipping import Stopped

TRIES = 5
FIRST_PAUSE = 1.0
"""How often a snapshot is tried; and seconds before the second time, doubled each time."""

AT_ONCE = 2
"""Snapshots a host takes at a time; the others wait."""

log = logging.getLogger(__name__)

Ship = Callable[[Snapshot, Still, threading.Event, Callable[[SeenSnapshot], None]], None]
"""Brings a disk that is held to the cloud, until the event says that nobody wants it any more; tells how far it is."""


@dataclass
class Going:
    """A snapshot on its way."""

    seen: SeenSnapshot
    stop: threading.Event = field(default_factory=threading.Event)
    is_over: bool = False


class NoSnapshots:
    """Of a host whose hypervisor takes none."""

    def look(self, wanted: Mapping[str, Snapshot]) -> dict[str, SeenSnapshot]:
        """Each that is wanted has failed."""
        because = "The server's host takes no snapshots."
        return {id: SeenSnapshot(id, order.guest_id, "failed", because) for id, order in wanted.items()}


class Snapshots:
    """The snapshots of one host."""

    def __init__(
        self,
        hypervisor: CanSnapshot,
        ship: Ship,
        *,
        run: Callable[[Callable[[], None]], object] = lambda job: job(),
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """`run` is given each snapshot's work, which takes long; `wake` is called when there is something to tell."""
        self._hypervisor = hypervisor
        self._ship = ship
        self._run = run
        self._wake = wake
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._going: dict[str, Going] = {}

    def look(self, wanted: Mapping[str, Snapshot]) -> dict[str, SeenSnapshot]:
        """Begin what has not begun, stop what nobody wants; how far each is.  What is not in the answer is gone."""
        with self._lock:
            unwanted = [going for id, going in self._going.items() if id not in wanted]
            new = [order for id, order in wanted.items() if id not in self._going]
            for order in new:
                self._going[order.id] = Going(SeenSnapshot(order.id, order.guest_id, "waiting"))
        for going in unwanted:
            going.stop.set()
        self._let_go_but({order.guest_id for order in wanted.values()})
        for order in new:
            self._begin(order)
        with self._lock:
            over = [id for id, going in self._going.items() if id not in wanted and going.is_over]
            for id in over:
                del self._going[id]
            return {id: going.seen for id, going in self._going.items()}

    def _begin(self, order: Snapshot) -> None:
        going = self._going[order.id]
        self._run(lambda: self._take(order, going))

    def _let_go_but(self, busy: set[str]) -> None:
        """Whatever is held of guests of whom nothing is wanted, and on whom nobody here is at work."""
        with self._lock:
            busy |= {going.seen.guest_id for going in self._going.values() if not going.is_over}
        try:
            for guest_id in set(self._hypervisor.held()) - busy:
                self._hypervisor.release(guest_id)
        except HypervisorFailed as trouble:
            log.warning("a disk is still held: %s", trouble)

    def _take(self, order: Snapshot, going: Going) -> None:
        try:
            with self._slot(going):
                self._try_often(order, going)
        except Stopped:
            log.info("the snapshot %s is not wanted any more", order.id)
        except (HypervisorFailed, Declined) as trouble:
            self._fail(going, trouble.said, trouble)
        except (LinkFailed, ChunkError, OSError) as trouble:
            self._fail(going, "The host could not bring the snapshot to the cloud.", trouble)
        except Exception as trouble:  # one snapshot's trouble is nobody else's
            self._fail(going, "The host failed on the snapshot.", trouble)
        finally:
            going.is_over = True
            self._wake()

    @contextmanager
    def _slot(self, going: Going) -> Iterator[None]:
        while not self._slots.acquire(timeout=0.5):
            if going.stop.is_set():
                raise Stopped
        try:
            yield
        finally:
            self._slots.release()

    def _try_often(self, order: Snapshot, going: Going) -> None:
        for tried in range(1, TRIES + 1):
            try:
                self._once(order, going)
                return
            except (HypervisorFailed, LinkFailed, ChunkError, OSError) as trouble:
                if tried == TRIES or isinstance(trouble, Hopeless):
                    raise
                log.warning("snapshot %s, try %d: %s", order.id, tried, trouble)
            if going.stop.wait(FIRST_PAUSE * 2 ** (tried - 1)):
                raise Stopped

    def _once(self, order: Snapshot, going: Going) -> None:
        self._tell(going, SeenSnapshot(order.id, order.guest_id, "preparing"))
        still = self._hypervisor.hold(order)
        try:
            self._ship(order, still, going.stop, lambda seen: self._tell(going, seen))
        finally:
            still.close()
            self._hypervisor.release(order.guest_id)

    def _tell(self, going: Going, seen: SeenSnapshot) -> None:
        if going.stop.is_set():
            raise Stopped
        going.seen = seen
        self._wake()

    def _fail(self, going: Going, said: str, trouble: Exception) -> None:
        log.warning("snapshot %s failed", going.seen.id, exc_info=trouble)
        going.seen = SeenSnapshot(going.seen.id, going.seen.guest_id, "failed", because=said)
