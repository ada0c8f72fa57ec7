"""The way on which a host brings objects: what it sends, and what it makes of refusals."""

from __future__ import annotations

import pytest

from pileus.host.delivery import Declined, Delivery, refused
from pileus.host.line import LinkFailed, Way
from tests.host.one_cloud import OneCloud

pytestmark = pytest.mark.slow

MIB = 1 << 20


@pytest.fixture
def delivery(one_cloud: OneCloud) -> Delivery:
    return Delivery(Way(f"http://127.0.0.1:{one_cloud.server_address[1]}", "h1", "secret"))


def test_an_object_goes_in_pieces_with_the_hosts_token(one_cloud: OneCloud, delivery: Delivery) -> None:
    delivery.deliver("snapshot", "s1", iter([b"x" * MIB, b"y" * 10]))
    path = "/fleet/v1/hosts/h1/snapshot/s1/object"
    assert one_cloud.came == [(path, "secret", "application/octet-stream", MIB + 10)]


def test_what_is_missing_is_asked(delivery: Delivery) -> None:
    assert delivery.missing(["a", "b"]) == {"a"}


def test_chunks_are_fetched_in_order(delivery: Delivery) -> None:
    names = [f"{at:03}" for at in range(70)]
    assert list(delivery.chunks(names)) == [name.encode() for name in names]


@pytest.mark.parametrize(("code", "meaning"), [(415, Declined), (410, Declined), (409, LinkFailed), (503, LinkFailed)])
def test_a_refusal_is_heard_even_before_all_was_sent(
    one_cloud: OneCloud, delivery: Delivery, code: int, meaning: type[Exception]
) -> None:
    one_cloud.refuses = code
    with pytest.raises(meaning, match=r"It is ugly\."):
        delivery.deliver("snapshot", "s1", iter([b"x" * 100]))


def test_a_cloud_that_is_away_is_a_link_that_failed() -> None:
    with pytest.raises(LinkFailed):
        Delivery(Way("unix:/nowhere", "h1", "t")).missing([])


def test_only_some_refusals_are_final() -> None:
    assert isinstance(refused(413, "full"), Declined)
    assert isinstance(refused(500, "oh"), LinkFailed)
