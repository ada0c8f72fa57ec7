"""One image's file as a disk: what has come is read, what has not is asked for, however long that takes.

Nothing is remembered of what has come. A chunk is read and compared with its address when it is first wanted, and asked
for if it is not that: the file and the manifest are all the truth there is, whoever died while writing them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path
from threading import Event
from typing import Protocol

from pileus.chunks.errors import Absent
from pileus.chunks.host import layout as layouts
from pileus.chunks.host.layout import Layout
from pileus.chunks.manifest import address_of, is_address

MOST_TOUCHED = 8192
"""Chunks whose order is noted: 600 MiB, far more than a boot reads."""

MOST_DIGITS = 10
"""Bytes that a number takes in the notes, at most, with what divides it from the next."""

AGAIN = 0.2
"""Seconds before what came and is not right is looked at once more."""

IsOver = Callable[[], bool]
Run = tuple[int, bool]  # bytes, and whether they are a hole


class Asks(Protocol):
    """The way to whoever brings chunks."""

    def bring(self, name: str, numbers: list[int], is_over: IsOver) -> None:
        """Come back when these chunks were brought, or when nobody waits for them any more."""


class Export:
    """An image, read by any number of threads; raises Absent where there is none of that name."""

    def __init__(self, folder: Path, name: str, asks: Asks) -> None:
        if not is_address(name):
            raise Absent(f"{name!r} is not the name of an image")
        self.name = name
        self._folder, self._asks = folder, asks
        self._layout: Layout = layouts.laid_out(layouts.read(folder / f"{name}.map"), name)
        self._known = bytearray(len(self._layout))
        self._file = self._opened()
        self._noted = bytearray(len(self._layout))
        self.touched = [number for number in noted(folder, name) if number < len(self._layout)]
        """The chunks that were read, in the order of their first reading."""
        self._written = len(self.touched)
        for number in self.touched:
            self._noted[number] = 1

    @property
    def size(self) -> int:
        """Bytes of the disk."""
        return self._layout.size

    def is_here(self, offset: int, length: int) -> bool:
        """Whether these bytes are known to have come."""
        return not self._lacking(offset, length)

    def await_bytes(self, offset: int, length: int, is_over: IsOver) -> None:
        """Come back when these bytes are there, or `is_over`."""
        left = [number for number in self._lacking(offset, length) if not self._is_right(number)]
        while left and not is_over():
            self._asks.bring(self.name, left, is_over)
            with suppress(Absent, OSError):
                self._look_again()
            left = [number for number in left if not self._is_right(number)]
            if left:
                Event().wait(AGAIN)

    def note(self, offset: int, length: int) -> None:
        """Note that these bytes are read."""
        for number in self._layout.within(offset, length):
            if not self._noted[number] and len(self.touched) < MOST_TOUCHED and self._layout.address(number):
                self._noted[number] = 1
                self.touched.append(number)

    def write_notes(self) -> None:
        """Write down what was read first since this was called last; by one thread at a time. Raises OSError."""
        before, self._written = self._written, len(self.touched)
        told = ",".join(map(str, self.touched[before : self._written]))
        if told:
            with notes_of(self._folder, self.name).open("a") as notes:
                notes.write(f",{told}" if before else told)

    def runs(self, offset: int, length: int) -> list[Run]:
        """What lies there, in order: bytes or holes."""
        found: list[Run] = []
        end = offset + length
        for number in self._layout.within(offset, length):
            stop = min(end, self._layout.start(number) + self._layout.length(number))
            is_hole = self._layout.address(number) is None
            if found and found[-1][1] == is_hole:
                found[-1] = (found[-1][0] + stop - offset, is_hole)
            else:
                found.append((stop - offset, is_hole))
            offset = stop
        return found

    def send(self, to: socket.socket, offset: int, length: int) -> None:
        """Hand bytes to a socket without looking at them."""
        while length:
            sent = os.sendfile(to.fileno(), self._file.fileno(), offset, length)
            if not sent:
                raise OSError("the file of the image was cut short")
            offset, length = offset + sent, length - sent

    def _lacking(self, offset: int, length: int) -> list[int]:
        return [number for number in self._layout.within(offset, length) if not self._known[number]]

    def _is_right(self, number: int) -> bool:
        """Whether a chunk is in the file as it should be; once found so, it is not looked at again."""
        address = self._layout.address(number)
        if address is not None:
            data = os.pread(self._file.fileno(), self._layout.length(number), self._layout.start(number))
            if address_of(data) != address:
                return False
        self._known[number] = 1
        return True

    def _look_again(self) -> None:
        """Take the file that has the image's name now: a file made anew has nothing of what was known of the other."""
        found = self._opened()
        if os.path.sameopenfile(found.fileno(), self._file.fileno()):
            found.close()
        else:
            self._file, self._known = found, bytearray(len(self._layout))

    def _opened(self) -> FileIO:
        for ending in (".image", ".unfinished"):
            path = self._folder / f"{self.name}{ending}"
            if path.exists():
                return FileIO(path)
        raise Absent(f"there is no image {self.name}")


def notes_of(folder: Path, name: str) -> Path:
    """The file of an image's notes."""
    return folder / f"{name}.touched"


def noted(folder: Path, name: str) -> list[int]:
    """The chunks of an image that were read, as far as that was written down; see `Server.write_notes`."""
    path = notes_of(folder, name)
    if not path.exists():
        return []
    with path.open("rb") as file:
        written = file.read(MOST_TOUCHED * MOST_DIGITS).split(b",")
    return [int(each) for each in written if each.isdigit() and len(each) < MOST_DIGITS]
