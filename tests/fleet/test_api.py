"""The door for hosts: pages, long polls, chunks."""

from __future__ import annotations

import threading
import time

from pileus.chunks import ChunkStores
from pileus.chunks.fake import FakeChunkStore
from pileus.fleet import want
from pileus.fleet.api import PAGE
from pileus.kernel.store import Store, Tx
from tests.fleet.conftest import Fleet, Thing


def test_what_is_wanted_comes_in_pages_by_number(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")

    def much(tx: Tx) -> None:
        for number in range(PAGE + 5):
            want(tx, host.id, "thing", str(number), Thing())

    store.write(much)
    first = host.wanted()
    assert [row["number"] for row in first] == list(range(1, PAGE + 1))
    assert len(host.wanted(above=first[-1]["number"])) == 5


def test_a_long_poll_wakes_at_once_when_something_is_wanted(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")
    heard: list[float] = []

    def listen() -> None:
        assert [row["id"] for row in host.wanted(wait=20)] == ["t"]
        heard.append(time.monotonic())

    waiting = threading.Thread(target=listen)
    waiting.start()
    time.sleep(0.3)
    store.write(want, host.id, "thing", "t", Thing())
    committed = time.monotonic()
    waiting.join()
    assert heard[0] - committed < 0.5  # 10 ms on an idle machine; looking by itself would take up to a second


def test_a_long_poll_ends_empty_in_time(fleet_cloud: Fleet) -> None:
    host = fleet_cloud.host("h1")
    began = time.monotonic()
    assert host.wanted(wait=1) == []
    assert 0.9 < time.monotonic() - began < 5


def test_another_hosts_rows_are_not_told(fleet_cloud: Fleet, store: Store) -> None:
    mine, other = fleet_cloud.host("h1"), fleet_cloud.host("h2")
    store.write(want, other.id, "thing", "t", Thing())
    assert mine.wanted() == []


def test_a_store_that_is_away_is_told_to_be(fleet_cloud: Fleet, store: Store) -> None:
    host, away = fleet_cloud.host("h1"), FakeChunkStore()
    away.is_away = True
    store.add(ChunkStores({"chunks": away}))
    for line, body in ((f"GET /chunks/{'0' * 64}", None), ("POST /chunks", {"addresses": ["0" * 64]})):
        assert host.ask(line, body).code == 503
    away.close()


def test_chunks_are_told_whole_or_not_at_all(fleet_cloud: Fleet, store: Store) -> None:
    host = fleet_cloud.host("h1")
    chunks = store.part(ChunkStores)["chunks"]
    with chunks.upload() as upload:
        upload.write(b"content" * 100)
        name = upload.finish().manifest
    address = next(entry.address for _, entry in chunks.entries(name))
    heard = host.ask(f"GET /chunks/{address}")
    assert (heard.code, heard.content, heard.headers["content-type"]) == (
        200,
        b"content" * 100,
        "application/octet-stream",
    )
    for absent in ("0" * 64, "x", "..%2F..%2Fetc"):
        assert host.ask(f"GET /chunks/{absent}").code == 404
