"""Tags: put on resources, looked for, taken off."""

from __future__ import annotations

import pytest

from pileus.network.tags import TAGGED
from tests.asking import Asker
from tests.network.conftest import Cloud


def things(cloud: Cloud, asker: Asker) -> dict[str, str]:
    """One of each resource that has tags, by its path."""
    made = cloud.network(asker)
    pool = asker("POST /subnetpools", {"subnetpool": {"name": "p", "prefixes": ["10.0.0.0/8"]}}).body["subnetpool"]
    group = asker("GET /security-groups").body["security_groups"][0]
    return {
        "networks": made["id"],
        "subnets": asker("GET /subnets").body["subnets"][0]["id"],
        "ports": cloud.port(asker, made)["id"],
        "subnetpools": pool["id"],
        "security-groups": group["id"],
        "security_groups": group["id"],
    }


def test_every_resource_has_tags(cloud: Cloud, member: Asker) -> None:
    found = things(cloud, member)
    assert set(found) == set(TAGGED)
    for path, id in found.items():
        tags = f"/{path}/{id}/tags"
        assert member(f"PUT {tags}/red").code == 201
        assert member(f"PUT {tags}/red").code == 201
        assert member(f"GET {tags}/red").code == 204
        assert member(f"GET {tags}").body == {"tags": ["red"]}
        assert member(f"PUT {tags}", {"tags": ["a", "b", "a"]}).body == {"tags": ["a", "b"]}
        assert member(f"GET {tags}/red").code == 404
        assert member(f"POST {tags}", {"tags": ["c", "a"]}).body == {"tags": ["a", "b", "c"]}
        assert member(f"DELETE {tags}/a").code == 204
        assert member(f"DELETE {tags}/a").code == 404
        assert member(f"GET {tags}").body == {"tags": ["b", "c"]}
        assert member(f"DELETE {tags}").code == 204
        assert member(f"GET {tags}").body == {"tags": []}


def test_a_tag_is_shown_and_counted_as_a_change(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, None)
    member(f"PUT /networks/{made['id']}/tags/a%20%C3%BC%2F%25_%27")
    shown = member(f"GET /networks/{made['id']}").body["network"]
    assert (shown["tags"], shown["revision_number"]) == (["a ü/%_'"], 2)
    assert member("GET /networks", tags="a ü/%_'").body["networks"][0]["id"] == made["id"]


@pytest.mark.parametrize("bad", [["x" * 256], [""], ["a\nb"], [1], "red", [f"t{n}" for n in range(51)]])
def test_what_is_no_tag_is_refused(cloud: Cloud, member: Asker, bad: object) -> None:
    made = cloud.network(member, None)
    assert member(f"PUT /networks/{made['id']}/tags", {"tags": bad}).code == 400
    assert member(f"PUT /networks/{made['id']}/tags/a%0Ab").code == 400
    assert member(f"GET /networks/{made['id']}/tags").body == {"tags": []}


def test_tags_are_the_owners(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, None)
    assert cloud.as_("member", "shop")(f"PUT /networks/{made['id']}/tags/x").code == 404
    reader = cloud.as_("reader")
    assert reader(f"PUT /networks/{made['id']}/tags/x").code == 403
    assert reader(f"GET /networks/{made['id']}/tags").code == 200
