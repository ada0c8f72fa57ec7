"""What this API says of itself."""

from __future__ import annotations

from pileus.network.extensions import EXTENSIONS
from tests.asking import Asker
from tests.network.conftest import URL, Cloud


def test_extensions_are_listed_and_shown(cloud: Cloud, member: Asker) -> None:
    listed = member("GET /extensions").body["extensions"]
    assert {one["alias"] for one in listed} == set(EXTENSIONS)
    for one in listed:
        assert set(one) == {"alias", "name", "description", "updated", "links"}
    assert member("GET /extensions/quotas").body["extension"]["alias"] == "quotas"
    heard = member("GET /extensions/router")
    assert (heard.code, heard.body["NeutronError"]["type"]) == (404, "ExtensionNotFound")


def test_what_is_not_built_is_not_listed() -> None:
    assert not set(EXTENSIONS) & {"router", "trunk", "qos", "rbac-policies", "dns-integration", "segment"}


def test_the_root_names_every_collection(cloud: Cloud, member: Asker) -> None:
    found = {one["name"]: one for one in member("GET /").body["resources"]}
    assert {"network", "subnet", "port", "security_group", "subnetpool", "quota"} <= set(found)
    assert found["security_group"]["collection"] == "security_groups"
    assert found["security_group"]["links"] == [{"rel": "self", "href": f"{URL}/network/v2.0/security-groups"}]
