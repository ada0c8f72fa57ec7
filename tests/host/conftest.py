"""What tests of the host's parts are given."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.host.one_cloud import OneCloud


@pytest.fixture
def one_cloud() -> Iterator[OneCloud]:
    made = OneCloud()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
