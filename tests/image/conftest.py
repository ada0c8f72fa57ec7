"""What tests of images are given: a gallery, on SQLite or on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pileus.kernel.store import Store
from tests.image.gallery import Gallery


@pytest.fixture
def gallery(sqlite_store: Store) -> Iterator[Gallery]:
    """The Image API on SQLite."""
    made = Gallery(sqlite_store)
    yield made
    made.close()


@pytest.fixture
def either(store: Store) -> Iterator[Gallery]:
    """The Image API, once on SQLite and once on PostgreSQL."""
    made = Gallery(store)
    yield made
    made.close()
