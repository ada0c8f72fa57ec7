"""New steps of the schema, drafted from the difference between a database and the tables as declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, TypeDecorator, text
from sqlalchemy.dialects import registry

from pileus.kernel.migrations import STEPS, configured, newest
from pileus.kernel.tables import metadata


def drift(connection: Connection) -> list[Any]:
    """How a database differs from the tables as declared."""
    options = {"compare_type": True, "include_object": _is_for(connection)}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def draft(connection: Connection, title: str, steps: Path = STEPS) -> Path:
    """Write the next step, from the database (at the newest step) to the tables as declared."""
    options = {"render_as_batch": True, "render_item": _rendered, "process_revision_directives": _plain}
    config = configured(connection, steps, compare_type=True, include_object=_is_for(connection), **options)
    number = f"{int(newest(steps) or 0) + 1:04}"
    made: Any = command.revision(config, title, autogenerate=True, rev_id=number)
    return Path(made.path)


def _is_for(connection: Connection) -> Callable[..., bool]:
    """Whether a thing is one of this kind of database, or of every kind."""
    return lambda thing, *_: thing.info.get("dialect") in (None, connection.dialect.name)


def _rendered(kind: str, value: Any, _context: Any) -> str | bool:
    """Steps stand by themselves: a document is text there, whatever becomes of our own types."""
    return f"sa.{value.impl!r}" if kind == "type" and isinstance(value, TypeDecorator) else False


def _plain(_context: Any, _revision: Any, drafted: Any) -> None:
    """Leave out what our code knows of a table, and say each index's condition in its own database's words."""
    for operation in _each(drafted[0].upgrade_ops):
        getattr(operation, "info", {}).clear()
        options = getattr(operation, "kw", {})
        for dialect in ("sqlite", "postgresql"):
            if (condition := options.get(f"{dialect}_where")) is not None:
                options[f"{dialect}_where"] = text(_said(condition, dialect))


def _said(condition: Any, dialect: str) -> str:
    plain = {"include_table": False, "literal_binds": True}
    return str(condition.compile(dialect=registry.load(dialect)(), compile_kwargs=plain))


def _each(operations: Any) -> Iterator[Any]:
    for operation in operations.ops:
        yield operation
        if hasattr(operation, "ops"):
            yield from _each(operation)
