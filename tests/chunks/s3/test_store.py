"""The store on S3: nodes that share it, nodes that die, an S3 that is slow, silent, or lies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pileus.chunks.errors import Absent, ChunkError, Unreachable
from pileus.chunks.packs import Place
from pileus.chunks.s3.bucket import Bucket, read_secrets
from pileus.chunks.s3.index import LEASE, Index, Turn
from pileus.chunks.s3.store import S3ChunkStore
from pileus.kernel.clock import HeldClock
from pileus.kernel.store import Store
from tests.chunks.contents import KIB, MIB, noise, nothing, parts, put, whole
from tests.chunks.s3.moto_server import FakeS3

pytestmark = pytest.mark.slow

PACK = 512 * KIB


class Nodes:
    """Two nodes of one cloud: one bucket, one database, two processes' worth of state."""

    def __init__(self, bucket: Bucket, database: Store) -> None:
        self.bucket = bucket
        self.database = database
        self.one, self.two = (self.join() for _ in range(2))

    def join(self) -> S3ChunkStore:
        return S3ChunkStore("far", self.bucket, self.database, pack_bytes=PACK)

    def objects(self) -> int:
        return len(list(self.bucket.names("packs")))


@pytest.fixture
def nodes(s3: FakeS3, store: Store, tmp_path: Path) -> Iterator[Nodes]:
    """On either database."""
    made = Nodes(s3.bucket(tmp_path, patience=2.0), store)
    yield made
    s3.gate.mend()
    for node in (made.one, made.two):
        node.close()


def test_what_one_node_took_in_the_other_gives_out_and_does_not_take_in_again(nodes: Nodes) -> None:
    stored = put(nodes.one, noise(3 * MIB))
    assert whole(nodes.two, stored.manifest) == noise(3 * MIB)
    assert put(nodes.two, noise(3 * MIB)).added == 0
    assert nodes.one.stats() == nodes.two.stats()


def test_a_collection_on_one_node_spares_what_is_under_way_on_another(nodes: Nodes) -> None:
    known = put(nodes.one, noise(2 * MIB)).manifest
    with nodes.one.upload() as upload:
        upload.write(noise(2 * MIB) + noise(2 * MIB, 2))
        nodes.two.gc(nothing)
        name = upload.finish().manifest
        nodes.two.gc(nothing)
        assert whole(nodes.two, name) == noise(2 * MIB) + noise(2 * MIB, 2)
    nodes.two.gc(lambda: [name])
    assert whole(nodes.one, known) == noise(2 * MIB)
    nodes.two.gc(nothing)
    assert nodes.objects() == 0


def test_only_one_node_collects_at_a_time_and_not_for_longer_than_it_lives(nodes: Nodes, clock: HeldClock) -> None:
    put(nodes.one, noise(MIB))
    dead = Turn(nodes.database, "far")
    assert dead.take()
    assert nodes.two.gc(nothing).packs == 0
    clock.forward(LEASE.total_seconds() + 1)
    assert nodes.two.gc(nothing).packs > 0
    with pytest.raises(ChunkError):
        Index(nodes.database, "far").take_out(1, dead.id)


def test_what_a_dead_node_had_begun_is_given_back_when_it_was_silent_for_long(nodes: Nodes, clock: HeldClock) -> None:
    upload = nodes.one.upload()
    for part in parts(noise(3 * MIB), MIB):
        upload.write(part)
    while not nodes.objects():
        time.sleep(0.02)
    nodes.one._leases.close()  # as its process's death would
    nodes.two.gc(nothing)
    assert nodes.objects() > 0
    clock.forward(LEASE.total_seconds() + 1)
    nodes.two.gc(nothing)
    with pytest.raises(ChunkError):
        upload.finish()
    nodes.two.gc(nothing)
    assert nodes.objects() == 0


def test_who_was_given_up_gets_no_further_and_leaves_nothing(nodes: Nodes, clock: HeldClock) -> None:
    """Whatever it was at: a node that was held for long, with its memory, goes on in the middle."""
    kept = put(nodes.two, noise(MIB)).manifest
    index = Index(nodes.database, "far")
    sealed = [row["id"] for row in index.all_packs()]
    index.begin("late")
    begun, _ = index.open_pack("late")
    clock.forward(LEASE.total_seconds() + 1)
    nodes.two.gc(lambda: [kept])
    acts: list[Callable[[], object]] = [
        lambda: index.add(begun, 1, {b"chunk": Place(begun, 0, 1, 1)}),
        lambda: index.open_pack("late"),
        lambda: index.hold("late", sealed),
        lambda: index.seal("late"),
    ]
    for act in acts:
        with pytest.raises(Unreachable, match="given up"):
            act()
    nodes.two.gc(nothing)
    assert index.all_packs() == []


