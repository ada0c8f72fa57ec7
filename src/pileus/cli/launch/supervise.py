"""Keeps the cloud's processes running: starts them again when they end, later each time, and ends them when asked.

They outlive it: a supervisor that was killed is replaced by another, which finds them by their names.  It imports
little, since it lives as long as the cloud.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pileus.cli.state import State
from pileus.cli.words import HOPELESS

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds before a process that ended is started again: each time it ends soon twice as many, up to the second."""

SOON = 30.0
"""Seconds a process must live for its earlier ends to be forgotten."""

GRACE = 10.0
"""Seconds a process has to end when it is asked to, before it is killed."""

LONGEST_LOG = 32 << 20
"""Bytes at which a log is put aside, and the one put aside before goes."""

LOOK = 60.0
"""Seconds between two looks at the logs' lengths."""


MODULE = [sys.executable, "-P", "-m"]
"""How a module of this very program is run; `-P` keeps the working directory out of its imports."""


def command_of(*words: str) -> list[str]:
    """How this very command line is called with other words."""
    return [*MODULE, "pileus.cli", *words]


@dataclass
class Child:
    """One process to be kept running."""

    name: str
    command: Sequence[str]
    pid: int = 0
    handle: int = -1
    started: subprocess.Popen[bytes] | None = None
    """None of a process that ran already."""
    began_at: float = 0.0
    again_at: float = 0.0
    ends: int = 0
    """How often in a row it ended soon."""

    @property
    def runs(self) -> bool:
        return self.handle >= 0


@dataclass
class Supervisor:
    """The keeper of a few processes, in the order in which they are started; they end the other way round."""

    state: State
    children: Sequence[Child]
    stopping: bool = field(default=False, init=False)
    failure: int = field(default=0, init=False)
    """The exit code of a child that would end in the same way again."""

    def run(self) -> int:
        """Keep them running until SIGTERM or SIGINT, then end them; returns an exit code."""
        with _signals() as heard:
            self._forget_addresses()
            next_look = 0.0
            while not self.stopping:
                now = time.monotonic()
                self._start_due(now)
                if now >= next_look:
                    self._put_logs_aside()
                    next_look = now + LOOK
                self._wait(heard, next_look)
            self._end_all()
            self._forget_addresses()
        return self.failure

    def _forget_addresses(self) -> None:
        """Of an API that does not run, nobody shall be told."""
        if self.state.process("serve") is None:
            for name in ("url", "pileus.sock"):
                (self.state.root / "run" / name).unlink(missing_ok=True)

    def _start_due(self, now: float) -> None:
        for child in self.children:
            if not child.runs and now >= child.again_at:
                self._start(child, now)

    def _start(self, child: Child, now: float) -> None:
        child.began_at = now
        child.started = None
        if (running := self.state.process(child.name)) is None:
            child.started = subprocess.Popen(child.command, stdin=subprocess.DEVNULL, cwd="/")
        child.pid = running or (child.started.pid if child.started else 0)
        with contextlib.suppress(ProcessLookupError):
            child.handle = os.pidfd_open(child.pid)

    def _wait(self, heard: socket.socket, until: float) -> None:
        """Until a signal is heard, a child ends, or something is due."""
        due = min([until, *(child.again_at for child in self.children if not child.runs)])
        doors = select.poll()
        for door in (heard.fileno(), *(child.handle for child in self.children if child.runs)):
            doors.register(door, select.POLLIN)
        ready = {door for door, _ in doors.poll(max(0.0, due - time.monotonic()) * 1000)}
        if heard.fileno() in ready:
            self.stopping = bool(set(heard.recv(64)) & {signal.SIGTERM, signal.SIGINT})
        for child in self.children:
            if child.handle in ready:
                self._ended(child, time.monotonic())

    def _ended(self, child: Child, now: float) -> None:
        os.close(child.handle)
        child.handle = -1
        code = child.started.wait() if child.started else 0
        is_first = child.ends == 0 and child.started is not None
        child.ends = child.ends + 1 if now - child.began_at < SOON else 1
        if code == HOPELESS and is_first:
            self.stopping, self.failure = True, code
            return
        child.again_at = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(child.ends - 1, 16))
        _tell(f"{child.name} ended with {code}; it is started again")

    def _end_all(self) -> None:
        for child in reversed(self.children):
            if child.runs:
                end(child.pid, child.handle)
                os.close(child.handle)
                child.handle = -1
                if child.started:
                    child.started.wait()
                (self.state.root / "run" / f"{child.name}.pid").unlink(missing_ok=True)

    def _put_logs_aside(self) -> None:
        for child in self.children:
            put_aside(self.state.log(child.name))


def end(pid: int, handle: int, grace: float = GRACE) -> None:
    """Ask a process to end, and kill it when it does not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if select.select([handle], [], [], grace)[0]:
            return


def put_aside(log: Path, longest: int = LONGEST_LOG) -> None:
    """Keep a log from growing for ever: its writer appends, so it may be emptied under its hands."""
    if log.exists() and log.stat().st_size > longest:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)


def _tell(event: str) -> None:
    """A line for the log, in the form all processes use."""
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    line = {"at": at, "level": "warning", "logger": "pileus.supervisor", "event": event}
    print(json.dumps(line), file=sys.stderr, flush=True)


@contextlib.contextmanager
def _signals() -> Iterator[socket.socket]:
    """A socket in which every signal that is heard becomes a byte (signal.set_wakeup_fd)."""
    heard, hear = socket.socketpair()
    for end_of_pair in (heard, hear):
        end_of_pair.setblocking(False)
    before = signal.set_wakeup_fd(hear.fileno())
    handlers = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield heard
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        heard.close()
        hear.close()


def main() -> None:
    """Keep the API and the agent of a state directory running: `python -m pileus.cli.launch.supervise DIR`."""
    state = State(Path(sys.argv[1]))
    with state.held("supervisor"):
        children = [Child(name, command_of(name, "--state", str(state.root))) for name in ("serve", "host")]
        raise SystemExit(Supervisor(state, children).run())


if __name__ == "__main__":
    main()
