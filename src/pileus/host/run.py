"""An agent in threads: one fetches, one converges, one beats and does nothing else, a few act on guests."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from pileus.compute.host.hypervisor import Tells
from pileus.host.line import LinkFailed
from pileus.host.link import HttpLink, Refused
from pileus.host.loop import Agent

log = logging.getLogger(__name__)

LOOK = 2.0
"""Seconds between two looks at the host when nothing calls for one: drift is repaired within five."""

BEAT = 3.0
WAIT = 25.0
"""Seconds the cloud is asked to hold a long poll open."""

AGAIN = 1.0
"""Seconds before the cloud is tried again."""


WORKERS = 12
"""Guests worked on at a time: fetching an image keeps no delete waiting.  Boots are fewer; the keeper sees to that."""


class Runner:
    """Turns an agent until it is stopped."""

    def __init__(self, link: HttpLink, hypervisor: object, make: Callable[[ThreadPoolExecutor, Runner], Agent]) -> None:
        self._link = link
        self._workers = ThreadPoolExecutor(WORKERS, "guests")
        self._look = threading.Event()
        self._stopping = threading.Event()
        self._joining = threading.Lock()
        self._host_id = ""
        self.agent = make(self._workers, self)
        if isinstance(hypervisor, Tells):
            hypervisor.listen(self.wake)

    def wake(self) -> None:
        """Look at once; from any thread."""
        self._look.set()

    def start(self) -> list[threading.Thread]:
        """Join the cloud, and work from now on."""
        threads = [
            threading.Thread(target=self._again, args=(work,), name=name, daemon=True)
            for name, work in (("fetch", self._fetch), ("beat", self._beat), ("converge", self._converge))
        ]
        while not self._stopping.is_set():
            try:
                self._host_id = self._link.join()
                break
            except (LinkFailed, OSError) as error:
                log.warning("cannot join yet: %s", error)
                self._stopping.wait(AGAIN)
        for thread in threads:
            thread.start()
        return threads

    def stop(self) -> None:
        """End; guests go on."""
        self._stopping.set()
        self._look.set()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _again(self, work: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                work()
            except Refused as refused:
                self._rejoin(refused)
            except LinkFailed as error:
                log.warning("%s", error)
                self._stopping.wait(AGAIN)
            except Exception:  # the agent outlives any single failure
                log.exception("the agent stumbled")
                self._stopping.wait(AGAIN)

    def _rejoin(self, refused: Refused) -> None:
        try:
            with self._joining:
                host_id = self._link.join(refused=refused.token)
                if host_id != self._host_id:
                    self.agent.start_anew()
                    self._host_id = host_id
        except (LinkFailed, OSError) as error:
            log.warning("cannot join again: %s", error)
            self._stopping.wait(AGAIN)

    def _fetch(self) -> None:
        wait = WAIT if self.agent.is_complete else 0.0
        if self.agent.fetch(wait) or wait == 0.0:
            self._look.set()

    def _beat(self) -> None:
        self.agent.beat()
        self._stopping.wait(BEAT)

    def _converge(self) -> None:
        self._look.wait(LOOK)
        self._look.clear()
        if not self._stopping.is_set():
            self.agent.turn()
            self.agent.measure()
            self.agent.tell()
