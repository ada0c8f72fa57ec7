"""A throw-away cloud in processes of its own, and the stock client to drive it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

PATIENCE = 60.0
"""Seconds until it is ready, on a machine that has other work."""


class ThrowAway:
    """What `pileus up --state DIR --fake-hosts K --no-sample` brings up."""

    def __init__(self, directory: Path, *more: str, hosts: int = 3) -> None:
        self.directory = directory
        words = ["up", "--state", str(directory), "--port", "0", "--fake-hosts", str(hosts), "--no-sample", *more]
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pileus.cli", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.url = self._ready()
        self.took = time.monotonic() - began

    def _ready(self) -> str:
        """The address in the first line, which comes when the cloud is ready."""
        out = self.process.stdout
        assert out is not None
        line = out.readline() if select.select([out], [], [], PATIENCE)[0] else ""
        if not line.startswith("ready "):
            self.process.kill()
            raise AssertionError(f"it is not ready: {line!r} {self.process.communicate()[1]}")
        return line.split()[1]

    def processes(self) -> dict[str, int]:
        """By name, as the pid files tell."""
        return {file.stem: int(file.read_text()) for file in (self.directory / "run").glob("*.pid")}

    def clouds(self) -> dict[str, Any]:
        """What clients are told."""
        return dict(yaml.safe_load((self.directory / "clouds.yaml").read_text())["clouds"])

    def env(self, cloud: str = "pileus-admin") -> dict[str, str]:
        """The environment of a client that uses this cloud and knows no other."""
        files = {"OS_CLIENT_CONFIG_FILE": "clouds.yaml", "OS_CLIENT_SECURE_FILE": "secure.yaml"}
        own = {name: str(self.directory / file) for name, file in files.items()}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
        return clean | own | {"OS_CLOUD": cloud, "HOME": str(self.directory)}

    def ran(self, *words: str, cloud: str = "pileus-admin") -> subprocess.CompletedProcess[str]:
        """Run the stock client."""
        client = str(Path(sys.executable).with_name("openstack"))
        return subprocess.run([client, *words], env=self.env(cloud), capture_output=True, text=True, check=False)

    def openstack(self, *words: str, cloud: str = "pileus-admin") -> str:
        """Run the stock client, which must succeed; what it printed."""
        done = self.ran(*words, cloud=cloud)
        assert done.returncode == 0, f"openstack {' '.join(words)}: {done.stderr}"
        return done.stdout.strip()

    def told(self, *words: str, cloud: str = "pileus-admin") -> Any:
        """The same, as JSON."""
        return json.loads(self.openstack(*words, "-f", "json", cloud=cloud))

    def column(self, name: str, *words: Sequence[str] | str, cloud: str = "pileus-admin") -> set[str]:
        """One column of a list."""
        return {row[name] for row in self.told(*map(str, words), cloud=cloud)}

    def until(self, is_so: Callable[[Any], bool], *words: str) -> Any:
        """What the words tell, once it is so: the client seldom waits, not even where it takes `--wait`."""
        last = time.monotonic() + PATIENCE
        while not is_so(told := self.told(*words)):
            assert time.monotonic() < last, f"openstack {' '.join(words)} still tells {told}"
        return told

    def end(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            self.process.communicate()
