"""Endpoints that go by policies: their own, that of their service in their region, or that of their service."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Asker


class Catalogue:
    """A service with an endpoint in a region under another, and policies."""

    def __init__(self, admin: Asker) -> None:
        self.admin = admin
        admin("PUT /regions/north", {"region": {}})
        admin("PUT /regions/north-east", {"region": {"parent_region_id": "north"}})
        self.service = self._made("service", "services", type="weather")
        self.endpoint = self._made(
            "endpoint", "endpoints", service_id=self.service, interface="public", url="http://x", region_id="north-east"
        )

    def _made(self, one: str, many: str, **values: Any) -> str:
        return str(self.admin(f"POST /{many}", {one: values}).body[one]["id"])

    def policy(self) -> str:
        """A new policy's path."""
        return f"/policies/{self._made('policy', 'policies', type='text/plain', blob='x')}"

    def goes_by(self) -> str:
        """The path of the policy the endpoint goes by, or nothing."""
        heard = self.admin(f"GET /endpoints/{self.endpoint}/OS-ENDPOINT-POLICY/policy")
        return f"/policies/{heard.body['policy']['id']}" if heard.code == 200 else ""

    def places(self) -> list[str]:
        """What may be joined to a policy, from the widest to the nearest."""
        service = f"services/{self.service}"
        return [service, f"{service}/regions/north", f"{service}/regions/north-east", f"endpoints/{self.endpoint}"]


@pytest.fixture
def catalogue(admin: Asker) -> Catalogue:
    """A catalogue of its own."""
    return Catalogue(admin)


def test_the_nearest_policy_is_the_one_in_force(catalogue: Catalogue, admin: Asker):
    assert catalogue.goes_by() == ""
    for place in catalogue.places():
        policy = catalogue.policy()
        here = f"{policy}/OS-ENDPOINT-POLICY/{place}"
        assert admin(f"GET {here}").code == 404
        assert admin(f"PUT {here}").code == admin(f"GET {here}").code == 204
        assert catalogue.goes_by() == policy
        listed = admin(f"GET {policy}/OS-ENDPOINT-POLICY/endpoints").body["endpoints"]
        assert [one["id"] for one in listed] == [catalogue.endpoint]


def test_another_policy_takes_the_place_of_the_first(catalogue: Catalogue, admin: Asker):
    first, second = catalogue.policy(), catalogue.policy()
    for place in catalogue.places():
        one, other = (f"{policy}/OS-ENDPOINT-POLICY/{place}" for policy in (first, second))
        assert [admin(f"PUT {path}").code for path in (one, other)] == [204, 204]
        assert [admin(f"GET {path}").code for path in (one, other)] == [404, 204]
        assert admin(f"DELETE {one}").code == 204
        assert admin(f"GET {other}").code == 204
        assert admin(f"DELETE {other}").code == admin(f"DELETE {other}").code == 204
        assert admin(f"GET {other}").code == 404


def test_what_does_not_exist_is_joined_to_nothing(catalogue: Catalogue, admin: Asker, alice: Asker):
    policy = catalogue.policy()
    wrong = ["services/no", "endpoints/no", f"services/{catalogue.service}/regions/no"]
    assert {admin(f"PUT {policy}/OS-ENDPOINT-POLICY/{place}").code for place in wrong} == {404}
    assert admin(f"PUT /policies/no/OS-ENDPOINT-POLICY/{catalogue.places()[0]}").code == 404
    assert alice(f"PUT {policy}/OS-ENDPOINT-POLICY/{catalogue.places()[0]}").code == 403


def test_a_policy_that_goes_is_gone_everywhere(catalogue: Catalogue, admin: Asker):
    policy = catalogue.policy()
    admin(f"PUT {policy}/OS-ENDPOINT-POLICY/{catalogue.places()[0]}")
    assert admin(f"DELETE {policy}").code == 204
    assert catalogue.goes_by() == ""
