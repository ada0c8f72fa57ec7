"""What one node tells the others hear at once, and again after the server was away."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from pileus.kernel.clock import SystemClock
from pileus.kernel.errors import Conflict
from pileus.kernel.store import Store, Tx
from tests.conftest import opened
from tests.databases.templates import postgres_copy
from tests.kernel.databases.meeting import PATIENCE, meet, until_heard

OTHERS = "datname = current_database() AND pid <> pg_backend_pid()"
CUT = text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OTHERS}")
PROMPTLY = 0.05

Nodes = tuple[Store, Store]


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    """Two nodes on one PostgreSQL that have met."""
    with postgres_copy() as url, opened(url, SystemClock()) as left, opened(url, SystemClock()) as right:
        meet(left, right)
        yield left, right


def _heard_by(node: Store) -> queue.Queue[str]:
    heard: queue.Queue[str] = queue.Queue()
    node.listen("doors", heard.put)
    return heard


def test_another_node_hears_promptly_and_in_order(nodes: Nodes) -> None:
    left, right = nodes
    heard, took = _heard_by(right), []
    for number in range(20):
        begun = time.perf_counter()
        left.write(lambda tx, number=number: tx.tell("doors", f"door {number}"))
        assert heard.get(timeout=PATIENCE) == f"door {number}"
        took.append(time.perf_counter() - begun)
    assert min(took) < PROMPTLY


def test_a_node_hears_of_its_own_once(nodes: Nodes) -> None:
    left, right = nodes
    own, other = _heard_by(left), _heard_by(right)
    left.write(lambda tx: tx.tell("doors", "mine"))
    right.write(lambda tx: tx.tell("doors", "theirs"))
    assert {own.get(timeout=PATIENCE) for _ in range(2)} == {"mine", "theirs"}
    assert {other.get(timeout=PATIENCE) for _ in range(2)} == {"mine", "theirs"}
    left.write(lambda tx: tx.tell("doors", "last"))
    assert (own.get(timeout=PATIENCE), other.get(timeout=PATIENCE)) == ("last", "last")


def test_nothing_is_told_of_what_was_not_committed(nodes: Nodes) -> None:
    left, right = nodes
    heard = _heard_by(right)

    def rule(tx: Tx, *, refuse: bool) -> None:
        tx.tell("doors", "refused" if refuse else "done")
        if refuse:
            raise Conflict("No.")

    with pytest.raises(Conflict):
        left.write(rule, refuse=True)
    left.write(rule, refuse=False)
    assert heard.get(timeout=PATIENCE) == "done"


def test_after_the_server_was_away_it_is_heard_again(nodes: Nodes) -> None:
    left, right = nodes
    with capture_logs() as logged:
        left.look(lambda tx: tx.all(CUT))
        until_heard(left, right)
        until_heard(right, left)
    assert {line["event"] for line in logged} == {"other nodes are not heard"}


def test_a_node_that_closes_ends_its_thread_even_while_the_server_is_away() -> None:
    with capture_logs():
        store = Store("postgresql://nobody@/none?host=/nowhere")
        store.meet_others()
        store.close()
    assert not any(thread.name == "news" for thread in threading.enumerate())


def test_on_sqlite_there_is_nobody_to_meet(sqlite_store: Store) -> None:
    before = threading.active_count()
    sqlite_store.meet_others()
    assert threading.active_count() == before
