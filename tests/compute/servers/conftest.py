"""Somebody with servers to be listed."""

from __future__ import annotations

import pytest

from tests.compute.servers.lists import with_servers
from tests.toy import Caller, Toy


@pytest.fixture
def alice(toy: Toy) -> Caller:
    """Somebody with three servers."""
    return with_servers(toy)
