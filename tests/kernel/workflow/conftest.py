"""The village in which the engine's tests build houses."""

from __future__ import annotations

from pathlib import Path

import pytest

from pileus.kernel.store import Store
from tests.kernel.workflow.houses import Village


@pytest.fixture
def yard(tmp_path: Path) -> Path:
    """An empty folder that stands for the world outside the database."""
    made = tmp_path / "yard"
    made.mkdir()
    return made


@pytest.fixture
def village(store: Store, yard: Path) -> Village:
    """A village without houses."""
    return Village(store, yard)
