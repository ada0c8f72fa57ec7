"""A cloud that `pileus up` brought up for real, on a machine that may be a network namespace of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pileus.cli.client import Client, administrator
from pileus.cli.state import State
from pileus.host.contain.enclosure import Enclosure
from tests.hosts.namespaces import Namespace

PROGRAMS = Path(sys.executable).parent
Answer = TypeVar("Answer")


class UpCloud:
    """A state directory, the verbs of `pileus` on it, and the stock client."""

    def __init__(self, machine: Namespace | None = None) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="pileus-test-"))
        self.home.chmod(0o755)  # or the API, whose user is nobody, could not get to what is its own
        self.state = self.home / "state"
        self._machine = machine
        self.environment = {**os.environ, "HOME": str(self.home), "NO_COLOR": "1", "OS_CLOUD": "pileus"}

    def does(self, verb: str, *words: str) -> str:
        """What a verb of `pileus` prints; it must succeed."""
        done = self.tried(verb, *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def tried(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        """A verb of `pileus`, come what may."""
        return self._run([str(PROGRAMS / "pileus"), verb, "--state", str(self.state), *words], self._machine)

    def client(self, *words: str, on: Namespace | None = None) -> str:
        """What the stock client prints, perhaps on another machine; it must succeed."""
        done = self._run([str(PROGRAMS / "openstack"), *words], on or self._machine)
        assert done.returncode == 0, f"openstack {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    @cached_property
    def api(self) -> Client:
        """The administrator's way in, much quicker than the stock client."""
        return administrator(State(self.state))

    def inside(self, command: str) -> str:
        """What a command prints inside this machine's host."""
        return self.does("enter", socket.gethostname(), "sh", "-c", command).strip()

    def until_up(self, host: str) -> None:
        """Wait until a host takes part."""

        def is_up() -> bool:
            found = self.api.read("compute", "/os-hypervisors")["hypervisors"]
            return any(each["hypervisor_hostname"] == host and each["state"] == "up" for each in found)

        until(is_up)

    def until_sound(self) -> None:
        """Wait until every process is there and answers again."""
        until(lambda: self.tried("doctor").returncode < 2)

    def process(self, name: str) -> int:
        """The process that has a name now."""
        return int((self.state / "run" / f"{name}.pid").read_text())

    def kill(self, *names: str) -> None:
        """End processes as nobody asks to."""
        for name in names:
            os.kill(self.process(name), signal.SIGKILL)

    def uptime(self) -> float:
        """How long the sample server's system has been up, asked over ssh."""
        return float(self.does("ssh", "hello", "cat", "/proc/uptime").split()[0])

    def end(self) -> None:
        """Leave no trace."""
        if self.state.exists():
            self.does("destroy", "--yes")
        assert not self.state.exists()
        shutil.rmtree(self.home)

    def _run(self, command: list[str], machine: Namespace | None) -> subprocess.CompletedProcess[str]:
        """Only the network is another machine's: mounts must be seen by those that come later."""
        there = ["nsenter", f"--net=/run/netns/{machine.name}", "--"] if machine else []
        command = [*there, *command]
        return subprocess.run(command, capture_output=True, text=True, env=self.environment, timeout=400, check=False)


class SecondHost:
    """Another host of a cloud on the same machine, or on another as far as networks go.

    Its directory is its own; from there links lead to the cloud's socket, which is a file, and to its ticket.
    """

    def __init__(self, cloud: UpCloud, config: Path, machine: Namespace | None = None) -> None:
        self.state, self.name = State(cloud.home / "second"), "second"
        for link in ("run/pileus.sock", "secrets/ticket"):
            (self.state.root / link).parent.mkdir(parents=True, exist_ok=True)
            (self.state.root / link).symlink_to(cloud.state / link)
        there = ["nsenter", f"--net=/run/netns/{machine.name}", "--"] if machine else []
        where = ["--state", str(self.state.root), "--name", self.name, "--config", str(config)]
        self._command = [*there, str(PROGRAMS / "pileus"), "host", *where]
        self._environment = cloud.environment
        self._enclosure = Enclosure(self.name, self.state.host(self.name), network=machine is None)
        self.begin()
        try:
            cloud.until_up(self.name)
        except BaseException:
            self.end()
            raise

    def begin(self) -> None:
        """Start its agent."""
        self._process = subprocess.Popen(self._command, env=self._environment)

    def kill(self) -> None:
        """End its agent as nobody asks to."""
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Leave no trace."""
        self.kill()
        self._enclosure.raze()


def free_port() -> str:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def until(happens: Callable[[], Answer], seconds: float = 60) -> Answer:
    """What comes true at last."""
    deadline = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)
    return found
