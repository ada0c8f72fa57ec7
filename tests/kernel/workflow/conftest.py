"""The village in which the engine's tests build houses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pileus.kernel.store import Store
from tests.kernel.workflow.houses import Village


@pytest.fixture
def yard(tmp_path: Path) -> Path:
    """An empty folder that stands for the world outside the database."""
    made = tmp_path / "yard"
    made.mkdir()
    return made


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Work that fails on purpose is logged nowhere: to lay out a hundred tracebacks takes longer than the tests."""
    with capture_logs():
        yield


@pytest.fixture
def village(store: Store, yard: Path) -> Village:
    """A village without houses."""
    return Village(store, yard)
