"""Networks: who may make which, what may be changed, and when one can go."""

from __future__ import annotations

from tests.asking import Asker
from tests.network.conftest import Cloud


def test_a_network_has_all_that_was_said_of_it(cloud: Cloud, member: Asker) -> None:
    heard = member("POST /networks", {"network": {"name": "n", "description": "d", "admin_state_up": "False"}})
    made = heard.body["network"]
    assert heard.code == 201
    assert (made["name"], made["description"], made["admin_state_up"]) == ("n", "d", False)
    assert (made["status"], made["mtu"], made["shared"], made["subnets"]) == ("ACTIVE", 1500, False, [])
    assert (made["project_id"], made["tenant_id"], made["revision_number"]) == ("web", "web", 1)
    assert made == member(f"GET /networks/{made['id']}").body["network"]
    assert "provider:network_type" not in made


def test_several_networks_are_made_at_once(cloud: Cloud, member: Asker) -> None:
    heard = member("POST /networks", {"networks": [{"name": "a"}, {"name": "b"}]})
    assert [one["name"] for one in heard.body["networks"]] == ["a", "b"]
    assert list(member("POST /networks", {"networks": [{"name": "c"}]}).body) == ["networks"]


def test_several_are_made_all_or_none(cloud: Cloud, member: Asker) -> None:
    heard = member("POST /networks", {"networks": [{"name": "a"}, {"name": "b", "tenant_id": "shop"}]})
    assert heard.code == 400
    assert member("GET /networks").body["networks"] == []


def test_only_an_administrator_shares_or_leads_outside(cloud: Cloud, member: Asker, admin: Asker) -> None:
    made = cloud.network(member, None)
    for words in ({"shared": True}, {"router:external": True}):
        assert member("POST /networks", {"network": words}).code == 403
        assert member(f"PUT /networks/{made['id']}", {"network": words}).code == 403
    assert admin(f"PUT /networks/{made['id']}", {"network": {"shared": True}}).body["network"]["shared"] is True


def test_a_reader_changes_nothing(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, None, name="n")
    reader = cloud.as_("reader")
    assert reader("POST /networks", {"network": {}}).code == 403
    assert reader(f"PUT /networks/{made['id']}", {"network": {"name": "x"}}).code == 403
    assert reader(f"DELETE /networks/{made['id']}").code == 403
    assert reader(f"GET /networks/{made['id']}").body["network"]["name"] == "n"


def test_an_outsider_sees_only_what_is_shared(cloud: Cloud, member: Asker, admin: Asker) -> None:
    made = cloud.network(member, None)
    other = cloud.as_("member", "shop")
    assert other(f"GET /networks/{made['id']}").code == 404
    assert other(f"DELETE /networks/{made['id']}").code == 404
    for words in ({"shared": True}, {"shared": False, "router:external": True}):
        admin(f"PUT /networks/{made['id']}", {"network": words})
        assert other(f"GET /networks/{made['id']}").code == 200
        assert [one["id"] for one in other("GET /networks").body["networks"]] == [made["id"]]
        assert other(f"PUT /networks/{made['id']}", {"network": {"name": "x"}}).code == 403


def test_an_administrator_makes_networks_for_others(cloud: Cloud, member: Asker, admin: Asker) -> None:
    made = cloud.network(admin, None, tenant_id="web")
    assert member(f"GET /networks/{made['id']}").body["network"]["project_id"] == "web"
    assert admin("POST /networks", {"network": {"tenant_id": "web", "project_id": "shop"}}).code == 400
    assert member("POST /networks", {"network": {"project_id": "shop"}}).code == 400


KINDS: list[tuple[dict[str, object], int]] = [
    ({"provider:network_type": "vlan", "provider:physical_network": "physical"}, 400),
    ({"provider:network_type": "flat"}, 400),
    ({"provider:network_type": "flat", "provider:physical_network": "moon"}, 400),
    ({"provider:network_type": "local", "provider:physical_network": "physical"}, 400),
    ({"provider:network_type": "flat", "provider:physical_network": "physical"}, 201),
    ({"provider:network_type": "local"}, 201),
    ({"mtu": 100}, 400),
    ({"mtu": 9000}, 400),
    ({"mtu": -1}, 400),
    ({"mtu": 0}, 201),
    ({"mtu": "1400"}, 201),
]


def test_only_networks_that_hosts_can_make_are_made(cloud: Cloud, admin: Asker) -> None:
    for words, code in KINDS:
        assert admin("POST /networks", {"network": words}).code == code, words


def test_the_physical_network_is_given_once(cloud: Cloud, admin: Asker) -> None:
    words = {"provider:network_type": "flat", "provider:physical_network": "physical"}
    assert admin("POST /networks", {"network": words}).body["network"]["provider:physical_network"] == "physical"
    heard = admin("POST /networks", {"network": words})
    assert (heard.code, heard.body["NeutronError"]["type"]) == (409, "FlatNetworkInUse")
    listed = admin("GET /networks?provider:network_type=flat").body["networks"]
    assert len(listed) == 1


def test_a_member_does_not_choose_the_physical_network(cloud: Cloud, member: Asker) -> None:
    assert member("POST /networks", {"network": {"provider:network_type": "local"}}).code == 403


def test_each_change_is_counted(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member, None, name="n")
    cloud.store.clock.forward(5)  # type: ignore[attr-defined]
    heard = member(f"PUT /networks/{made['id']}", {"network": {"name": "m", "mtu": 1400}}).body["network"]
    assert (heard["name"], heard["mtu"], heard["revision_number"]) == ("m", 1400, 2)
    assert heard["updated_at"] == "2026-01-01T00:00:05Z" != heard["created_at"]
    again = member(f"PUT /networks/{made['id']}", {"network": {"name": "m"}}).body["network"]
    assert again["revision_number"] == 2


def test_a_network_goes_with_its_subnets_but_not_under_a_port(cloud: Cloud, member: Asker) -> None:
    made = cloud.network(member)
    port = cloud.port(member, made)
    heard = member(f"DELETE /networks/{made['id']}")
    assert (heard.code, heard.body["NeutronError"]["type"]) == (409, "NetworkInUse")
    assert member(f"DELETE /ports/{port['id']}").code == 204
    assert member(f"DELETE /networks/{made['id']}").code == 204
    assert member("GET /subnets").body["subnets"] == []
    assert member(f"DELETE /networks/{made['id']}").code == 404


def test_a_network_that_others_use_stays_shared(cloud: Cloud, admin: Asker) -> None:
    made = cloud.network(admin, shared=True)
    cloud.port(cloud.as_("member", "shop"), made)
    heard = admin(f"PUT /networks/{made['id']}", {"network": {"shared": False}})
    assert (heard.code, heard.body["NeutronError"]["type"]) == (409, "InvalidSharedSetting")
