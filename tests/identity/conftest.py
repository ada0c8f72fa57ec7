"""What tests of identity are given: a small cloud, on SQLite or on both databases, and people in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pileus.kernel.clock import HeldClock
from tests.asking import Asker
from tests.databases.templates import sqlite_copy
from tests.identity.small_cloud import Household, SmallCloud


@pytest.fixture
def cloud(tmp_path: Path, clock: HeldClock) -> Iterator[SmallCloud]:
    """A small cloud on SQLite."""
    made = SmallCloud(tmp_path, clock, sqlite_copy(tmp_path / "cloud.db"))
    yield made
    made.close()


@pytest.fixture
def either(tmp_path: Path, clock: HeldClock, database_url: str) -> Iterator[SmallCloud]:
    """A small cloud, once on SQLite and once on PostgreSQL."""
    made = SmallCloud(tmp_path, clock, database_url)
    yield made
    made.close()


@pytest.fixture
def admin(cloud: SmallCloud) -> Asker:
    """The cloud's administrator."""
    return cloud.member("admin")


@pytest.fixture
def alice(cloud: SmallCloud) -> Asker:
    """A member of the project `web`."""
    return cloud.member("alice")


@pytest.fixture
def household(cloud: SmallCloud) -> Household:
    """A domain with people of its own."""
    return Household(cloud)
