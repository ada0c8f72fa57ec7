"""Questions to hosts, such as a guest's console log: asked in a transaction, answered once, kept nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from pileus.fleet.bell import Bell
from pileus.fleet.table import SEEN_ONE, WANTED_ONE, seen, wanted
from pileus.fleet.wanted import want
from pileus.kernel.errors import Unavailable
from pileus.kernel.store import Store, Tx

PATIENCE = 10.0
"""Seconds a host has to answer."""


class Question(msgspec.Struct, frozen=True):
    """What a host is asked: a word its agent knows, about one thing, with further particulars."""

    about: str
    id: str
    more: dict[str, Any] = {}


def ask(tx: Tx, host_id: str, question: Question) -> str:
    """Put a question to a host; returns what names the answer."""
    number = tx.new_id()
    want(tx, host_id, "question", number, question)
    return number


async def answer_to(store: Store, host_id: str, number: str) -> Mapping[str, Any]:
    """Wait for the answer; raises Unavailable when the host does not give one in time."""
    bell = store.part(Bell)
    event = bell.listen(number)
    try:
        return await _heard(store, bell, event, (host_id, number))
    finally:
        bell.leave(number, event)
        await asyncio.to_thread(store.write, _forget, host_id, number)


async def _heard(store: Store, bell: Bell, event: asyncio.Event, named: tuple[str, str]) -> Mapping[str, Any]:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        row = await asyncio.to_thread(store.look, _answer, *named)
        if row is not None:
            return dict(row["body"])
        left = deadline - asyncio.get_running_loop().time()
        if left <= 0 or bell.is_closed:
            raise Unavailable("The host did not answer in time; please try again.")
        await bell.heard(named[1], event, min(left, 1.0))


def _answer(tx: Tx, host_id: str, number: str) -> Mapping[str, Any] | None:
    return tx.one(SEEN_ONE, host_id=host_id, kind="question", id=number)


def _forget(tx: Tx, host_id: str, number: str) -> None:
    for table, statement in ((wanted, WANTED_ONE), (seen, SEEN_ONE)):
        row = tx.one(statement, host_id=host_id, kind="question", id=number)
        if row is not None:
            tx.remove(table, row)
