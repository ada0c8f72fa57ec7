"""Nodes that share a PostgreSQL, brought together for a test."""

from __future__ import annotations

import itertools
import threading

from pileus.kernel.store import Store

PATIENCE = 30.0


def meet(*nodes: Store) -> None:
    """Let nodes tell each other things, and return when each hears every other."""
    for node in nodes:
        node.meet_others()
    for teller, hearer in itertools.permutations(nodes, 2):
        until_heard(teller, hearer)


def until_heard(teller: Store, hearer: Store) -> None:
    """Tell until it is heard: a node that begins to listen tells nobody that it does."""
    heard = threading.Event()
    stop = hearer.listen("meeting", lambda _: heard.set())
    for _ in range(int(PATIENCE / 0.05)):
        teller.write(lambda tx: tx.tell("meeting"))
        if heard.wait(0.05):
            break
    stop()
    assert heard.is_set(), "it was never heard"
