"""A bell that wakes whoever waits for a host or an answer; a ring may be lost, so waiters also look by themselves."""

from __future__ import annotations

import asyncio
import contextlib
import threading

from pileus.kernel.store import Store, Tx

TOPIC = "bell"


def ring(tx: Tx, name: str) -> None:
    """Once this is committed, wake all who wait for `name`, on every node."""
    tx.tell(TOPIC, name)


def hang(store: Store) -> None:
    """Give a cloud its bell."""
    bell = Bell()
    store.add(bell)
    store.listen(TOPIC, bell.ring)


class Bell:
    """Rings across threads: rung where a transaction has committed, here or elsewhere, heard on the event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}
        self.is_closed = False
        """Whether this process is about to end, so that nobody shall wait any longer."""

    def close(self) -> None:
        """Let everybody go who waits."""
        self.is_closed = True
        for name in list(self._waiting):
            self.ring(name)

    def ring(self, name: str) -> None:
        """Wake all who wait for `name`; from any thread."""
        with self._lock:
            waiting = list(self._waiting.get(name, ()))
        for loop, event in waiting:
            with contextlib.suppress(RuntimeError):  # its loop has ended, and with it whoever waited
                loop.call_soon_threadsafe(event.set)

    async def heard(self, name: str, event: asyncio.Event, seconds: float) -> bool:
        """Wait for a ring (on an event from `listen`) at most so long; whether it rang."""
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return False
        event.clear()
        return True

    def listen(self, name: str) -> asyncio.Event:
        """Begin to listen, before the first look: a ring between look and wait is then not missed."""
        event = asyncio.Event()
        with self._lock:
            self._waiting.setdefault(name, set()).add((asyncio.get_running_loop(), event))
        return event

    def leave(self, name: str, event: asyncio.Event) -> None:
        """Stop listening."""
        with self._lock:
            waiting = self._waiting.get(name, set())
            waiting.discard((asyncio.get_running_loop(), event))
            if not waiting:
                self._waiting.pop(name, None)
