"""What tests are given: a clock they hold, and an empty store on each of the two databases."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from pileus.kernel.clock import Clock, HeldClock
from pileus.kernel.store import Store
from tests.databases.postgres import postgres_database
from tests.databases.templates import postgres_copy, sqlite_copy
from tests.toy import Toy

gc.set_threshold(50_000, 20, 100)  # as often as by default it costs a tenth of all tests' time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What wants PostgreSQL is tried with everything else, and not at every check."""
    for item in items:
        if "postgresql" in item.name or "postgres_store" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def clock() -> HeldClock:
    """A clock that moves when the test says so."""
    return HeldClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database with the cloud's tables is; every test that uses it runs on both kinds."""
    own = postgres_copy() if request.param == "postgresql" else nullcontext(sqlite_copy(tmp_path / "cloud.db"))
    with own as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database without any table is."""
    own = postgres_database() if request.param == "postgresql" else nullcontext(f"sqlite:///{tmp_path}/cloud.db")
    with own as url:
        yield url


@pytest.fixture
def store(database_url: str, clock: HeldClock) -> Iterator[Store]:
    """A store with the cloud's tables, once on SQLite and once on PostgreSQL."""
    with opened(database_url, clock) as made:
        yield made


@pytest.fixture
def sqlite_store(tmp_path: Path, clock: HeldClock) -> Iterator[Store]:
    """A store on SQLite, for what the database cannot change."""
    with opened(sqlite_copy(tmp_path / "cloud.db"), clock) as made:
        yield made


@pytest.fixture
def postgres_store(clock: HeldClock) -> Iterator[Store]:
    """A store on PostgreSQL, for what only it does."""
    with postgres_copy() as url, opened(url, clock) as made:
        yield made


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    """A whole cloud in memory, on SQLite."""
    made = Toy(tmp_path)
    yield made
    made.close()


@contextmanager
def opened(url: str, clock: Clock) -> Iterator[Store]:
    """A store on a database that is there, closed in the end."""
    store = Store(url, clock, durable=False)
    try:
        yield store
    finally:
        store.close()
