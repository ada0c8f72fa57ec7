"""Who is at work in a store: a row and a locked file per lease, so that a dead process is known at once.

The kernel lets go of a lock when its process ends, however it ends. The row goes only when a collection begins: what an
upload counted on is safe from a collection that asked which manifests are live before the upload's was among them.
"""

from __future__ import annotations

import os
import sqlite3

from pileus.chunks.local.folder import Folder
from pileus.chunks.local.index import Index, forget
from pileus.chunks.packs import path_of


class Lease:
    """One worker's claim, until it is ended or its process is."""

    def __init__(self, folder: Folder, index: Index) -> None:
        self.id = os.urandom(16).hex()
        self._disk = folder.disk
        self._file: int | None = None
        try:
            with index.writing() as tx:
                tx.execute("INSERT INTO leases VALUES (?)", [self.id])
                self._file = folder.disk.lock(folder.leases / self.id)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        if self._file is not None:
            self._disk.close(self._file)
            self._file = None


def forget_ended(folder: Folder, tx: sqlite3.Connection) -> None:
    """Forget leases that nobody holds any more, with the packs they did not seal."""
    for lease in _all(tx):
        file = folder.disk.lock(folder.leases / lease)
        if file is not None:
            unsealed = [pack for (pack,) in tx.execute("SELECT id FROM packs WHERE writer = ?", [lease])]
            for pack in unsealed:
                folder.disk.remove(path_of(folder.packs, pack))
            forget(tx, unsealed)
            tx.execute("DELETE FROM held WHERE lease = ?", [lease])
            tx.execute("DELETE FROM leases WHERE id = ?", [lease])
            folder.disk.close(file)
    for path in folder.leases.iterdir():
        if path.name not in _all(tx):
            folder.disk.remove(path)


def _all(tx: sqlite3.Connection) -> list[str]:
    return [lease for (lease,) in tx.execute("SELECT id FROM leases")]
