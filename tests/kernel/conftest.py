"""What tests of the wire are given: the small service of `wire.py` behind a front door, and who asks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pileus.kernel.clock import HeldClock
from pileus.kernel.http import Front
from pileus.kernel.store import Store
from tests.asking import Asker
from tests.databases.templates import sqlite_copy
from tests.kernel.wire import known, tables, wire


@pytest.fixture
def front(tmp_path: Path, clock: HeldClock) -> Iterator[Front]:
    """The front door of a cloud of kites."""
    store = Store(sqlite_copy(tmp_path / "kites.db"), clock, durable=False)
    store.sketch(tables)
    yield Front([wire], store, known, "http://cloud.test")
    store.close()


@pytest.fixture
def member(front: Front) -> Asker:
    """Somebody who works in the project `web`."""
    return Asker(front, "/wire/v1", "member.web")


@pytest.fixture
def admin(front: Front) -> Asker:
    """An administrator, in a project of their own."""
    return Asker(front, "/wire/v1", "admin.ops")
