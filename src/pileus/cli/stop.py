"""Ends the cloud's processes; guests, their networks and the host's libvirt are none of them."""

from __future__ import annotations

import os
from pathlib import Path

from pileus.cli.launch.supervise import GRACE, end
from pileus.cli.state import State
from pileus.cli.words import Trouble

NAMES = ("supervisor", "host", "serve")
"""The supervisor first: it ends the others, and would start them again."""


def stop(state: State) -> list[str]:
    """Ask all that run to end, and see to it; returns their names."""
    running = {name: process for name in NAMES if (process := state.process(name)) is not None}
    for name, process in running.items():
        _end(name, process)
    return list(running)


def _end(name: str, process: int) -> None:
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        end(process, handle, GRACE * 3 if name == "supervisor" else GRACE)
    except PermissionError as error:
        raise Trouble(f"{name} is not yours to stop", str(error), "be root, or who started it") from error
    finally:
        os.close(handle)


def guests(state: State) -> int:
    """How many guests run on the hosts of this machine, by the pid files libvirt keeps of them."""
    files = [file for host in state.hosts() for file in (state.host(host) / "run/libvirt/qemu").glob("*-*.pid")]
    return sum(_lives(file.read_text()) for file in files)


def _lives(number: str) -> bool:
    return number.strip().isdigit() and Path("/proc", number.strip()).exists()
