"""Every call by which the store changes the disk, in one place: tests end the process before each of them."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pileus.chunks.errors import StoreFull

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Disk:
    """The disk as it is."""

    def make_folder(self, path: Path) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def create(self, path: Path) -> int:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def append(self, file: int, parts: Sequence[bytes | memoryview]) -> None:
        """Write all parts, at most 1,024 of them (IOV_MAX); the kernel may take fewer bytes at a time than asked."""
        left = sum(map(len, parts)) - os.writev(file, parts)
        if left:
            rest = memoryview(b"".join(parts))[-left:]
            while rest:
                rest = rest[os.write(file, rest) :]

    def sync(self, file: int) -> None:
        os.fsync(file)

    def close(self, file: int) -> None:
        os.close(file)

    def sync_folder(self, path: Path) -> None:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def reserve(self, path: Path, size: int) -> None:
        """Take so much room on the disk, to be given back with `remove`."""
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(file, 0, size)
        finally:
            os.close(file)

    def free(self, path: Path) -> int:
        """Bytes that are free on the disk of a folder."""
        room = os.statvfs(path)
        return room.f_bavail * room.f_frsize

    def commit(self, connection: sqlite3.Connection, *, durable: bool) -> None:
        """End a transaction. Without `durable` a power cut may take it back; the order of commits is kept."""
        connection.execute("COMMIT")

    def rename(self, old: Path, new: Path) -> None:
        old.rename(new)

    def lock(self, path: Path, *, wait: bool = False) -> int | None:
        """A descriptor that holds this file's lock until it is closed, by us or by our death; None: another has it."""
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        return file


@contextmanager
def room_needed() -> Iterator[None]:
    """Say StoreFull where the disk or its database says so in words of their own."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFull("no space left on the disk of the chunk store") from error
        raise
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise StoreFull("no space left on the disk of the chunk store") from error
        raise
