"""What is done before a store is used and before each collection: whatever a death or a power cut left is put right."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from pileus.chunks.disk import room_needed
from pileus.chunks.errors import StoreFull
from pileus.chunks.local.folder import Folder
from pileus.chunks.local.index import Index, add_places
from pileus.chunks.local.leases import forget_ended
from pileus.chunks.packs import packs_in, path_of, scan

_RESERVE = 8 << 20  # twice what the index's log grows to before it is folded in


def open_index(folder: Folder) -> Index:
    """The index, made again from the packs if it is not there; one process at a time."""
    for path in (folder.path, folder.packs, folder.leases):
        folder.disk.make_folder(path)
    turn = folder.disk.lock(folder.opening, wait=True)
    assert turn is not None
    try:
        if not folder.index.exists():
            _make_index(folder)
        return Index(folder.index, folder.disk)
    finally:
        folder.disk.close(turn)


def keep_reserve(folder: Folder) -> None:
    """Have some room aside, if there is any."""
    with suppress(StoreFull), room_needed():
        folder.disk.reserve(folder.reserve, _RESERVE)


def tidy(folder: Folder, index: Index) -> None:
    """Forget ended leases, and take in packs that the index does not know; collection judges them.

    Only for who holds the collecting lock. It is one transaction, so no lease begins and no pack is numbered meanwhile.
    """
    with index.writing(durable=True) as tx:
        forget_ended(folder, tx)
        known = {pack for (pack,) in tx.execute("SELECT id FROM packs")}
        for pack in packs_in(folder.packs):
            if pack not in known:
                _adopt(folder, tx, pack)


def _make_index(folder: Folder) -> None:
    """Under another name first: an index that knows only half of the packs must never be taken for the whole."""
    unfinished = folder.index.with_suffix(".new")
    for path in _files_of(unfinished):
        folder.disk.remove(path)
    with Index(unfinished, folder.disk) as index:
        tidy(folder, index)
    folder.disk.rename(unfinished, folder.index)
    folder.disk.sync_folder(folder.path)


def _files_of(database: Path) -> list[Path]:
    return [database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm")]


def _adopt(folder: Folder, tx: sqlite3.Connection, pack: int) -> None:
    """Take in what is whole of a pack; the rest of it counts as dead."""
    path = path_of(folder.packs, pack)
    places = dict(scan(folder.packs, pack))
    if places:
        tx.execute("INSERT INTO packs (id) VALUES (?)", [pack])
        add_places(tx, pack, path.stat().st_size, places)
    else:
        folder.disk.remove(path)
