"""Rotation of the keys that seal what is stored: a new key seals from now on, and all that is there is sealed anew.

Processes that run follow the keys by themselves.  The key before the new one is kept: one of them may just be
writing with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Table, bindparam, select

from pileus.identity.auth.keys import CredentialKeys, drop, promote
from pileus.identity.auth.tokens import seconds_of
from pileus.kernel.store import Store, Tx, metadata

BATCH = 500
"""Rows sealed anew in one transaction."""


class Sealed(NamedTuple):
    """What was done."""

    rows: int
    lost: tuple[str, ...]
    """Rows that no key opens: `table key`; while there are any, no key is dropped."""


def sealed_columns() -> list[tuple[Table, str]]:
    """Every column that is sealed, by what its table says of itself."""
    return [(table, table.info["sealed"]) for table in metadata.sorted_tables if "sealed" in table.info]


def rotate_stored(store: Store, directory: Path) -> Sealed:
    """Let the next key seal, seal all anew by it, and drop the keys that are needed no more."""
    promote(directory)
    rows, lost = 0, []
    for table, column in sealed_columns():
        (key,) = table.primary_key.columns
        names = store.read(lambda tx, key=key: [row[key.name] for row in tx.all(select(key).order_by(key))])
        for start in range(0, len(names), BATCH):
            batch = names[start : start + BATCH]
            lost += store.write(_seal_anew, table, column, batch)
            rows += len(batch)
    if not lost:
        drop(directory)
    return Sealed(rows - len(lost), tuple(lost))


def _seal_anew(tx: Tx, table: Table, column: str, names: list[str]) -> list[str]:
    """Seal some rows by the present key; those that no key opens."""
    keys, lost = tx.part(CredentialKeys), []
    (key,) = table.primary_key.columns
    replace = table.update().where(key == bindparam("which")).values({column: bindparam("anew")})
    for row in tx.all(select(table).where(key.in_(names))):
        content = keys.open(row[column])
        if content is None:
            lost.append(f"{table.name} {row[key.name]}")
        else:
            tx.run(replace, which=row[key.name], anew=keys.seal(content, seconds_of(tx.now)))
    return lost
