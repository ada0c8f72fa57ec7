"""Wanted and seen: what services ask of hosts, what hosts say of it, and questions hosts answer once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from pileus.fleet.bell import ring
from pileus.fleet.table import ASK, ASK_ANEW, ASKED, DRAW, SEEN_ONE, WANTED_ONE, seen, wanted
from pileus.kernel.errors import Invalid
from pileus.kernel.store import Row, Tx

Hear = Callable[[Tx, str, str, Mapping[str, Any]], None]
"""`hear(tx, host_id, id, body)`: a service's own word on what a host has seen, in the transaction that keeps it."""


class Ears(dict[str, Hear]):
    """Who hears what hosts say, by kind, and the shape it must have; put together where the cloud is."""

    def __init__(self, heard: Mapping[str, Hear], shapes: Mapping[str, type[msgspec.Struct]] | None = None) -> None:
        super().__init__(heard)
        self._shapes = shapes or {}

    def check(self, kind: str, body: Mapping[str, Any]) -> None:
        """Refuse what nobody who hears it could understand: hosts are not trusted.  Raises Invalid."""
        if kind not in self:
            return
        try:
            msgspec.convert(body, self._shapes.get(kind, Sighting))
        except msgspec.ValidationError as error:
            raise Invalid(f"A {kind} cannot be seen so: {error}") from error


def want(tx: Tx, host_id: str, kind: str, id: str, spec: msgspec.Struct) -> int:
    """Ask a host for a thing (anew, if it was asked before); returns the number of the asking."""
    return want_on(tx, [host_id], kind, id, spec)[host_id]


def want_on(tx: Tx, host_ids: Iterable[str], kind: str, id: str, spec: msgspec.Struct) -> dict[str, int]:
    """Ask several hosts for the same thing; returns host → number of the asking."""
    return _ask(tx, list(host_ids), kind, id, msgspec.to_builtins(spec))


def withdraw(tx: Tx, host_id: str, kind: str, id: str) -> None:
    """Ask a host to remove a thing; nothing happens where it was never asked for it."""
    row = tx.one(WANTED_ONE, host_id=host_id, kind=kind, id=id)
    if row is not None and row["body"] is not None:
        _ask(tx, [host_id], kind, id, None)


def wanted_of(tx: Tx, host_id: str, kind: str, id: str) -> Any:
    """What a host is asked for, or None."""
    row = tx.one(WANTED_ONE, host_id=host_id, kind=kind, id=id)
    return None if row is None else row["body"]


def seen_of(tx: Tx, host_id: str, kind: str, id: str) -> Row | None:
    """What a host last said of a thing (`number`, `body`, `at`), or None."""
    return tx.one(SEEN_ONE, host_id=host_id, kind=kind, id=id)


def holds(tx: Tx, host_id: str, kind: str, id: str) -> bool:
    """Whether a host is asked for a thing, or has still to say that it is gone."""
    asked = tx.one(WANTED_ONE, host_id=host_id, kind=kind, id=id)
    return asked is not None or tx.one(SEEN_ONE, host_id=host_id, kind=kind, id=id) is not None


class Sighting(msgspec.Struct, frozen=True):
    """What is said of anything that is seen."""

    state: str


class Told(msgspec.Struct, frozen=True):
    """What a host says of one thing, and the wanted number it had taken in by then."""

    kind: str
    id: str
    number: int
    body: dict[str, Any]


def keep_seen(tx: Tx, host_id: str, told: Told) -> None:
    """Keep what a host says, and let the service that asked hear it; raises Invalid.

    An older number is an old tale.  Of what it was never asked for, or not yet, a host has nothing to say.
    """
    kind, id, number, body = told.kind, told.id, told.number, told.body
    tx.part(Ears).check(kind, body)
    asked = tx.one(WANTED_ONE, host_id=host_id, kind=kind, id=id)
    before = tx.one(SEEN_ONE, host_id=host_id, kind=kind, id=id)
    if asked is None or number > asked["number"] or (before is not None and before["number"] > number):
        return
    gone = body.get("state") == "gone"
    if gone and asked["body"] is None and asked["number"] == number:
        tx.remove(wanted, asked)
    if gone and before is not None:
        tx.remove(seen, before)
    elif not gone:
        _put_seen(tx, before, {"host_id": host_id, "kind": kind, "id": id}, number, body)
    hear = tx.part(Ears).get(kind)
    if hear is not None:
        hear(tx, host_id, id, body)
    ring(tx, id)


def _put_seen(tx: Tx, before: Row | None, key: dict[str, str], number: int, body: Mapping[str, Any]) -> None:
    if before is None:
        tx.insert(seen, **key, number=number, body=dict(body), at=tx.now)
    else:
        tx.change(seen, before, number=number, body=dict(body), at=tx.now)


def _ask(tx: Tx, host_ids: list[str], kind: str, id: str, body: Any) -> dict[str, int]:
    """The same statements for one host as for many; what was asked before is not even read, it may be long."""
    numbers = {row["host_id"]: int(row["number"]) for row in tx.all(DRAW, hosts=host_ids)}
    asked = {row["host_id"] for row in tx.all(ASKED, hosts=host_ids, kind=kind, id=id)}
    common = {"key_kind": kind, "key_id": id, "body": body}
    rows = [{**common, "key_host": host_id, "number": numbers[host_id]} for host_id in host_ids]
    for statement, which in ((ASK_ANEW, asked), (ASK, numbers.keys() - asked)):
        if which:
            tx.run_many(statement, [row for row in rows if row["key_host"] in which])
    for host_id in host_ids:
        ring(tx, host_id)
    return numbers
