"""What the host remembers of a guest beside its definition: a small file in the guest's folder."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Literal

import msgspec

FILE = "record.json"

_changing = threading.Lock()


class Record(msgspec.Struct, frozen=True):
    """How the guest came to be as it is, for the questions libvirt forgets the answer to when it is restarted."""

    power: Literal["off", "starting", "on", "halted", "crashed"] = "off"
    """What we did last (off, starting, on), or how the guest itself ended."""
    turn: int = 0
    definition: str = ""
    started_at: str = ""
    read_metadata: bool = False
    because: str = ""
    """Why it crashed."""
    turning: bool = False
    """Whether we let it stand still, to turn it to another disk."""
    console_at: int = 0
    """Bytes on the console when it was started last: what stands before them is of an earlier life."""


def read(folder: Path) -> Record:
    """The record of the guest whose folder this is; a fresh one where there is none, or none that can be read."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Record)
    except (FileNotFoundError, msgspec.DecodeError):
        return Record()


def write(folder: Path, record: Record) -> None:
    """Replaces the record whole, so that a crash leaves the old one or the new one."""
    unfinished = folder / f"{FILE}.unfinished"
    unfinished.write_bytes(msgspec.json.encode(record))
    unfinished.replace(folder / FILE)


def change(folder: Path, *, expect: Record | None = None, **values: object) -> Record:
    """Writes the record with some values changed, where any is; if another than `expect` is there, it stays."""
    with _changing:
        before = read(folder)
        after = msgspec.structs.replace(before, **values)
        if after == before or expect not in (None, before):
            return before
        write(folder, after)
        return after
