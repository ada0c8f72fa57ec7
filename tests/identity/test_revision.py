"""The number that grows with every change of who may do what."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pileus.identity.revision import changed, revision
from pileus.kernel.store import Store


def test_it_begins_and_grows(store: Store):
    assert store.read(revision) == 0
    for number in (1, 2, 3):
        store.write(changed)
        assert store.read(revision) == number


def test_changes_at_once_are_all_counted(store: Store):
    store.write(changed)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: store.write(changed), range(12)))
    assert store.read(revision) == 13
