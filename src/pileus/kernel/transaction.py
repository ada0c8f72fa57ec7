"""One transaction as rules see it: find rows, write rows with their history, know who asks and what time it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Executable, Table
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from pileus.kernel.caller import Caller
from pileus.kernel.clock import Clock
from pileus.kernel.databases import Topic
from pileus.kernel.errors import Conflict, Invalid, Missing
from pileus.kernel.history import Scribe, append
from pileus.kernel.tables import Row, Statements, statements_of

T = TypeVar("T")

Params = Mapping[str, Any]
Options = Mapping[str, Any]

_COUNTED: Options = {"preserve_rowcount": True}


class Tx:
    """A transaction; it may be run again from its beginning, so rules have no effect outside it.

    After a write that the database refused (Conflict) the transaction can only end.
    """

    __slots__ = ("_connection", "_parts", "_refused", "_scribe", "afterwards", "clock", "now", "topics", "who")

    def __init__(self, connection: Connection, clock: Clock, who: Caller | None, parts: Mapping[type, object]) -> None:
        self._connection = connection
        self._parts = parts
        self._scribe = Scribe(who)
        self._refused: DBAPIError | None = None
        self.afterwards: list[Callable[[], object]] = []
        self.topics: set[Topic] = set()
        self.clock = clock
        self.now: datetime = clock.now()
        self.who = who

    def new_id(self) -> str:
        """An identifier nobody has."""
        return self.clock.new_id()

    def part(self, kind: type[T]) -> T:
        """What the cloud was put together with, by its type: a service's settings, the chunk store …"""
        return cast("T", self._parts[kind])

    def one(self, statement: Executable, **params: Any) -> Row | None:
        """The first row, or None."""
        found: Row | None = self._mappings(statement, params).first()
        return found

    def all(self, statement: Executable, **params: Any) -> list[Row]:
        """Every row, as a plain dictionary: a mapping of the database library's costs more to copy than to read."""
        found = self._execute(statement, params)
        names = tuple(found.keys())
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def value(self, statement: Executable, **params: Any) -> Any:
        """The first column of the first row, or None."""
        return self._execute(statement, params).scalar()

    def run(self, statement: Executable, **params: Any) -> int:
        """Rows touched by a statement that leaves no history (heartbeats and the like)."""
        return self._execute(statement, params, _COUNTED).rowcount

    def run_many(self, statement: Executable, rows: Sequence[Params]) -> None:
        """The same statement for several rows at once, without history."""
        self._execute(statement, rows)

    def find(self, table: Table, key: Any) -> Row | None:
        """The row with that key, or None."""
        of = statements_of(table)
        found: Row | None = self._mappings(of.find, of.key(key)).first()
        return found

    def insert(self, table: Table, /, **values: Any) -> dict[str, Any]:
        """Write a row; what is not given has its default (`id` a new one, `created_at` the present)."""
        of = statements_of(table)
        row = self._complete(of, values)
        made = self._execute(of.insert, row)
        if of.counted and of.counted not in row:
            row[of.counted] = made.inserted_primary_key[0]  # type: ignore[index]
        self._scribe.note(of, "create", row, at=self.now, names=row)
        return row

    def change(
        self, table: Table, row: Row | Any, /, *, expect: Mapping[str, Any] | None = None, **values: Any
    ) -> dict[str, Any]:
        """Set columns of a row (read in this transaction, or its key) and return it; equal values write nothing.

        Raises Conflict if the row no longer has what is expected, Missing if it is gone.
        """
        of = statements_of(table)
        was = self._present(of, table, row)
        new = {name: value for name, value in values.items() if was.get(name) != value}
        expect = expect or {}
        if new and "updated_at" in of.names:
            new.setdefault("updated_at", self.now)
        if not new and all(was[name] == value for name, value in expect.items()):
            return dict(was)
        expected = {f"expect_{name}": value for name, value in expect.items() if value is not None}
        params = {**new, **expected, **of.key(was)}
        if not new or not self._execute(of.update(new, expect), params).rowcount:
            raise _lost(of, expect)
        now = {**was, **new}
        self._scribe.note(of, "change", now, at=self.now, names=new, was=was)
        return now

    def remove(self, table: Table, row: Row | Any, /) -> None:
        """Delete a row (or the row with that key); raises Missing if it is gone, Conflict if others need it."""
        of = statements_of(table)
        was = self._present(of, table, row)
        if not self._execute(of.remove, of.key(was)).rowcount:
            raise _lost(of, {})
        self._scribe.note(of, "remove", was, at=self.now, names=was)

    def after(self, call: Callable[[], object]) -> None:
        """Call this once the transaction has been committed (wake-ups only: it may be lost)."""
        self.afterwards.append(call)

    def tell(self, topic: str, about: str = "") -> None:
        """Once committed, wake the listeners of a topic (`Store.listen`), each once; on other nodes too."""
        self.topics.add((topic, about))

    def finish(self) -> None:
        """Write the history of what was done; the store commits next."""
        if self._refused:
            raise RuntimeError("a transaction went on after the database had refused a write")
        if lines := self._scribe.lines():
            self._connection.execute(append, lines)

    @property
    def refused(self) -> DBAPIError | None:
        """The database's refusal, if a write met one."""
        return self._refused

    def _complete(self, of: Statements, values: dict[str, Any]) -> dict[str, Any]:
        row = {**of.defaults, **values}
        if "id" in of.defaults and row["id"] is None:
            row["id"] = self.clock.new_id()
        if "created_at" in of.names and row["created_at"] is None:
            row["created_at"] = self.now
        return row

    def _present(self, of: Statements, table: Table, row: Row | Any) -> Row:
        found = row if isinstance(row, Mapping) else self.find(table, row)
        if found is None:
            raise _lost(of, {})
        return found

    def _mappings(self, statement: Executable, params: Params) -> Any:
        return self._execute(statement, params).mappings()

    def _execute(
        self, statement: Executable, params: Params | Sequence[Params], options: Options | None = None
    ) -> CursorResult[Any]:
        if self._refused:
            raise RuntimeError("a transaction went on after the database had refused a write")
        try:
            return self._connection.execute(statement, params, execution_options=options)
        except IntegrityError as error:
            self._refused = error
            raise Conflict("It contradicts something that is already there.", str(error.orig)) from error
        except (DataError, OverflowError, UnicodeEncodeError) as error:
            raise Invalid("A value is too long or out of range.", str(error)) from error


def _lost(of: Statements, expect: Mapping[str, Any]) -> Conflict | Missing:
    kind = of.kind.replace("_", " ")
    if expect:
        return Conflict(f"The {kind} was changed by another request at the same time.")
    return Missing(f"The {kind} could not be found.")
