"""What holds for every route: strangers, outsiders, errors, discovery."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.identity import identity
from pileus.kernel.routes import Operation
from tests.asking import Asker
from tests.identity.small_cloud import Household, SmallCloud

_OF_SERVICE = {"service_id": "0" * 32, "resource_name": "x"}
BODIES: dict[str, Any] = {
    "Project": {"project": {"name": "x"}},
    "ProjectTags": {"tags": ["x"]},
    "Domain": {"domain": {"name": "x"}},
    "User": {"user": {"name": "x"}},
    "Group": {"group": {"name": "x"}},
    "Role": {"role": {"name": "x"}},
    "Region": {"region": {"description": "x"}},
    "CatalogService": {"service": {"type": "x"}},
    "Endpoint": {"endpoint": {"service_id": "x", "interface": "public", "url": "http://x"}},
    "EndpointGroup": {"endpoint_group": {"name": "x", "filters": {}}},
    "PolicyBlob": {"policy": {"type": "x", "blob": "x"}},
    "Consumer": {"consumer": {"description": "x"}},
    "DomainConfig": {"config": {"identity": {"driver": "sql"}}},
    "ApplicationCredential": {"application_credential": {"name": "x"}},
    "NewKeyPair": {"tenant_id": "x"},
    "NewRegisteredLimits": {"registered_limits": [_OF_SERVICE | {"default_limit": 1}]},
    "RegisteredLimit": {"registered_limit": {"default_limit": 1}},
    "NewLimits": {"limits": [_OF_SERVICE | {"resource_limit": 1, "project_id": "x"}]},
    "Limit": {"limit": {"resource_limit": 1}},
    "SignedRequest": {},
    "Authorization": {"roles": []},
    "IdentityProvider": {"identity_provider": {}},
    "AttributeMapping": {"mapping": {"rules": [{"local": [{"user": {"name": "x"}}], "remote": [{"type": "x"}]}]}},
    "Protocol": {"protocol": {"mapping_id": "x"}},
    "ServiceProvider": {"service_provider": {"auth_url": "http://x", "sp_url": "http://x"}},
}
OPEN = {
    *("GET /auth/catalog", "GET /auth/projects", "GET /auth/domains", "GET /auth/system"),
    *("GET /regions", "GET /regions/{region_id}", "GET /domains/{domain_id}", "GET /credentials"),
    *("GET /OS-FEDERATION/projects", "GET /OS-FEDERATION/domains"),
    *("GET /registered_limits", "GET /registered_limits/{registered_limit_id}", "GET /limits", "GET /limits/model"),
    *(
        "GET /domains/{domain_id}/config/security_compliance",
        "GET /domains/{domain_id}/config/security_compliance/{option}",
    ),
}
"""What everybody with a token may ask."""


def _line(operation: Operation, ids: dict[str, str]) -> str:
    path = operation.path
    for name in operation.names:
        path = path.replace("{" + name + "}", ids.get(name, "something"))
    return f"{operation.method} {path}"


def _body(operation: Operation, user_id: str) -> Any:
    name = operation.kind.__name__
    if name == "Credential":
        credential = {"blob": "x"} if operation.method == "PATCH" else {"blob": "x", "type": "x", "user_id": user_id}
        return {"credential": credential}
    if name == "Trust":
        trust = {"trustor_user_id": user_id, "trustee_user_id": user_id, "impersonation": False}
        return {"trust": trust}
    return BODIES.get(name) if operation.reads_body else None


GUARDED = [one for one in identity.operations if not one.public]


@pytest.fixture(scope="module")
def everything() -> list[Operation]:
    """Every route that is not open to all the world."""
    assert len(GUARDED) > 150
    return GUARDED


def _ids(cloud: SmallCloud) -> dict[str, str]:
    return {
        "project_id": cloud.project_id("web"),
        "domain_id": "default",
        "user_id": cloud.user_id("alice"),
        "role_id": cloud.role_id("reader"),
        "region_id": "RegionOne",
    }


def test_a_stranger_gets_nowhere(cloud: SmallCloud, everything: list[Operation]):
    ids = _ids(cloud)
    for asker in (cloud.stranger, Asker(cloud.front, "/identity/v3", "nonsense")):
        for operation in everything:
            heard = asker(_line(operation, ids), _body(operation, ids["user_id"]))
            assert heard.code == 401, _line(operation, ids)
            assert heard.headers["www-authenticate"] == 'Keystone uri="http://cloud.test/identity/v3"'


def test_an_outsider_gets_nowhere(cloud: SmallCloud, everything: list[Operation]):
    ids, oscar = _ids(cloud), cloud.member("oscar")
    for operation in everything:
        line = _line(operation, ids)
        if f"{operation.method} {operation.path}" in OPEN:
            continue
        heard = oscar(line, _body(operation, ids["user_id"]), headers={"x-subject-token": cloud.member("alice").token})
        assert heard.code in (403, 404), (line, heard.code, heard.content)
        assert heard.body["error"]["code"] == heard.code if heard.content else True


def test_a_domains_reader_changes_nothing(cloud: SmallCloud, household: Household, everything: list[Operation]):
    reader = household.asker("reader")
    ids = _ids(cloud) | {"project_id": household.project_id, "domain_id": household.id}
    ids["user_id"] = household.user_ids["member"]
    for operation in everything:
        if operation.method in ("GET", "HEAD"):
            continue
        line = _line(operation, ids)
        heard = reader(line, _body(operation, ids["user_id"]), headers={"x-subject-token": cloud.member("alice").token})
        assert heard.code in (403, 404), (line, heard.code, heard.content)


def test_errors_have_a_number_a_title_and_a_sentence(admin: Asker):
    heard = admin("GET /users/nobody")
    assert heard.body == {"error": {"code": 404, "title": "Not Found", "message": "Could not find user: nobody."}}
    assert admin("GET /nowhere").body["error"]["code"] == 404
    assert admin("PUT /users").code == 405
    assert admin("POST /users", b"not json").body["error"]["title"] == "Bad Request"


def test_what_does_not_exist_is_told_only_to_those_who_might_see_it(cloud: SmallCloud, admin: Asker, alice: Asker):
    paths = ("/users/x", "/projects/x", "/groups/x", "/services/x", "/endpoints/x", "/domains/x")
    assert {admin(f"GET {path}").code for path in paths} == {404}
    assert {alice(f"GET {path}").code for path in paths} == {403}


def test_one_stable_version_is_told_to_everybody(cloud: SmallCloud):
    root = Asker(cloud.front, "/identity")("GET /")
    version = root.body["versions"]["values"][0]
    assert (root.code, version["id"], version["status"]) == (300, "v3.14", "stable")
    assert version["links"] == [{"rel": "self", "href": "http://cloud.test/identity/v3/"}]
    assert cloud.stranger("GET /").body == {"version": version}
