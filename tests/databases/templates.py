"""Databases with the cloud's tables, made once and copied for every test."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.schema import CreateTable

import pileus.app  # noqa: F401 (declares every table)
import tests.databases.statements  # noqa: F401 (before any store is opened)
from pileus.kernel.store import Store, metadata
from tests.databases.emptied import emptied_database


def sqlite_copy(path: Path) -> str:
    """Make a SQLite database with all tables; its URL."""
    path.write_bytes(_sqlite_template())
    return f"sqlite:///{path}"


@contextmanager
def postgres_copy() -> Iterator[str]:
    """The URL of a PostgreSQL database with all tables, empty, for one test."""
    with emptied_database(_make_tables) as url:
        yield url


@cache
def _sqlite_template() -> bytes:
    with TemporaryDirectory() as place:
        _make_tables(f"sqlite:///{place}/template.db")
        return Path(place, "template.db").read_bytes()


def _make_tables(url: str) -> None:
    store = Store(url, durable=False)
    store.sketch()
    store.close()


def _digest() -> str:
    """Tells apart the tables of working copies that share a server while they are changed."""
    said = "".join(str(CreateTable(table)) for table in metadata.sorted_tables)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


_make_tables.__qualname__ += f"_{_digest()}"
