"""Telling a host how a guest is wanted now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus import fleet
from pileus.compute.servers.spec import guest_of
from pileus.kernel.store import Tx


def ask_host(tx: Tx, server: Mapping[str, Any]) -> None:
    """Ask the server's host for its guest as the row describes it; one without a host has nobody to ask."""
    if server["host_id"] is not None and fleet.wanted_of(tx, server["host_id"], "guest", server["id"]) is not None:
        hand_over(tx, server)


def hand_over(tx: Tx, server: Mapping[str, Any]) -> None:
    """Ask the server's host for its guest, for the first time or again."""
    fleet.want(tx, server["host_id"], "guest", server["id"], guest_of(tx, server))
