"""Addresses of things in the Compute API."""

from __future__ import annotations

from tests.toy import Toy


def test_a_thing_has_an_address_with_and_without_the_version(toy: Toy) -> None:
    shown = toy.member("alice").compute(f"GET /flavors/{toy.flavor}").body["flavor"]["links"]
    own, bookmark = ({one["rel"]: one["href"] for one in shown}[rel] for rel in ("self", "bookmark"))
    assert own.endswith(f"/compute/v2.1/flavors/{toy.flavor}")
    assert bookmark.endswith(f"/compute/flavors/{toy.flavor}")
