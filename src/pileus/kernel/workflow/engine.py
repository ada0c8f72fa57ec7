"""The workers: due work is claimed and walked through, by threads or, for tests, in the calling thread."""

from __future__ import annotations

import contextlib
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import structlog

from pileus.kernel.store import Store
from pileus.kernel.workflow.advance import Hook, Walk
from pileus.kernel.workflow.journal import TOPIC
from pileus.kernel.workflow.leases import LEASE, Holder, Lease, Lost, claim, next_due, renew, take_back

log = structlog.get_logger("pileus.workflow")

POLL = 1.0
"""Seconds after which an idle engine looks for work that another process began or woke."""

SOONEST = 0.01
"""Seconds between two looks at work that is due but that another process is just taking."""


class Engine:
    """Does the work that is due, of the kinds this process knows."""

    def __init__(
        self, store: Store, *, node: str = "here", workers: int = 4, moment: Hook = lambda phase, step: None
    ) -> None:
        """`node` is a name that no other running process has; what its earlier boots held is taken back at once."""
        self._store = store
        self._holder = Holder(node, uuid.uuid4().hex)
        self._workers = workers
        self._moment = moment
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._held: dict[Lease, float] = {}
        self._lock = threading.Lock()
        self._is_at_home = False
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="work")
        self._dispatcher = threading.Thread(target=self._dispatch, name="works", daemon=True)
        self._unlisten = store.listen(TOPIC, lambda _: self.wake())

    def start(self) -> None:
        """Take back what earlier boots of this node held, and work in threads from now on."""
        self._take_back()
        self._dispatcher.start()

    def stop(self) -> None:
        """Let each work reach its next boundary, and let go of it there."""
        self._stopping.set()
        self._bell.set()
        self._unlisten()
        if self._dispatcher.is_alive():
            self._dispatcher.join()
        self._pool.shutdown()

    def wake(self) -> None:
        """Look for due work now; from any thread."""
        self._bell.set()

    def run_ready(self) -> int:
        """Do everything that is due, in this thread, in order; how often work was taken up."""
        self._take_back()
        taken = 0
        while leases := self._store.claim(claim, self._holder, 1):
            with contextlib.suppress(Lost):
                self._walk(leases[0]).go()
            taken += 1
        return taken

    def _take_back(self) -> None:
        if not self._is_at_home:
            self._store.claim(take_back, self._holder)
            self._is_at_home = True

    def _walk(self, lease: Lease) -> Walk:
        return Walk(self._store, lease, self._moment, self._stopping.is_set)

    def _dispatch(self) -> None:
        while not self._stopping.is_set():
            self._bell.clear()
            try:
                pause = self._round()
            except Exception as error:
                log.error("no work can be claimed", exc_info=error)
                pause = POLL
            self._bell.wait(pause)

    def _round(self) -> float:
        """Renew what is held, hand out what is due; seconds until the next round unless the bell rings."""
        self._renew()
        room = self._workers - len(self._held)
        if room <= 0:
            return POLL
        for lease in self._store.claim(claim, self._holder, room):
            self._held[lease] = self._store.clock.monotonic()
            self._pool.submit(self._work, lease)
        due = self._store.look(next_due)
        return POLL if due is None else min(POLL, max(SOONEST, (due - self._store.clock.now()).total_seconds()))

    def _renew(self) -> None:
        now = self._store.clock.monotonic()
        if stale := [lease for lease, since in tuple(self._held.items()) if now - since > LEASE / 3]:
            self._store.claim(renew, stale)
            with self._lock:
                self._held.update({lease: now for lease in stale if lease in self._held})

    def _work(self, lease: Lease) -> None:
        """In a worker's thread; the dispatcher hears of it where there may be something to do for it."""
        pause: float | None = 0.0
        try:
            pause = self._walk(lease).go()
        except Lost:
            log.warning("work was taken by another", work=lease.work_id)
        except Exception as error:
            log.error("work waits for its lease to end", work=lease.work_id, exc_info=error)
        finally:
            with self._lock:
                was_full = len(self._held) >= self._workers
                self._held.pop(lease)
            if was_full or (pause is not None and pause < POLL):
                self._bell.set()
