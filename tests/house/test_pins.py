"""The pins: one version for every package, from nowhere in particular, and the ones that run here."""

from __future__ import annotations

import re
from importlib.metadata import version

from tests.house.source import REPOSITORY

LINES = [line for line in (REPOSITORY / "constraints.txt").read_text().splitlines() if not line.startswith("#")]


def test_a_pin_is_a_name_and_a_version() -> None:
    assert [line for line in LINES if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line)] == []


def test_what_runs_is_what_is_pinned() -> None:
    pinned = dict(line.split("==") for line in LINES)
    assert {name: version(name) for name in pinned} == pinned
