"""Uploads, readers, collections in any order, on two instances of a store of each kind: what was kept stays."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from pileus.chunks.fake import FakeChunkStore
from pileus.chunks.intake.upload import Upload
from pileus.chunks.local import LocalChunkStore
from pileus.chunks.s3.store import S3ChunkStore
from pileus.chunks.store import ChunkStore
from pileus.kernel.store import Store
from tests.chunks.contents import KIB, noise, nothing, prose, whole
from tests.chunks.s3.moto_server import FakeS3
from tests.databases.templates import sqlite_copy

BRICKS = [*(noise(size * KIB, size) for size in (3, 44, 90, 170)), prose(80 * KIB), bytes(100 * KIB)]
bricks = st.lists(st.sampled_from(range(len(BRICKS))), max_size=4)


class Work:
    """An upload as the test knows it."""

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        self.content = b""
        self.name: str | None = None


class FakeMachine(RuleBasedStateMachine):
    """The rules, on the store in memory."""

    works = Bundle("works")

    def __init__(self) -> None:
        super().__init__()
        self.stores: list[ChunkStore] = [FakeChunkStore()]
        self.live: dict[str, bytes] = {}
        self.open: list[Work] = []

    @rule(target=works, which=st.integers(0, 1))
    def begin(self, which: int) -> Work:
        work = Work(self.stores[which % len(self.stores)].upload())
        self.open.append(work)
        return work

    @rule(work=works, parts=bricks)
    def write(self, work: Work, parts: list[int]) -> None:
        if work in self.open and work.name is None:
            for part in parts:
                work.upload.write(BRICKS[part])
                work.content += BRICKS[part]

    @rule(work=works)
    def finish(self, work: Work) -> None:
        if work in self.open and work.name is None:
            work.name = work.upload.finish().manifest

    @rule(which=st.integers(0, 1), parts=bricks)
    def push_a_part(self, which: int, parts: list[int]) -> None:
        """Chunks are sent, whether known or not, and written down at once: an interrupted push goes on with them."""
        with self.stores[which % len(self.stores)].parcel() as parcel:
            parcel.add([BRICKS[part] for part in parts])
            self.live[parcel.finish()] = b"".join(BRICKS[part] for part in parts)

    @precondition(lambda self: self.live)
    @rule(which=st.integers(0, 1), data=st.data(), is_kept=st.booleans())
    def commit_a_push(self, which: int, data: st.DataObject, is_kept: bool) -> None:
        """An object of what two live ones are made of; they are deleted, and collected, before it is written down."""
        store, names = self.stores[which % len(self.stores)], sorted(self.live)
        first, second = (data.draw(st.sampled_from(names)) for _ in range(2))
        content = self.live[first] + self.live[second]
        with store.parcel() as parcel:
            for name in (first, second):
                parcel.refer([entry for _, entry in store.entries(name)])
            self.live.pop(first), self.live.pop(second, None)
            store.gc(lambda: list(self.live))
            made = parcel.finish()
            assert whole(store, made) == content
            if is_kept:
                self.live[made] = content

    @rule(work=consumes(works))
    def write_down_and_close(self, work: Work) -> None:
        if work in self.open:
            self._write_down(work)

    @rule(work=consumes(works))
    def give_up(self, work: Work) -> None:
        if work in self.open:
            work.upload.close()
            self.open.remove(work)

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        del self.live[data.draw(st.sampled_from(sorted(self.live)))]

    @rule(which=st.integers(0, 1))
    def collect(self, which: int) -> None:
        self.stores[which % len(self.stores)].gc(lambda: list(self.live))

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 1), parts=bricks, data=st.data())
    def collect_while_an_upload_ends(self, which: int, parts: list[int], data: st.DataObject) -> None:
        """After the collection has asked what is live, one upload is written down, another comes and goes."""
        work = data.draw(st.sampled_from(self.open))

        def live() -> list[str]:
            answer = list(self.live)
            self._write_down(work)
            another = Work(self.stores[0].upload())
            self.open.append(another)
            self.write(another, parts)
            self._write_down(another)
            return answer

        self.stores[which % len(self.stores)].gc(live)

    @invariant()
    def what_was_written_down_is_whole(self) -> None:
        for name, content in self.live.items():
            assert whole(self.stores[-1], name) == content

    @invariant()
    def what_is_about_to_be_written_down_is_whole(self) -> None:
        for work in self.open:
            assert work.name is None or whole(self.stores[0], work.name) == work.content

    def _write_down(self, work: Work) -> None:
        if work.name is None:
            work.name = work.upload.finish().manifest
        self.live[work.name] = work.content
        work.upload.close()
        self.open.remove(work)

    def teardown(self) -> None:
        for work in self.open:
            work.upload.close()
        self.stores[0].gc(nothing)
        assert self.stores[0].stats().disk_bytes == 0
        for store in self.stores:
            store.close()


class LocalMachine(FakeMachine):
    """The rules, on a store on disk that is open twice."""

    def __init__(self) -> None:
        super().__init__()
        self.path = Path(tempfile.mkdtemp())
        self.stores = [LocalChunkStore(self.path, pack_bytes=300 * KIB) for _ in range(2)]

    def teardown(self) -> None:
        super().teardown()
        assert list((self.path / "packs").iterdir()) == []
        shutil.rmtree(self.path)


class S3Machine(FakeMachine):
    """The rules, on a store on S3 that two nodes share."""

    server: ClassVar[FakeS3 | None] = None

    def __init__(self) -> None:
        super().__init__()
        S3Machine.server = S3Machine.server or FakeS3()
        self.path = Path(tempfile.mkdtemp())
        self.database = Store(sqlite_copy(self.path / "cloud.db"), durable=False)
        self.bucket = S3Machine.server.bucket(self.path)
        self.stores = [S3ChunkStore("far", self.bucket, self.database, pack_bytes=300 * KIB) for _ in range(2)]

    def teardown(self) -> None:
        super().teardown()
        assert list(self.bucket.names("packs")) == []
        self.database.close()
        shutil.rmtree(self.path)


TestFake = FakeMachine.TestCase
TestLocal = pytest.mark.slow(LocalMachine.TestCase)
TestS3 = pytest.mark.slow(S3Machine.TestCase)
TestS3.settings = settings(max_examples=10, stateful_step_count=20, deadline=None)
TestFake.settings = TestLocal.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
