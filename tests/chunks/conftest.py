"""What tests of chunks are given: an S3 of their own, started when the first asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chunks.s3.moto_server import FakeS3


@pytest.fixture(scope="session")
def s3_server() -> Iterator[FakeS3]:
    """One server for all tests of a run."""
    made = FakeS3()
    yield made
    made.close()


@pytest.fixture
def s3(s3_server: FakeS3) -> Iterator[FakeS3]:
    """The server, with nothing wrong with it before and after."""
    s3_server.gate.mend()
    yield s3_server
    s3_server.gate.mend()
