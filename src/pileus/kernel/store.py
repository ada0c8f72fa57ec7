"""The one way to the database: functions run in transactions, again if need be, on SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, MetaData
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from pileus.kernel.caller import Caller
from pileus.kernel.clock import Clock, SystemClock
from pileus.kernel.databases import News, Way, database
from pileus.kernel.errors import Unavailable
from pileus.kernel.migrations import upgrade
from pileus.kernel.paging import Page, page
from pileus.kernel.tables import Document, Id, Moment, Name, Number, Row, metadata
from pileus.kernel.transaction import Tx

__all__ = ["Document", "Id", "Moment", "Name", "Number", "Page", "Row", "Store", "Tx", "metadata", "page"]

T = TypeVar("T")

TURNS = 12
"""How often a transaction is tried before its caller is told to come back."""

BESIDE_OTHERS = 3
"""How many of them are beside other writers; from then on nobody else writes meanwhile."""

FIRST_PAUSE = 0.002
"""Seconds, at most, before the second turn; each further pause may be twice as long."""

_FREE = contextlib.nullcontext()


class Store:
    """Runs rules, which are functions of a transaction, from any thread; they may run more than once."""

    def __init__(
        self, url: str, clock: Clock | None = None, *, durable: bool = True, parts: Iterable[object] = ()
    ) -> None:
        """`durable=False` gives up the last commits at a power cut, for tests; `parts` is what rules may ask for."""
        self.clock = clock or SystemClock()
        self.parts: dict[type, object] = {type(part): part for part in parts}
        self._database = database(url, durable=durable)
        self._closing = threading.Event()
        self._inside = threading.local()
        self._listeners: dict[str, list[Callable[[str], object]]] = {}
        self._news: News | None = None

    def look(self, rule: Callable[..., T], *args: Any, **more: Any) -> T:
        """Read by one statement: no transaction around it, so the cheapest way."""
        return self._turns("look", None, lambda tx: rule(tx, *args, **more))

    def read(self, rule: Callable[..., T], *args: Any, **more: Any) -> T:
        """Read by several statements that all see the same moment."""
        return self._turns("read", None, lambda tx: rule(tx, *args, **more))

    def write(self, rule: Callable[..., T], *args: Any, who: Caller | None = None, **more: Any) -> T:
        """Read and write, as if no other transaction ran; `who` is named in history."""
        return self._turns("write", who, lambda tx: rule(tx, *args, **more))

    def claim(self, rule: Callable[..., T], *args: Any, **more: Any) -> T:
        """A short write by itself that locks the rows it reads (READ COMMITTED on PostgreSQL)."""
        return self._turns("claim", None, lambda tx: rule(tx, *args, **more))

    def listen(self, topic: str, call: Callable[[str], object]) -> Callable[[], None]:
        """Call this with what a transaction has told of the topic, once it is committed; returns how to stop it."""
        listeners = self._listeners.setdefault(topic, [])
        listeners.append(call)
        return lambda: listeners.remove(call)

    def meet_others(self) -> None:
        """From now on tell the other nodes on this database what is told here, and hear what is told there."""
        self._news = self._news or self._database.news(self._call)

    def add(self, *parts: object, kind: type | None = None) -> None:
        """Let rules ask for these parts, each by its type (or by the protocol it keeps)."""
        self.parts.update({kind or type(part): part for part in parts})

    def part(self, kind: type[T]) -> T:
        """What the cloud was put together with, by its type."""
        return cast("T", self.parts[kind])

    def create_schema(self) -> None:
        """Bring the database to the newest migration, from wherever it is."""
        with self._database.schema() as connection:
            upgrade(connection)

    def sketch(self, tables: MetaData = metadata) -> None:
        """Make tables as they are declared, without migrations; for tests."""
        with self._database.schema() as connection:
            tables.create_all(connection)

    def close(self) -> None:
        """Let go of the database; transactions that wait for another turn give up."""
        self._closing.set()
        if self._news:
            self._news.close()
        self._database.readers.dispose()
        self._database.writers.dispose()

    def _turns(self, way: Way, who: Caller | None, rule: Callable[[Tx], T]) -> T:
        met: set[str | None] = {None}
        for turn in range(TURNS):
            try:
                return self._turn("alone" if way == "write" and turn >= BESIDE_OTHERS else way, who, rule, met)
            except _Again:
                pass
            except SQLAlchemyError as error:
                if not (isinstance(error, DBAPIError) and self._database.passes(error)):
                    raise self._meaning(error) from error
            if self._closing.wait(random.uniform(0, FIRST_PAUSE * 2 ** min(turn, 7))):
                break
        raise Unavailable("Too many requests change the same thing at once; please try again.")

    def _turn(self, way: Way, who: Caller | None, rule: Callable[[Tx], T], met: set[str | None]) -> T:
        writes = way in ("write", "claim", "alone")
        with self._alone() if writes else _FREE:
            engine = self._database.writers if writes else self._database.readers
            with engine.connect() as connection:
                if begin := self._database.begins[way]:
                    connection.exec_driver_sql(begin)
                tx = Tx(connection, self.clock, who, self.parts)
                answer = self._run(tx, rule, met)
                if writes:
                    _commit(connection)
        self._wake(tx)
        return answer

    def _wake(self, tx: Tx) -> None:
        for call in tx.afterwards:
            call()
        for topic, about in tx.topics:
            self._call(topic, about)
        if self._news and tx.topics:
            self._news.tell(tx.topics)

    def _call(self, topic: str, about: str) -> None:
        for call in tuple(self._listeners.get(topic, ())):
            call(about)

    def _run(self, tx: Tx, rule: Callable[[Tx], T], met: set[str | None]) -> T:
        """A key that another writer took meanwhile is met once; if it is met again the rule does not look."""
        try:
            answer = rule(tx)
            tx.finish()
            return answer
        except Exception:
            clash = self._database.clash(tx.refused) if tx.refused else None
            if clash in met:
                raise
            met.add(clash)
            raise _Again from None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if getattr(self._inside, "write", False):
            raise RuntimeError("a write was begun inside a write")
        self._inside.write = True
        try:
            with self._database.turn:
                yield
        finally:
            self._inside.write = False

    def _meaning(self, error: SQLAlchemyError) -> Exception:
        if isinstance(error, DBAPIError) and not self._database.is_away(error):
            return RuntimeError(f"the database refused a statement: {error.orig}")
        return Unavailable("The database does not answer at present; please try again.", str(error))


class _Again(Exception):
    """Run the rule again: what it collided with is newer than its view."""


def _commit(connection: Connection) -> None:
    try:
        connection.commit()
    except DBAPIError as error:
        if error.connection_invalidated:
            said = "The database went away while it saved the change; it may or may not be done."
            raise Unavailable(said, str(error)) from error
        raise
