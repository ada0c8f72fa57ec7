"""A database that is away, of either kind."""

from __future__ import annotations

import pytest

from pileus.kernel.errors import Unavailable
from pileus.kernel.store import Store
from tests.things import all_things


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql://nobody@/none?host=/nowhere"])
def test_a_database_that_is_away_is_unavailable_and_nothing_of_its_inside_is_told(url: str) -> None:
    with pytest.raises(Unavailable) as met:
        Store(url).read(lambda tx: tx.all(all_things))
    assert "nowhere" not in met.value.said
    assert met.value.logged != met.value.said