def test_an_object_nothing_knows_is_removed(nodes: Nodes) -> None:
    name = put(nodes.one, noise(MIB)).manifest
    nodes.bucket.put("packs/left-behind.pack", b"by whoever died between two steps")
    nodes.two.gc(lambda: [name])
    assert "packs/left-behind.pack" not in list(nodes.bucket.names("packs"))
    assert whole(nodes.two, name) == noise(MIB)


def test_two_clouds_do_not_share_a_place(nodes: Nodes, tmp_path: Path) -> None:
    put(nodes.one, noise(MIB))
    other = Store(f"sqlite:///{tmp_path / 'other.db'}")
    other.sketch()
    stranger = S3ChunkStore("far", nodes.bucket, other)
    for act in (stranger.upload, lambda: stranger.gc(nothing)):
        with pytest.raises(ChunkError, match="another cloud"):
            act()
    stranger.close()
    other.close()


def test_a_write_the_s3_lied_about_never_becomes_visible(nodes: Nodes, s3: FakeS3) -> None:
    put(nodes.one, noise(MIB))
    before = nodes.one.stats()
    s3.gate.loses = lambda path: "/packs/" in path
    with nodes.one.upload() as upload, pytest.raises(Unreachable, match="does not have it"):
        upload.write(noise(3 * MIB, 2))
        upload.finish()
    assert nodes.two.stats() == before
    s3.gate.mend()
    assert whole(nodes.two, put(nodes.one, noise(3 * MIB, 2)).manifest) == noise(3 * MIB, 2)


def test_a_write_the_s3_lied_about_once_is_written_again(nodes: Nodes, s3: FakeS3) -> None:
    lies = [True]
    s3.gate.loses = lambda path: "/packs/" in path and bool(lies) and lies.pop()
    assert whole(nodes.two, put(nodes.one, noise(MIB)).manifest) == noise(MIB)
    assert not lies


def test_a_refusal_now_and_then_is_not_noticed(nodes: Nodes, s3: FakeS3) -> None:
    counts = {"asked": 0}

    def refuses(method: str, path: str) -> bool:
        counts["asked"] += 1
        return counts["asked"] % 3 == 0

    s3.gate.refuses = refuses
    assert whole(nodes.two, put(nodes.one, noise(2 * MIB)).manifest) == noise(2 * MIB)


@pytest.mark.slow
def test_an_s3_that_is_gone_leaves_nothing_half_done(nodes: Nodes, s3: FakeS3) -> None:
    name = put(nodes.one, noise(MIB)).manifest
    before = nodes.one.stats()
    upload = nodes.one.upload()
    upload.write(noise(3 * MIB, 2))
    s3.gate.refuses = lambda method, path: True
    with pytest.raises(Unreachable):
        upload.finish()
    with pytest.raises(Unreachable):
        whole(nodes.two, name)
    s3.gate.mend()
    nodes.two.gc(lambda: [name])
    assert nodes.two.stats() == before
    assert whole(nodes.two, name) == noise(MIB)


def test_a_slow_s3_is_asked_for_several_things_at_once(nodes: Nodes, s3: FakeS3) -> None:
    content = noise(24 * MIB)
    name = put(nodes.one, content, MIB).manifest
    s3.gate.delay = 0.02
    s3.gate.asked.clear()
    begin = time.monotonic()
    assert whole(nodes.one, name) == content
    one_by_one = 0.02 * len(s3.gate.asked)
    assert time.monotonic() - begin < max(0.8 * one_by_one, 3)


def test_an_object_taken_away_is_absent_and_the_rest_is_there(nodes: Nodes) -> None:
    lost, kept = put(nodes.one, noise(MIB)).manifest, put(nodes.one, noise(MIB, 2)).manifest
    nodes.bucket.remove(min(nodes.bucket.names("packs"), key=lambda name: len(nodes.bucket.whole(name))))
    found = []
    for name in (lost, kept):
        try:
            found.append(len(whole(nodes.two, name)))
        except Absent:
            found.append(0)
    assert sorted(found) in ([0, MIB], [0, 0])


def test_keys_are_read_from_a_file_that_only_its_owner_reads(s3: FakeS3, tmp_path: Path) -> None:
    path = Path(s3.settings(tmp_path).secrets)
    assert read_secrets(path)["access_key_id"] == "key"
    path.chmod(0o640)
    with pytest.raises(ChunkError, match="chmod 600"):
        read_secrets(path)
    path.chmod(0o600)
    for wrong in ("", "[]", '{"access_key_id": "x"}', "\x00"):
        path.write_text(wrong)
        with pytest.raises(ChunkError):
            read_secrets(path)
    with pytest.raises(ChunkError):
        read_secrets(tmp_path / "nowhere")


def test_a_lease_outlasts_any_pause_of_a_living_process() -> None:
    assert timedelta(minutes=5) < LEASE
