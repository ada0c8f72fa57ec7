"""The index of one store on S3: each verb is one transaction, so that nodes never see each other half done."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, literal, or_, select, update

from pileus.chunks.errors import ChunkError, Unreachable
from pileus.chunks.packs import Place
from pileus.chunks.s3.table import held, leases, marks, packs, places
from pileus.chunks.store import Stats
from pileus.kernel.store import Row, Store, Tx

LEASE = timedelta(minutes=10)
"""How long a process may be silent before what it had begun is given up: far longer than any pause of a living one."""

_GIVEN_UP = "this upload was silent for so long that it was given up"
_AT_ONCE = 500  # addresses in one question; SQLite takes 32,766 parameters

_SHOWN = or_(packs.c.writer.is_(None), packs.c.writer == bindparam("writer"))
_PLACES = (
    select(places, packs.c.name)
    .join(packs, packs.c.id == places.c.pack)
    .where(places.c.address.in_(bindparam("addresses", expanding=True)), packs.c.store == bindparam("store"), _SHOWN)
)
_HOLDABLE = select(packs.c.id).where(packs.c.id.in_(bindparam("ids", expanding=True)), _SHOWN)
_HOLDERS = select(held.c.lease).where(held.c.pack == bindparam("pack"))
_OF_STORE = packs.c.store == bindparam("store")
_STATS = select(func.count(), func.coalesce(func.sum(packs.c.size), 0)).where(_OF_STORE, packs.c.writer.is_(None))
_EACH = (
    select(places.c.address, places.c.size)
    .join(packs, packs.c.id == places.c.pack)
    .where(_OF_STORE, packs.c.writer.is_(None))
    .distinct()
    .subquery()
)
_CHUNKS = select(func.count(), func.coalesce(func.sum(_EACH.c.size), 0)).select_from(_EACH)


class Found(NamedTuple):
    """Where a chunk lies: in which object, and where in it."""

    name: str
    place: Place


class Index:
    """The rows of one store, by its name."""

    def __init__(self, database: Store, store: str) -> None:
        self._database = database
        self._store = store

    def mark(self) -> str:
        """What the store's object `owner` must hold, drawn at first."""

        def rule(tx: Tx) -> str:
            row = tx.find(marks, self._store)
            return str((row or tx.insert(marks, store=self._store, mark=os.urandom(16).hex()))["mark"])

        return self._database.write(rule)

    # ── leases ───────────────────────────────────────────────────────────────────────────────────────────

    def begin(self, lease: str) -> None:
        """Note a lease; its process must beat for it."""

        def rule(tx: Tx) -> None:
            tx.run(insert(leases).values(id=lease, store=self._store, is_over=0, beat_at=tx.now))

        self._database.write(rule)

    def beat(self, alive: Sequence[str]) -> None:
        """These leases still have a process."""

        def rule(tx: Tx) -> None:
            tx.run(update(leases).where(leases.c.id.in_(list(alive))).values(beat_at=tx.now))

        self._database.write(rule)

    def end(self, lease: str) -> None:
        """The lease is over; its rows stay until the next collection begins."""
        self._database.write(lambda tx: tx.run(update(leases).where(leases.c.id == lease).values(is_over=1)))

    def forget_ended(self) -> list[str]:
        """Forget leases that are over or whose process is silent; the objects they did not seal, which may go."""

        def rule(tx: Tx) -> list[str]:
            over = or_(leases.c.is_over == 1, leases.c.beat_at < tx.now - LEASE)
            ended = [row["id"] for row in tx.all(select(leases.c.id).where(leases.c.store == self._store, over))]
            unsealed = tx.all(select(packs.c.id, packs.c.name).where(packs.c.writer.in_(ended)))
            _forget(tx, [row["id"] for row in unsealed])
            tx.run(delete(held).where(held.c.lease.in_(ended)))
            tx.run(delete(leases).where(leases.c.id.in_(ended)))
            return [row["name"] for row in unsealed]

        return self._database.write(rule)

    # ── packs ────────────────────────────────────────────────────────────────────────────────────────────

    def find(self, digests: Sequence[bytes], writer: str = "") -> dict[bytes, Found]:
        """Where these chunks lie, in sealed packs and those open for `writer`."""
        found: dict[bytes, Found] = {}
        for first in range(0, len(digests), _AT_ONCE):
            some = list(digests[first : first + _AT_ONCE])
            for row in self._database.look(Tx.all, _PLACES, addresses=some, store=self._store, writer=writer):
                found.setdefault(bytes(row["address"]), Found(row["name"], _place(row)))
        return found

    def hold(self, lease: str, ids: Iterable[int]) -> set[int]:
        """Count on packs until the lease ends; those that have just gone are not in the answer. Raises Unreachable."""

        def rule(tx: Tx) -> set[int]:
            _must_last(tx, lease)
            there = {row["id"] for row in tx.all(_HOLDABLE, ids=list(ids), writer=lease)}
            known = {row["pack"] for row in tx.all(select(held.c.pack).where(held.c.lease == lease))}
            new = [{"pack": pack, "lease": lease} for pack in sorted(there - known)]
            if new:
                tx.run_many(insert(held), new)
            return there

        return self._database.write(rule)

    def open_pack(self, lease: str) -> tuple[int, str]:
        """Number and name a new pack; names are drawn, so that none is ever used twice. Raises Unreachable."""

        def rule(tx: Tx) -> tuple[int, str]:
            _must_last(tx, lease)
            row = tx.insert(packs, store=self._store, name=os.urandom(16).hex(), writer=lease)
            tx.run(insert(held).values(pack=row["id"], lease=lease))
            return row["id"], row["name"]

        return self._database.write(rule)

    def add(self, pack: int, size: int, chunks: Mapping[bytes, Place]) -> None:
        """Note what a pack holds. Raises Unreachable if it went with its lease while its object was put."""
        rows = [{"address": digest, **place._asdict()} for digest, place in chunks.items()]

        def rule(tx: Tx) -> None:
            if not tx.run(update(packs).where(packs.c.id == pack).values(size=size)):
                raise Unreachable(_GIVEN_UP)
            if rows:
                tx.run_many(insert(places), rows)

        self._database.write(rule)

    def seal(self, lease: str) -> None:
        """Show the packs of this lease to everybody. Raises Unreachable."""

        def rule(tx: Tx) -> None:
            _must_last(tx, lease)
            tx.run(update(packs).where(packs.c.writer == lease).values(writer=None))

        self._database.write(rule)

    def forget_open(self, lease: str) -> list[str]:
        """Forget the packs this lease did not seal; their objects, which may go."""

        def rule(tx: Tx) -> list[str]:
            unsealed = tx.all(select(packs.c.id, packs.c.name).where(packs.c.writer == lease))
            _forget(tx, [row["id"] for row in unsealed])
            return [row["name"] for row in unsealed]

        return self._database.write(rule)

    def take_out(self, pack: int, collector: str) -> str | None:
        """Forget a pack that nobody holds, as the one that collects; its object, which may go."""

        def rule(tx: Tx) -> str | None:
            if tx.one(select(leases.c.id).where(leases.c.id == collector, leases.c.is_over == 0)) is None:
                raise ChunkError("this collection was silent for so long that another one began")
            row = tx.find(packs, pack)
            if row is None or tx.one(_HOLDERS, pack=pack) is not None:
                return None
            _forget(tx, [pack])
            return str(row["name"])

        return self._database.write(rule)

    def drop_place(self, digest: bytes, pack: int) -> None:
        """What lies there is no longer that chunk."""
        at = (places.c.address == digest, places.c.pack == pack)
        self._database.write(lambda tx: tx.run(delete(places).where(*at)))

    # ── all of it ────────────────────────────────────────────────────────────────────────────────────────

    def all_packs(self) -> list[Row]:
        """Every pack, open ones too."""
        return self._database.look(Tx.all, select(packs).where(packs.c.store == self._store).order_by(packs.c.id))

    def chunks_in(self, pack: int) -> list[tuple[bytes, Place]]:
        """The chunks of a pack, in its order."""
        of_pack = select(places).where(places.c.pack == pack).order_by(places.c.position)
        return [(bytes(row["address"]), _place(row)) for row in self._database.look(Tx.all, of_pack)]

    def has(self, pack: int) -> bool:
        """Whether a pack is still there."""
        return self._database.look(Tx.find, packs, pack) is not None

    def copy(self, to: sqlite3.Connection) -> None:
        """Copy what collection judges by: packs and who holds them first, for holds that come later are looked for."""
        to.execute("CREATE TABLE packs (id INTEGER PRIMARY KEY, writer TEXT, size INTEGER)")
        to.execute("CREATE TABLE places (address BLOB, pack, position, length, size, PRIMARY KEY (address, pack))")
        to.execute("CREATE TABLE held (pack INTEGER)")
        found, of_store = self.all_packs(), select(packs.c.id).where(packs.c.store == self._store)
        holding = self._database.look(Tx.all, select(held.c.pack).where(held.c.pack.in_(of_store)))
        to.executemany("INSERT INTO held VALUES (?)", [(row["pack"],) for row in holding])
        for row in found:
            to.execute("INSERT INTO packs VALUES (?, ?, ?)", (row["id"], row["writer"], row["size"]))
            chunks = ((digest, *place) for digest, place in self.chunks_in(row["id"]))
            to.executemany("INSERT INTO places VALUES (?, ?, ?, ?, ?)", chunks)

    def stats(self) -> Stats:
        def rule(tx: Tx) -> Stats:
            chunks, sizes = tx.all(_CHUNKS, store=self._store)[0], tx.all(_STATS, store=self._store)[0]
            return Stats(*map(int, chunks.values()), *map(int, sizes.values()))

        return self._database.read(rule)


