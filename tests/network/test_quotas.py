"""Quotas: told, set, kept, even by many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pileus.identity import IdentitySettings
from pileus.network.settings import NetworkSettings
from tests.asking import Asker
from tests.network.conftest import Cloud
from tests.toy import Toy

USUAL = {
    "network": 100,
    "subnet": 100,
    "subnetpool": -1,
    "port": 500,
    "security_group": 10,
    "security_group_rule": 100,
}


def test_a_project_has_the_usual_limits_unless_told_otherwise(cloud: Cloud, admin: Asker) -> None:
    assert admin("GET /quotas/web").body == {"quota": USUAL}
    assert admin("GET /quotas").body == {"quotas": []}
    changed = admin("PUT /quotas/web", {"quota": {"port": "7", "network": -1}}).body["quota"]
    assert changed == {**USUAL, "port": 7, "network": -1} == admin("GET /quotas/web").body["quota"]
    assert admin("GET /quotas/web/default").body == {"quota": USUAL}
    own = {**changed, "project_id": "web", "tenant_id": "web"}
    assert admin("GET /quotas").body == {"quotas": [own]}
    assert admin("DELETE /quotas/web").code == 204
    assert admin("GET /quotas/web").body == {"quota": USUAL}
    assert admin("DELETE /quotas/web").code == 404


def test_what_is_used_is_told(cloud: Cloud, member: Asker, admin: Asker) -> None:
    cloud.port(member, cloud.network(member))
    for path in ("details", "details.json"):
        told = admin(f"GET /quotas/web/{path}").body["quota"]
        assert told["port"] == {"limit": 500, "used": 1, "reserved": 0}
        assert told["security_group"]["used"] == 1
        assert told["network"]["used"] == told["subnet"]["used"] == 1


def test_each_resource_has_its_limit(cloud: Cloud, member: Asker, admin: Asker) -> None:
    made = cloud.network(member)
    admin("PUT /quotas/web", {"quota": dict.fromkeys(USUAL, 1)})
    cloud.port(member, made)
    asks = {
        "network": ("POST /networks", {"network": {}}),
        "subnet": ("POST /subnets", {"subnet": {"network_id": made["id"], "ip_version": 4, "cidr": "10.5.0.0/24"}}),
        "port": ("POST /ports", {"port": {"network_id": made["id"]}}),
        "security_group": ("POST /security-groups", {"security_group": {"name": "x"}}),
    }
    for resource, (line, body) in asks.items():
        heard = member(line, body)
        assert heard.code == 409, resource
        assert heard.body["NeutronError"]["type"] == "OverQuota"
        assert heard.body["NeutronError"]["message"] == f"Quota exceeded for resources: ['{resource}']."


def test_many_at_once_never_exceed_a_limit(cloud: Cloud, member: Asker, admin: Asker) -> None:
    admin("PUT /quotas/web", {"quota": {"network": 10}})
    with ThreadPoolExecutor(50) as pool:
        codes = list(pool.map(lambda n: member("POST /networks", {"network": {}}).code, range(50)))
    assert codes.count(201) <= 10
    assert set(codes) <= {201, 409, 503}
    while member("POST /networks", {"network": {}}).code == 201:
        continue
    assert len(member("GET /networks").body["networks"]) == 10


def test_a_limit_below_what_is_used_can_be_refused(cloud: Cloud, member: Asker, admin: Asker) -> None:
    cloud.network(member, None)
    assert admin("PUT /quotas/web", {"quota": {"network": 0, "check_limit": True}}).code == 400
    assert admin("PUT /quotas/web", {"quota": {"network": 0}}).code == 200


def test_only_managers_see_and_administrators_set_limits(cloud: Cloud, member: Asker, admin: Asker) -> None:
    assert member("GET /quotas/web").code == 403
    assert cloud.as_("manager")("GET /quotas/web").code == 200
    assert cloud.as_("manager", "shop")("GET /quotas/web").code == 403
    assert cloud.as_("manager")("PUT /quotas/web", {"quota": {"port": 1}}).code == 403
    for bad in (-2, "x", 2**31, None):
        assert admin("PUT /quotas/web", {"quota": {"port": bad}}).code == 400
    assert admin("PUT /quotas/web", {"quota": {"router": 1}}).code == 400


def test_limits_may_be_those_of_the_identity_service(toy: Toy) -> None:
    toy.cloud.store.parts[NetworkSettings] = NetworkSettings(unified_limits=True)
    admin, alice = toy.admin, toy.member("alice")
    service = admin.identity("GET /services?type=network").body["services"][0]["id"]
    limit = {"service_id": service, "resource_name": "network", "default_limit": 1}
    assert admin.identity("POST /registered_limits", {"registered_limits": [limit]}).code == 201
    assert admin.network(f"GET /quotas/{alice.project_id}").body["quota"] == {**USUAL, "network": 1}
    assert alice.network("POST /networks", {"network": {"name": "first"}}).code == 201
    assert alice.network("POST /networks", {"network": {"name": "second"}}).code == 409
    assert admin.network(f"PUT /quotas/{alice.project_id}", {"quota": {"network": 9}}).code == 400
    more = {"service_id": service, "resource_name": "network", "resource_limit": 2, "project_id": alice.project_id}
    assert admin.identity("POST /limits", {"limits": [more]}).code == 201
    assert alice.network("POST /networks", {"network": {"name": "second"}}).code == 201
    assert admin.network(f"GET /quotas/{alice.project_id}/default").body["quota"]["network"] == 1


def test_projects_of_a_domain_may_share_what_it_has(toy: Toy) -> None:
    toy.cloud.store.parts[NetworkSettings] = NetworkSettings(unified_limits=True)
    toy.cloud.store.parts[IdentitySettings] = IdentitySettings(limit_model="strict_two_level")
    admin, alice, bob = toy.admin, toy.member("alice"), toy.member("bob")
    service = admin.identity("GET /services?type=network").body["services"][0]["id"]
    limit = {"service_id": service, "resource_name": "network", "default_limit": 2}
    assert admin.identity("POST /registered_limits", {"registered_limits": [limit]}).code == 201
    for name, who in {"first": alice, "second": bob}.items():  # the shared network is in the domain, but the admin's
        heard = who.network("POST /networks", {"network": {"name": name}})
    assert heard.code == 409
    assert "with all projects of the domain" in heard.body["NeutronError"]["message"]
