"""Doors open late: a host's process has no control plane in its memory, and a room offers what its door says."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import pileus

ROOMS = sorted(path.parent.name for path in Path(pileus.__file__).parent.glob("*/door.py"))
AGENTS = ("pileus.cli.host", "pileus.host.libvirt_host", "pileus.host.metadata_server")
HEAVY = ("sqlalchemy", "alembic", "psycopg", "uvicorn", "starlette")


def loaded(*modules: str) -> set[str]:
    """What a process has loaded once it has imported these."""
    program = f"import json, sys, {', '.join(modules)}; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(ran.stdout))


def is_for_hosts(name: str) -> bool:
    """Whether a module of ours may be in a host's process: what runs there, settings, and rooms as such."""
    parts = name.split(".")[1:]
    if parts[:1] == ["kernel"]:
        return parts[1:] in ([], ["clock"], ["doors"])
    return not parts or parts[0] not in ROOMS or parts[1:2] in ([], ["host"], ["settings"])


def test_a_hosts_process_loads_no_control_plane() -> None:
    found = loaded(*AGENTS)
    assert not found & set(HEAVY)
    assert [name for name in found if name.startswith("pileus") and not is_for_hosts(name)] == []


def test_who_goes_through_a_door_loads_all_that_is_behind_it() -> None:
    assert {"sqlalchemy", "pileus.compute.servers.routes"} <= loaded("pileus.compute; pileus.compute.guest_seen")


def test_a_rooms_own_modules_reach_each_other_without_the_door() -> None:
    assert "pileus.image.door" not in loaded("pileus.image.imports", "pileus.image.chunks")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_offers_what_its_door_says_and_nothing_else(room: str) -> None:
    package, door = importlib.import_module(f"pileus.{room}"), importlib.import_module(f"pileus.{room}.door")
    assert door.__all__
    assert all(getattr(package, name) is getattr(door, name) for name in door.__all__)
    with pytest.raises(AttributeError, match="offers no"):
        _ = package.something_else


def test_every_service_has_a_door() -> None:
    assert {"identity", "image", "placement", "network", "compute", "fleet"} <= set(ROOMS)
