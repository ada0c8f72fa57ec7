"""Lists: filters, fields, order, pages both ways."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tests.asking import Asker
from tests.network.conftest import Cloud


def names(asker: Asker, line: str = "GET /networks", **query: Any) -> list[str]:
    """Names of what a list gives, in its order."""
    many = line.rpartition("/")[2].replace("-", "_")
    heard = asker(line, **query)
    assert heard.code == 200, heard.body
    return [one["name"] for one in heard.body[many]]


def test_a_filter_given_twice_takes_either_value(cloud: Cloud, member: Asker) -> None:
    for name in ("a", "b", "c"):
        cloud.network(member, None, name=name)
    assert sorted(names(member, name=["a", "c"])) == ["a", "c"]
    assert names(member, name="a", admin_state_up="False") == []
    assert names(member, name="b", admin_state_up="true", **{"router:external": "0"}) == ["b"]


def test_an_empty_value_is_a_value(cloud: Cloud, member: Asker) -> None:
    cloud.network(member, None, name="told", description="something")
    cloud.network(member, None, name="silent")
    assert names(member, description="") == ["silent"]


def test_unknown_filters_and_values_are_refused(cloud: Cloud, member: Asker) -> None:
    heard = member("GET /networks", nothing="x")
    assert heard.code == 400
    assert heard.body["NeutronError"]["message"] == "['nothing'] is invalid attribute for filtering"
    assert member("GET /networks", admin_state_up="perhaps").code == 400
    assert member("GET /subnets", ip_version="four").code == 400


def test_only_the_fields_asked_for_are_shown(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, None, name="a")
    listed = member("GET /networks", fields=["id", "name"]).body["networks"]
    assert listed == [{"id": made["id"], "name": "a"}]
    one = member(f"GET /networks/{made['id']}", fields="router:external").body["network"]
    assert one == {"router:external": False}


def test_lists_are_sorted_as_asked(cloud: Cloud, member: Asker) -> None:
    for name in ("b", "c", "a"):
        cloud.network(member, None, name=name)
    assert names(member, sort_key="name", sort_dir="desc") == ["c", "b", "a"]
    assert names(member, sort_key="name") == ["a", "b", "c"]
    assert member("GET /networks", sort_key=["name", "id"], sort_dir="asc").code == 400
    assert member("GET /networks", sort_key="colour", sort_dir="asc").code == 400
    assert member("GET /networks", sort_key="name", sort_dir="up").code == 400


def test_pages_follow_each_other_by_their_links(cloud: Cloud, member: Asker) -> None:
    for name in ("a", "b", "c", "d"):
        cloud.network(member, None, name=name)
    found, query = [], "limit=2&sort_key=name&sort_dir=asc"
    for _ in range(3):
        body = member(f"GET /networks?{query}").body
        found.append([one["name"] for one in body["networks"]])
        links = {one["rel"]: one["href"] for one in body["networks_links"]}
        if "next" not in links:
            break
        assert links["next"].startswith("http://cloud.test/network/v2.0/networks?")
        query = urlsplit(links["next"]).query
    assert found == [["a", "b"], ["c", "d"], []]


def test_pages_can_be_read_backwards(cloud: Cloud, member: Asker) -> None:
    made = {name: cloud.network(member, None, name=name)["id"] for name in ("a", "b", "c", "d")}
    order: dict[str, Any] = {"sort_key": "name", "sort_dir": "asc"}
    heard = member("GET /networks", limit=2, marker=made["d"], page_reverse="True", **order).body
    assert [one["name"] for one in heard["networks"]] == ["b", "c"]
    previous = next(one["href"] for one in heard["networks_links"] if one["rel"] == "previous")
    body = member(f"GET /networks?{urlsplit(previous).query}").body
    assert [one["name"] for one in body["networks"]] == ["a"]
    assert [one["rel"] for one in body["networks_links"]] == ["next"]


def test_a_list_without_a_limit_has_no_links(cloud: Cloud, member: Asker) -> None:
    cloud.network(member, None)
    assert "networks_links" not in member("GET /networks").body
    assert "networks_links" not in member("GET /networks", limit=0).body


def test_an_unknown_marker_is_missing(cloud: Cloud, member: Asker) -> None:
    heard = member("GET /networks", marker="nope", limit=1)
    assert heard.code == 404
    assert heard.body["NeutronError"]["type"] == "NetworkNotFound"
    assert member("GET /networks", limit="many").code == 400
    assert member("GET /networks", limit=-1).code == 400


def test_others_things_are_neither_listed_nor_markers(cloud: Cloud, member: Asker) -> None:
    theirs = cloud.network(cloud.as_("member", "shop"), None, name="theirs")
    cloud.network(member, None, name="mine")
    assert names(member) == ["mine"]
    assert member("GET /networks", marker=theirs["id"]).code == 404
    assert sorted(names(cloud.as_("admin", "ops"))) == ["mine", "theirs"]


def test_tags_narrow_a_list_in_four_ways(cloud: Cloud, member: Asker) -> None:
    for name, tags in (("both", ["red", "blue"]), ("red", ["red"]), ("none", []), ("Red", ["Red"])):
        made = cloud.network(member, None, name=name)
        member(f"PUT /networks/{made['id']}/tags", {"tags": tags})
    assert sorted(names(member, tags="red,blue")) == ["both"]
    assert sorted(names(member, **{"tags-any": "red,blue"})) == ["both", "red"]
    assert sorted(names(member, **{"not-tags": "red,blue"})) == ["Red", "none", "red"]
    assert sorted(names(member, **{"not-tags-any": "red,blue"})) == ["Red", "none"]


def test_what_has_changed_since_a_moment_is_found(cloud: Cloud, member: Asker) -> None:
    cloud.network(member, None, name="old")
    cloud.store.clock.forward(60)  # type: ignore[attr-defined]
    cloud.network(member, None, name="new")
    assert names(member, changed_since="2026-01-01T00:00:30Z") == ["new"]
    for bad in ("yesterday", "0001-01-01T00:00:00+14:00", ""):
        assert member("GET /networks", changed_since=bad).code == 400


def test_the_owner_is_known_by_both_names(cloud: Cloud, member: Asker) -> None:
    cloud.network(member, None, name="mine")
    admin = cloud.as_("admin", "ops")
    assert names(admin, tenant_id="web") == names(admin, project_id="web") == ["mine"]
    assert names(admin, tenant_id="shop") == []
