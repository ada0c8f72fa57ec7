"""Aggregates of a provider: a bare list at first, guarded by the provider's generation since 1.19."""

from __future__ import annotations

import pytest

from tests.asking import Asker
from tests.placement.asked import A, C, D, error_of, provider

PATH = f"/resource_providers/{A}/aggregates"


@pytest.fixture(autouse=True)
def _provider(admin: Asker) -> None:
    provider(admin, A)


def test_aggregates_are_replaced(admin: Asker) -> None:
    heard = admin(f"PUT {PATH}", {"resource_provider_generation": 1, "aggregates": [D, C]})
    assert heard.body == {"resource_provider_generation": 2, "aggregates": [C, D]}
    assert admin(f"PUT {PATH}", {"resource_provider_generation": 2, "aggregates": []}).body["aggregates"] == []
    heard = admin(f"PUT {PATH}", {"resource_provider_generation": 2, "aggregates": []})
    assert error_of(heard) == (409, "concurrent_update")


def test_before_a_list_was_the_whole_body(admin: Asker) -> None:
    old = admin.at("1.18")
    assert old(f"PUT {PATH}", [C]).body == {"aggregates": [C]}
    assert old(f"GET {PATH}").body == {"aggregates": [C]}
    assert admin(f"GET {PATH}").body == {"aggregates": [C], "resource_provider_generation": 1}
    assert error_of(old(f"PUT {PATH}", {"aggregates": [C]}))[0] == 400
    assert error_of(admin(f"PUT {PATH}", [C]))[0] == 400
    assert admin.at("1.0")(f"GET {PATH}").code == 404


def test_an_aggregate_is_an_identifier_named_once(admin: Asker) -> None:
    for ids in (["x"], [C, C], [1], C):
        assert error_of(admin(f"PUT {PATH}", {"resource_provider_generation": 1, "aggregates": ids}))[0] == 400
