"""A process that is killed at a chosen call to the disk, and a power cut that loses what was not synced by then."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock

from pileus.chunks.disk import Disk

Act = Callable[[Path, Disk, Callable[[str], None]], None]
"""What the process does in a folder, on a disk; it may say what it has achieved."""


class MortalDisk(Disk):
    """Kills its process before call number `last`; a write that dies does half its work first.

    It keeps account, outside the store, of what is durable: sizes of synced files, and the databases as they were at
    the last durable commit.
    """

    def __init__(self, last: int, account: Path) -> None:
        self._left = last
        self._account = account
        self._paths: dict[int, Path] = {}
        self._turn = Lock()

    def create(self, path: Path) -> int:
        self._live()
        file = super().create(path)
        self._paths[file] = path
        return file

    def append(self, file: int, parts: Sequence[bytes | memoryview]) -> None:
        whole = b"".join(parts)
        self._live(lambda: os.write(file, whole[: len(whole) // 2]))
        super().append(file, parts)

    def sync(self, file: int) -> None:
        self._live()
        super().sync(file)
        self._note(f"{os.fstat(file).st_size} {self._paths[file].name}", "synced")

    def sync_folder(self, path: Path) -> None:
        self._live()
        super().sync_folder(path)

    def remove(self, path: Path) -> None:
        self._live()
        super().remove(path)

    def reserve(self, path: Path, size: int) -> None:
        self._live()
        super().reserve(path, size)

    def rename(self, old: Path, new: Path) -> None:
        self._live()
        super().rename(old, new)

    def lock(self, path: Path, *, wait: bool = False) -> int | None:
        self._live()
        return super().lock(path, wait=wait)

    def commit(self, connection: sqlite3.Connection, *, durable: bool) -> None:
        self._live()
        super().commit(connection, durable=durable)
        if durable:
            self._save(connection)

    def say(self, achieved: str) -> None:
        self._note(achieved, "achieved")

    def _live(self, last_act: Callable[[], object] = lambda: None) -> None:
        with self._turn:
            self._left -= 1
            if self._left < 0:
                last_act()
                os.kill(os.getpid(), signal.SIGKILL)

    def _note(self, line: str, name: str) -> None:
        with (self._account / name).open("a") as file:
            file.write(line + "\n")

    def _save(self, connection: sqlite3.Connection) -> None:
        """Commits are kept in order, so a durable one makes all before it durable."""
        (_, _, path) = connection.execute("PRAGMA database_list").fetchone()
        for suffix in ("", "-wal"):
            if Path(path + suffix).exists():
                shutil.copy(path + suffix, self._account / (Path(path).name + suffix))


def deaths(template: Path, folder: Path, act: Act, *, is_power_cut: bool) -> Iterator[tuple[Path, list[str]]]:
    """Act on copies of a store, in processes that die one call later each time, the last of them not at all.

    Yields each copy as it was left, and what had been achieved in it.
    """
    has_died, last = True, 0
    while has_died:
        path, account = folder / f"store{last}", folder / f"account{last}"
        shutil.copytree(template, path)
        has_died = _live_and_die(act, path, last, account)
        if is_power_cut:
            _cut_power(path, account, template)
        yield path, _achieved(account)
        last += 1


def _live_and_die(act: Act, path: Path, last: int, account: Path) -> bool:
    """Act in a process of its own that dies at call number `last`; True if it did."""
    account.mkdir()
    child = os.fork()
    if child == 0:
        disk = MortalDisk(last, account)
        try:
            act(path, disk, disk.say)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the act failed of itself"
    return os.WIFSIGNALED(status)


def _achieved(account: Path) -> list[str]:
    path = account / "achieved"
    return path.read_text().split() if path.exists() else []


def _cut_power(store: Path, account: Path, before: Path) -> None:
    """Take from the files of a dead store what was not durable; all that was there before it was opened is."""
    synced = packs_of(before)
    if (account / "synced").exists():
        for line in (account / "synced").read_text().splitlines():
            size, name = line.split()
            synced[name] = int(size)
    for path in (store / "packs").iterdir():
        os.truncate(path, min(path.stat().st_size, synced.get(path.name, 0)))
    durable = account if (account / "index.sqlite").exists() else before
    for suffix in ("", "-wal", "-shm"):
        (store / f"index.sqlite{suffix}").unlink(missing_ok=True)
    for path in durable.glob("index.sqlite*"):
        shutil.copy(path, store / path.name)


def packs_of(store: Path) -> dict[str, int]:
    """The packs of a store, and their sizes."""
    return {pack.name: pack.stat().st_size for pack in (store / "packs").iterdir()}
