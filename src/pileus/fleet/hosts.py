"""Hosts as the cloud knows them: joined with a ticket, known by a token, alive by their heartbeat."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam

from pileus.fleet.settings import FleetSettings
from pileus.fleet.table import EVERY_HOST, HOST, HOST_NAMED, LAST_NUMBER, hosts, pulses
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid, Missing, Unauthorized
from pileus.kernel.store import Row, Store, Tx

log = logging.getLogger(__name__)
Heard = Callable[[Tx, Mapping[str, Any]], None]


class Capacities:
    """Who hears that a host has more or less to give than before; put together where the cloud is."""

    def __init__(self, *heard: Heard, shape: type[Any] = dict) -> None:
        """`shape` is what they understand."""
        self._heard, self._shape = heard, shape

    def check(self, capacity: Mapping[str, Any]) -> None:
        """Refuse what they could not understand; raises Invalid."""
        try:
            msgspec.convert(capacity, self._shape)
        except msgspec.ValidationError as error:
            raise Invalid(f"A host cannot have such a capacity: {error}") from error

    def __call__(self, tx: Tx, host: Mapping[str, Any]) -> None:
        """Tell all of them."""
        for hear in self._heard:
            hear(tx, host)


_BEAT = (
    pulses.update()
    .where(pulses.c.host_id == bindparam("key_host"))
    .values(
        beat_at=bindparam("beat_at"), boot=bindparam("boot"), capacity=bindparam("capacity"), usage=bindparam("usage")
    )
)


def every_host(tx: Tx) -> Sequence[Row]:
    """All hosts by name, each with its pulse (`beat_at`, `capacity`, `usage`)."""
    return tx.all(EVERY_HOST)


def host_of(tx: Tx, host_id: str) -> Row:
    """One host; raises Missing."""
    row = tx.one(HOST, id=host_id)
    if row is None:
        raise Missing(f"Host {host_id} could not be found.")
    return row


def host_named(tx: Tx, name: str) -> Row | None:
    """The host of a name."""
    return tx.one(HOST_NAMED, name=name)


def is_up(tx: Tx, host: Mapping[str, Any]) -> bool:
    """Whether a host's heart beats, as far as anybody was there to hear it, and nobody has declared it down."""
    if host["beat_at"] is None or host["forced_down"]:
        return False
    patience = timedelta(seconds=tx.part(FleetSettings).down_after_seconds)
    return tx.now - host["beat_at"] < patience or tx.part(Beats).is_excused(host["beat_at"], tx.now, patience)


def join(tx: Tx, name: str, zone: str) -> tuple[str, str]:
    """Take a host in, or give a known one a new token; returns its identifier and its token."""
    secret = secrets.token_urlsafe(32)
    hashed = hashlib.sha256(secret.encode()).digest()
    known = host_named(tx, name)
    if known is None:
        row: Mapping[str, Any] = tx.insert(hosts, number=tx.value(LAST_NUMBER) + 1, name=name, zone=zone, secret=hashed)
        tx.insert(pulses, host_id=row["id"])
    else:
        row = tx.change(hosts, known["id"], secret=hashed)
    return row["id"], f"{row['id']}.{secret}"


def this_host(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The host whose token came with the request and whom the path names; raises Unauthorized."""
    host_id, _, secret = who.token.partition(".")
    row = tx.one(HOST, id=host_id) if secret else None
    given = hashlib.sha256(secret.encode()).digest()
    if row is None or not hmac.compare_digest(row["secret"], given) or path.get("host_id", host_id) != host_id:
        raise Unauthorized("A host's token is wanted.")
    return {**path, **row}


AWAY = 4
"""The cloud itself may be away as many times the patience with hosts: when it is back it takes them to be there."""


class Beats:
    """Heartbeats since the last flush, in memory: many hosts' beats are one transaction a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, dict[str, Any]] = {}
        self._began: datetime | None = None

    def begin(self, now: datetime) -> None:
        """From now on somebody listens."""
        self._began = now

    def is_excused(self, beat_at: datetime, now: datetime, patience: timedelta) -> bool:
        """Whether a silence may be ours: who was heard not long before we began has as long again to be heard."""
        began = self._began
        return began is not None and now - began < patience and began - beat_at < AWAY * patience

    def keep(self, host_id: str, **beat: Any) -> None:
        """Keep a host's newest heartbeat (`boot`, `capacity`, `usage`)."""
        with self._lock:
            self._kept[host_id] = beat

    def flush(self, store: Store) -> None:
        """Write what was kept; a heartbeat leaves no history."""
        with self._lock:
            kept, self._kept = self._kept, {}
        if not kept:
            return
        try:
            store.write(_write_beats, kept)
        except Exception:  # one host's beat must not silence the others'
            log.exception("beats are written one by one")
            for host_id, beat in kept.items():
                _write_alone(store, host_id, beat)


def _write_alone(store: Store, host_id: str, beat: Mapping[str, Any]) -> None:
    try:
        store.write(_write_beats, {host_id: beat})
    except Exception:
        log.exception("the beat of host %s cannot be kept", host_id)


def _write_beats(tx: Tx, kept: Mapping[str, Mapping[str, Any]]) -> None:
    heard = tx.part(Capacities)
    for host_id, beat in kept.items():
        host = tx.one(HOST, id=host_id)
        if host is None:
            continue
        tx.run(_BEAT, key_host=host_id, beat_at=tx.now, **beat)
        if beat["capacity"] != host["capacity"]:
            heard(tx, {**host, "capacity": beat["capacity"]})


def set_enabled(tx: Tx, host: Mapping[str, Any], *, enabled: bool, because: str | None) -> Mapping[str, Any]:
    """Let a host take new servers, or not."""
    return {**host, **tx.change(hosts, host["id"], enabled=enabled, disabled_reason=None if enabled else because)}


def set_forced_down(tx: Tx, host: Mapping[str, Any], *, down: bool) -> Mapping[str, Any]:
    """Declare a host down whatever its heart does, or take that back."""
    return {**host, **tx.change(hosts, host["id"], forced_down=down)}


def forget(tx: Tx, host: Mapping[str, Any]) -> None:
    """Strike a host from the fleet, with all that was wanted and seen of it."""
    tx.remove(hosts, host["id"])
