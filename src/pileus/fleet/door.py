"""The hosts as the cloud knows them: joining, heartbeats, and what is wanted of each and seen by it.

The door: services ask hosts for things with `want`, take that back with `withdraw`, hear what became of them
through `Ears`, put questions with `ask`, and take in through `Receivers` what hosts bring. Of images, hosts hear from
each other by way of here.
"""

from __future__ import annotations

from pileus.fleet.api import Ticket
from pileus.fleet.bell import Bell, hang
from pileus.fleet.deliveries import Came, Expected, Receivers
from pileus.fleet.hosts import (
    Beats,
    Capacities,
    every_host,
    forget,
    host_named,
    host_of,
    is_up,
    join,
    set_enabled,
    set_forced_down,
)
from pileus.fleet.images import keep_boot_list, keep_holdings, known_of
from pileus.fleet.manner import fleet
from pileus.fleet.questions import Question, answer_to, ask
from pileus.fleet.settings import FleetSettings
from pileus.fleet.wanted import Ears, Told, holds, keep_seen, seen_of, want, want_on, wanted_of, withdraw

__all__ = [
    "Beats",
    "Bell",
    "Came",
    "Capacities",
    "Ears",
    "Expected",
    "FleetSettings",
    "Question",
    "Receivers",
    "Ticket",
    "Told",
    "answer_to",
    "ask",
    "every_host",
    "fleet",
    "forget",
    "hang",
    "holds",
    "host_named",
    "host_of",
    "is_up",
    "join",
    "keep_boot_list",
    "keep_holdings",
    "keep_seen",
    "known_of",
    "seen_of",
    "set_enabled",
    "set_forced_down",
    "want",
    "want_on",
    "wanted_of",
    "withdraw",
]
