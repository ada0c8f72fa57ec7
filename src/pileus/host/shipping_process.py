"""Shipping in a process of its own, so that hours of reading and hashing never make the agent's heart miss a beat.

The job is a line of standard input, which stays open: its end is the agent's, or the end of its interest, and then the
process ends as well.  News go out by standard output, a line each.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import msgspec

from pileus.chunks.errors import ChunkError
from pileus.compute.host.hypervisor import HypervisorFailed, Still
from pileus.compute.host.libvirt.still import NbdStill
from pileus.compute.host.spec import SeenSnapshot, Snapshot
from pileus.host.delivery import Declined, Delivery
from pileus.host.line import LinkFailed, Way
from pileus.host.shipping import Pace, Stopped, ship

NICE = 10


class Job(msgspec.Struct, frozen=True):
    """All that the process is told."""

    order: Snapshot
    still: NbdStill
    way: Way
    rate: int


class News(msgspec.Struct, frozen=True, omit_defaults=True):
    """What it tells: how far it is, or what it ended with."""

    seen: SeenSnapshot | None = None
    declined: str = ""
    failed: str = ""


def in_process(rate: int, way: Callable[[], Way]) -> Callable[..., None]:
    """A way to ship that leaves the work to a process; `rate` is in bytes of disk a second."""

    def shipping(order: Snapshot, still: Still, stop: threading.Event, tell: Callable[[SeenSnapshot], None]) -> None:
        if not isinstance(still, NbdStill):
            raise HypervisorFailed("The host could not read the server's disk.", f"{still!r} cannot be told on")
        _Process(Job(order, still, way(), rate), stop).run(tell)

    return shipping


class _Process:
    def __init__(self, job: Job, stop: threading.Event) -> None:
        self._job = job
        self._stop = stop

    def run(self, tell: Callable[[SeenSnapshot], None]) -> None:
        """See it through; raises what it ended with."""
        command = [sys.executable, "-m", __name__]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            threading.Thread(target=self._end_when_told, args=(process,), daemon=True).start()
            try:
                self._hear(process, tell)
            except LinkFailed:
                if self._stop.is_set():
                    raise Stopped from None
                raise
            finally:
                process.terminate()

    def _hear(self, process: subprocess.Popen[bytes], tell: Callable[[SeenSnapshot], None]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(self._job) + b"\n")
        process.stdin.flush()
        last = News(failed="it ended without a word")
        for line in process.stdout:
            last = msgspec.json.decode(line, type=News)
            if last.seen is not None:
                tell(last.seen)
        if last.declined:
            raise Declined(last.declined)
        if last.seen is None or last.seen.state != "done":
            raise LinkFailed(last.failed or "the shipping process ended too early")

    def _end_when_told(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            if self._stop.wait(0.5):
                process.terminate()
                return


def _main() -> None:
    os.nice(NICE)
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    threading.Thread(target=_end_with_agent, daemon=True).start()
    never = threading.Event()
    try:
        ship(job.order, job.still, Delivery(job.way), Pace(job.still, job.rate, never), lambda seen: _say(News(seen)))
    except Declined as trouble:
        _say(News(declined=trouble.said))
    except (LinkFailed, ChunkError, OSError) as trouble:
        _say(News(failed=str(trouble)))
    finally:
        job.still.close()


def _end_with_agent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        continue
    os._exit(1)


def _say(news: Any) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(news) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    _main()
