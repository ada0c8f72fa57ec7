"""Convert an image between raw and qcow2, by qemu-img as a process of its own with little to spend.

What goes in was inspected before: it names no other file.  Even so the process is told to open this one alone
(`backing` is null), has bounds on its memory, time and files, and reads and writes only in a folder made for it.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from pileus.chunks import StoreFull, room_needed
from pileus.image.settings import ImageSettings
from pileus.kernel.errors import Invalid, Unavailable
from pileus.kernel.store import Store

BATCH = 1 << 20

MEMORY = 1 << 30
"""Bytes of address space a conversion may use."""

SECONDS = 1800
"""Processor seconds a conversion may use; twice that on the clock."""

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "MALLOC_ARENA_MAX": "2"}
"""Each of its threads would else set apart address space of its own."""


class Scratch:
    """A folder for files that are gone when their work is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def clear(self) -> None:
        """Give back what a process left that was killed at its work; nobody may be at work here."""
        for left in self.folder.glob("convert-*"):
            shutil.rmtree(left, ignore_errors=True)


def converted(store: Store, pieces: Iterable[bytes], formats: tuple[str, str]) -> Iterator[bytes]:
    """The bytes of an image in the second format, made of those in the first.

    Raises Invalid, StoreFull, Unavailable.
    """
    folder = store.part(Scratch).folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="convert-") as name:
        source, result = Path(name, "source"), Path(name, "result")
        with room_needed(), source.open("wb") as file:
            file.writelines(pieces)
        _run(source, result, formats, store.part(ImageSettings).most_bytes)
        source.unlink()
        with result.open("rb") as file:
            while piece := file.read(BATCH):
                yield piece


def _run(source: Path, result: Path, formats: tuple[str, str], most: int) -> None:
    inner = {"driver": "file", "filename": str(source)}
    told = {"driver": formats[0], "file": inner, **({"backing": None} if formats[0] == "qcow2" else {})}
    bounds = ["prlimit", f"--as={MEMORY}", f"--cpu={SECONDS}", f"--fsize={most}", "--core=0"]
    command = [*bounds, "qemu-img", "convert", "-O", formats[1], f"json:{json.dumps(told)}", str(result)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=2 * SECONDS, check=False, env=_ENVIRONMENT
        )
    except subprocess.TimeoutExpired as error:
        raise Invalid("The image could not be converted.", f"qemu-img: {error}") from error
    except OSError as error:
        raise Unavailable("The image cannot be converted at present; please try again.", str(error)) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace")[-500:]
        if os.strerror(errno.ENOSPC) in said:
            raise StoreFull("no space left where images are converted")
        raise Invalid("The image could not be converted.", f"qemu-img ended with {done.returncode}: {said}")
