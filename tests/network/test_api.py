"""The Networking API's place, and the words it answers with."""

from __future__ import annotations

from tests.asking import Asker
from tests.network.conftest import URL, Cloud


def test_the_versions_are_told_to_everybody(cloud: Cloud) -> None:
    heard = Asker(cloud.front, "/network")("GET /")
    link = {"rel": "self", "href": f"{URL}/network/v2.0/"}
    assert heard.code == 200
    assert heard.body == {"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]}


def test_a_stranger_is_sent_to_identity(cloud: Cloud) -> None:
    heard = Asker(cloud.front, "/network/v2.0")("GET /")
    assert heard.code == 401
    assert heard.body["error"]["title"] == "Unauthorized"
    assert heard.headers["www-authenticate"].startswith("Keystone uri=")


def test_what_is_missing_says_its_type(cloud: Cloud, member: Asker) -> None:
    unknown = "11111111-1111-1111-1111-111111111111"
    assert member(f"GET /networks/{unknown}").body == {
        "NeutronError": {
            "type": "NetworkNotFound",
            "message": f"Network {unknown} could not be found.",
            "detail": "",
        }
    }
    for line, kind in (
        (f"GET /subnets/{unknown}", "SubnetNotFound"),
        (f"PUT /ports/{unknown}", "PortNotFound"),
        (f"DELETE /security-groups/{unknown}", "SecurityGroupNotFound"),
        (f"GET /security-group-rules/{unknown}", "SecurityGroupRuleNotFound"),
        ("GET /subnetpools/x%27%20or%201%3D1", "SubnetPoolNotFound"),
    ):
        heard = member(line, {"port": {}} if line.startswith("PUT") else None)
        assert (heard.code, heard.body["NeutronError"]["type"]) == (404, kind), line


def test_an_unknown_attribute_is_named(cloud: Cloud, member: Asker) -> None:
    heard = member("POST /networks", {"network": {"nothing": 1}})
    assert heard.code == 400
    assert heard.body["NeutronError"] == {
        "type": "HTTPBadRequest",
        "message": "Unrecognized attribute(s) 'nothing'",
        "detail": "",
    }


def test_a_body_that_cannot_be_read_is_refused(cloud: Cloud, member: Asker) -> None:
    for body in (b"", b"{", b"[]", b'{"network": []}', b'{"networks": []}', b'{"network": {"name": 1}}', b"\xff"):
        assert member("POST /networks", body).code == 400, body
    assert member("POST /networks", {"network": {"name": "x" * 256}}).code == 400
    assert member("GET /networks").body == {"networks": []}


def test_what_comes_later_is_not_there(cloud: Cloud, member: Asker) -> None:
    for path in ("routers", "floatingips", "trunks", "qos/policies", "rbac-policies", "address-scopes"):
        assert member(f"GET /{path}").code == 404
    assert member("PATCH /networks", {}).code == 405
