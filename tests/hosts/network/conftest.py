"""Hosts for the tests of this folder, ended whatever becomes of a test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pileus.network.host.linux import LinuxSwitch
from pileus.network.host.switch import Outside
from tests.hosts.network.switched import Host


@pytest.fixture
def host_with(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    with ExitStack() as stack:

        def make(outside: Outside | None = None, directory: Path | None = None) -> Host:
            host = Host(directory or tmp_path / f"network{os.urandom(2).hex()}", outside)
            stack.callback(host.end)
            return host

        yield make


@pytest.fixture
def host(host_with: Callable[..., Host]) -> Host:
    return host_with()


@pytest.fixture
def switch(host: Host) -> Iterator[LinuxSwitch]:
    with host.space.entered():
        yield host.switch
