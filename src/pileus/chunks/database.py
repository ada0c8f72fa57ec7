"""A SQLite file that several threads and processes share: one writer at a time, readers never wait."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from pileus.chunks.disk import Disk
from pileus.chunks.errors import ChunkError


class Database:
    """One connection, used by all threads in turn.

    Commits outlive the process; those said `durable` outlive a power cut too, with all commits before them.
    """

    def __init__(
        self,
        path: Path,
        disk: Disk,
        *,
        version: int,
        schema: Sequence[str],
        upgrades: Mapping[int, Sequence[str]] | None = None,
    ) -> None:
        """`upgrades` tells, by version, what makes the next one of it."""
        self._disk = disk
        self._turn = threading.RLock()
        self._connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        self._connection.execute("PRAGMA journal_mode = WAL")
        with self.writing() as tx:
            (found,) = tx.execute("PRAGMA user_version").fetchone()
            for statement in _steps(found, version, schema, upgrades or {}):
                tx.execute(statement)
            (found,) = tx.execute("PRAGMA user_version").fetchone()
        if found != version:
            raise ChunkError(f"{path} is of version {found}; this program knows version {version}")

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction; no other writer, in any process, comes between."""
        with self._turn:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._disk.commit(self._connection, durable=durable)
            except BaseException:
                self._connection.rollback()
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Statements that change nothing but temporary tables."""
        with self._turn:
            yield self._connection

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _steps(found: int, wanted: int, schema: Sequence[str], upgrades: Mapping[int, Sequence[str]]) -> list[str]:
    """The statements that lead to the wanted version; none from one that is not known."""
    if found == 0:
        return [*schema, f"PRAGMA user_version = {wanted}"]
    if not all(version in upgrades for version in range(found, wanted)):
        return []
    steps = [statement for version in range(found, wanted) for statement in upgrades[version]]
    return [*steps, f"PRAGMA user_version = {wanted}"] if steps else []
