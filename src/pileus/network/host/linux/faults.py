"""Turning whatever the kernel or a program says no with into the one fault a switch knows."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from pyroute2.netlink.exceptions import NetlinkError

from pileus.network.host.switch import SwitchFault


@contextmanager
def told_of(what: str) -> Iterator[None]:
    """Raise SwitchFault naming what could not be done instead of the error itself."""
    try:
        yield
    except (NetlinkError, OSError, subprocess.SubprocessError) as error:
        raise SwitchFault(f"{what}: {error}") from error
