"""The service as a whole: discovery, versions, errors, and who is let in."""

from __future__ import annotations

from datetime import datetime

from pileus.kernel.caller import Caller
from pileus.kernel.http import Front
from pileus.kernel.versions import version
from pileus.placement.api import bad_value, concurrent, dated
from tests.asking import Asker
from tests.placement.asked import D, error_of


def test_it_says_which_versions_it_speaks(front: Front) -> None:
    (told,) = Asker(front, "/placement")("GET /").body["versions"]
    assert told == {
        "id": "v1.0",
        "status": "CURRENT",
        "min_version": "1.0",
        "max_version": "1.39",
        "links": [{"rel": "self", "href": ""}],
    }


def test_a_version_beyond_is_refused_with_those_there_are(admin: Asker) -> None:
    for line in ("GET /", "GET /resource_providers"):
        heard = admin.at("1.40")(line)
        (error,) = heard.body["errors"]
        assert (heard.code, error["min_version"], error["max_version"]) == (406, "1.0", "1.39")
    assert error_of(admin.at("one")("GET /resource_providers"))[0] == 400


def test_the_version_that_answered_is_told(admin: Asker) -> None:
    heard = admin("GET /resource_providers")
    assert heard.headers["openstack-api-version"] == "placement 1.39"
    assert heard.headers["vary"].lower() == "openstack-api-version"
    assert admin.at("latest")("GET /resource_providers").headers["openstack-api-version"] == "placement 1.39"


def test_an_error_names_itself_and_its_request(admin: Asker) -> None:
    heard = admin(f"GET /resource_providers/{D}")
    (error,) = heard.body["errors"]
    assert error["title"] == "Not Found"
    assert error["request_id"] == heard.headers["x-openstack-request-id"]
    assert error["detail"] == f"No resource provider with uuid {D} found"


def test_nobody_is_let_in_without_a_token(front: Front) -> None:
    for token in ("", "stranger"):
        heard = Asker(front, "/placement", token, "1.39")("GET /resource_providers")
        assert heard.code == 401
        assert heard.body["error"]["code"] == 401


def test_what_does_not_exist_is_not_found(admin: Asker) -> None:
    assert error_of(admin("GET /nothing"))[0] == 404
    heard = admin("PATCH /resource_providers")
    assert (heard.code, heard.headers["allow"]) == (405, "GET, POST")


def test_newer_callers_are_told_when_it_was_changed() -> None:
    at = datetime(2026, 1, 31, 12)
    told = dated(Caller(at=version("1.15")), {}, at)
    assert ("last-modified", "Sat, 31 Jan 2026 12:00:00 GMT") in told.headers
    assert ("cache-control", "no-cache") in told.headers
    assert dated(Caller(at=version("1.14")), {}, at).headers == []


def test_refusals_carry_the_published_code() -> None:
    assert concurrent("late").extra["code"] == "placement.concurrent_update"
    assert bad_value("what").extra["code"] == "placement.query.bad_value"
