"""How the schema moves on: numbered steps, applied in order, each in the transaction that upgrades.

A step is drafted from the difference between the newest one and the tables as declared:

    python -m pileus.kernel.migrations pileus.app "volumes learn to be shared"

Alembic is imported only where there is something to do; it would cost every process several MiB.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, TypeDecorator, inspect, text

from pileus.kernel.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
STEPS = HERE / "versions"


def newest(steps: Path = STEPS) -> str:
    """The number of the newest step, empty if there is none."""
    return max((path.name.split("_")[0] for path in steps.glob("[0-9]*.py")), default="")


def current(connection: Connection) -> str:
    """The number of the step a database is at, empty if it is new."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")


def upgrade(connection: Connection, steps: Path = STEPS) -> None:
    """Apply every step the database lacks, in the connection's transaction; no commit."""
    if current(connection) == newest(steps):
        return
    from alembic import command

    command.upgrade(configured(connection, steps), "head")


def drift(connection: Connection) -> list[Any]:
    """How a database differs from the tables as declared."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    return list(compare_metadata(MigrationContext.configure(connection, opts=OPTIONS), metadata))


def draft(connection: Connection, title: str, steps: Path = STEPS) -> Path:
    """Write the next step, from the database (at the newest step) to the tables as declared."""
    from alembic import command

    number = f"{int(newest(steps) or 0) + 1:04}"
    made: Any = command.revision(configured(connection, steps), title, autogenerate=True, rev_id=number)
    return Path(made.path)


def configured(connection: Connection, steps: Path) -> Config:
    """Alembic's settings; `env.py` finds the connection in them."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(steps).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config


def _rendered(kind: str, value: Any, _context: Any) -> str | bool:
    """Steps stand by themselves: a document is text there, whatever becomes of our own types."""
    return f"sa.{value.impl!r}" if kind == "type" and isinstance(value, TypeDecorator) else False


def _plain(_context: Any, _revision: Any, drafted: Any) -> None:
    """Leave out what our code knows of a table, and say conditions of indexes as text."""
    for operation in _each(drafted[0].upgrade_ops):
        getattr(operation, "info", {}).clear()
        for name, value in getattr(operation, "kw", {}).items():
            if isinstance(value, Column):
                operation.kw[name] = text(value.name)


def _each(operations: Any) -> Iterator[Any]:
    for operation in operations.ops:
        yield operation
        if hasattr(operation, "ops"):
            yield from _each(operation)


OPTIONS: dict[str, Any] = {
    "compare_type": True,
    "render_as_batch": True,
    "render_item": _rendered,
    "process_revision_directives": _plain,
}