class Turn:
    """Whose turn it is to collect: a row that one process at a time has, and that it beats for."""

    def __init__(self, database: Store, store: str) -> None:
        self._database = database
        self._store = store
        self.id = f"collect-{store}-{os.urandom(8).hex()}"

    def take(self) -> bool:
        """Whether it is ours now: nobody else has it, or who had it is silent."""

        def rule(tx: Tx) -> bool:
            mine = leases.c.id.like(literal(f"collect-{self._store}-%"))
            for row in tx.all(select(leases).where(leases.c.store == self._lock, mine)):
                if row["beat_at"] >= tx.now - LEASE and not row["is_over"]:
                    return False
                tx.run(delete(leases).where(leases.c.id == row["id"]))
            tx.run(insert(leases).values(id=self.id, store=self._lock, is_over=0, beat_at=tx.now))
            return True

        return self._database.write(rule)

    def give(self) -> None:
        """It is somebody else's turn."""
        self._database.write(lambda tx: tx.run(delete(leases).where(leases.c.id == self.id)))

    @property
    def _lock(self) -> str:
        """What these rows have for a store: nothing that is one, so that no collection forgets them with the rest."""
        return f"collect:{self._store}"[:63]


def _must_last(tx: Tx, lease: str) -> None:
    """What is noted for a lease that was given up would never be given back. Raises Unreachable."""
    if tx.one(select(leases.c.id).where(leases.c.id == lease)) is None:
        raise Unreachable(_GIVEN_UP)


def _place(row: Row) -> Place:
    return Place(row["pack"], row["position"], row["length"], row["size"])


def _forget(tx: Tx, ids: Sequence[int]) -> None:
    for column in (places.c.pack, held.c.pack, packs.c.id):
        tx.run(delete(column.table).where(column.in_(list(ids))))
