"""`pileus logs`: what all processes of the cloud wrote down, in the order of time, for people."""

from __future__ import annotations

import heapq
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

from pileus.cli.options import state_option
from pileus.cli.state import State
from pileus.cli.words import coloured

PROCESSES = ("supervisor", "serve", "host")
PLAIN = ("at", "level", "event", "logger", "exception")
LOOK = 0.3
"""Seconds between two looks for something new."""

TAIL = 256 << 10
"""Bytes at the end of each log that are read at first."""


@click.command()
@state_option
@click.option("-f", "--follow", is_flag=True, help="Go on with what is being written.")
@click.option("-n", "--lines", default=50, show_default=True, help="How many of the last lines.")
@click.option("--errors", is_flag=True, help="Only warnings and errors.")
@click.argument("processes", nargs=-1, type=click.Choice(PROCESSES))
def command(state: State, follow: bool, lines: int, errors: bool, processes: tuple[str, ...]) -> None:
    """Read what the cloud wrote down."""
    files = {name: state.log(name) for name in processes or PROCESSES}
    ends = {name: _size(file) for name, file in files.items()}
    known = heapq.merge(*(list(read(name, file, ends[name])) for name, file in files.items()), key=_moment)
    shown = [line for line in known if not errors or _is_bad(line)]
    for line in shown[max(0, len(shown) - lines) :]:
        print(in_words(line))
    while follow:
        for name, file in files.items():
            news, ends[name] = fresh(name, file, ends[name])
            for line in (one for one in news if not errors or _is_bad(one)):
                print(in_words(line), flush=True)
        threading.Event().wait(LOOK)


def complaints(state: State, name: str) -> list[str]:
    """The last warnings and errors of a process, oldest first."""
    file = state.log(name)
    return [str(line["event"]) for line in read(name, file, _size(file)) if _is_bad(line)][-20:]


def read(name: str, file: Path, end: int, begin: int | None = None) -> Iterator[dict[str, Any]]:
    """The lines of a log between two places; what is no JSON (a death cry) is a line of its own kind."""
    if not file.exists():
        return
    with file.open("rb") as stream:
        stream.seek(max(0, end - TAIL) if begin is None else begin)
        if begin is None and end > TAIL:
            stream.readline()
        yield from _lines(name, stream, end)


def _lines(name: str, stream: BinaryIO, end: int) -> Iterator[dict[str, Any]]:
    at = ""
    for text in stream.read(max(0, end - stream.tell())).decode(errors="replace").splitlines():
        try:
            line = dict(json.loads(text))
        except (ValueError, TypeError):
            line = {"at": at, "level": "error", "event": text}
        at = str(line.get("at", at)).replace("Z", "+00:00")
        yield {**line, "at": at, "process": name}


def fresh(name: str, file: Path, before: int) -> tuple[list[dict[str, Any]], int]:
    """What was written since, up to the last whole line; a log that was put aside begins anew."""
    size = _size(file)
    before = 0 if size < before else before
    if size == before:
        return [], before
    with file.open("rb") as stream:
        stream.seek(before)
        end = before + stream.read(size - before).rfind(b"\n") + 1
    return list(read(name, file, end, before)), end


def in_words(line: dict[str, Any]) -> str:
    """One line for people."""
    level = str(line.get("level", "info"))
    colour = {"warning": "warn", "error": "fail", "critical": "fail"}.get(level, "faint")
    more = " ".join(f"{name}={value}" for name, value in line.items() if name not in (*PLAIN, "process"))
    moment = str(line["at"])[11:23] or "            "
    head = f"{moment} {line['process']:<10} {coloured(f'{level:<7}', colour, sys.stdout)} {line.get('event', '')}"
    whole = f"{head} {coloured(more, 'faint', sys.stdout)}".rstrip()
    return "\n".join(filter(None, [whole, line.get("exception", "")]))


def _moment(line: dict[str, Any]) -> str:
    return str(line["at"])


def _is_bad(line: dict[str, Any]) -> bool:
    return line.get("level") in ("warning", "error", "critical")


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
