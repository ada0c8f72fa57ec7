"""Microversions: how a request names one, and what holds at it."""

from __future__ import annotations

import pytest

from pileus.kernel.errors import Invalid, Unacceptable
from pileus.kernel.versions import Codes, Version, Versions, capability, codes, span, version
from tests.asking import Asker

SPOKEN = Versions("compute", "2.1", "2.96", former_header="X-OpenStack-Nova-API-Version")


@pytest.mark.parametrize(
    ("header", "wanted"),
    [("", "2.1"), ("compute 2.9", "2.9"), ("compute 2.10", "2.10"), ("compute latest", "2.96"), ("Compute 2.2", "2.2"),
     ("volume 3.5, compute 2.4", "2.4"), ("volume 3.5", "2.1"), ("compute", "2.1"), ("compute  2.3 ", "2.3")],
)  # fmt: skip
def test_a_request_names_its_version_beside_those_of_other_services(header: str, wanted: str) -> None:
    assert SPOKEN.asked({"openstack-api-version": header}) == version(wanted)


def test_the_former_header_counts_where_the_newer_is_absent() -> None:
    former = {"x-openstack-nova-api-version": "2.5"}
    assert SPOKEN.asked(former) == Version(2, 5)
    assert SPOKEN.asked({**former, "openstack-api-version": "compute 2.7"}) == Version(2, 7)


@pytest.mark.parametrize("text", ["2", "2.", "two", "2.01", "2.1.1", "v2.1", "-2.1", "2.1\n3", "2.１", "LATEST"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        SPOKEN.asked({"openstack-api-version": f"compute {text}"})


@pytest.mark.parametrize("text", ["2.0", "2.97", "1.9", "3.1", "2.999999999999999999999"])
def test_a_version_outside_the_range_is_refused_with_the_range(text: str) -> None:
    with pytest.raises(Unacceptable) as caught:
        SPOKEN.asked({"openstack-api-version": f"compute {text}"})
    assert caught.value.extra == {"min_version": "2.1", "max_version": "2.96"}


def test_a_span_begins_with_its_first_version_and_ends_before_its_last() -> None:
    held = span("2.9", "2.11")
    assert [held.holds(version(f"2.{at}")) for at in (8, 9, 10, 11)] == [False, True, True, False]
    assert capability(since="2.9").holds(version("2.100"))


def test_a_code_changes_with_its_versions() -> None:
    found = codes(200, v2_10=202, v2_2=201)
    assert [found.at(version(f"2.{at}")) for at in (1, 2, 9, 10)] == [200, 201, 201, 202]
    assert found.all() == {200, 201, 202}
    assert Codes(204, ()).at(version("2.1")) == 204


def test_answers_tell_the_version_that_answered(member: Asker) -> None:
    heard = member.at("latest")("GET /kites")
    assert (heard.headers["openstack-api-version"], heard.headers["x-kite"]) == ("wire 1.4", "1.4")
    assert heard.headers["vary"] == "OpenStack-API-Version, X-Kite"
    assert member.at("1.5")("GET /kites").code == 406
    assert member.at("one")("GET /kites").code == 400


def test_the_code_the_names_and_the_notes_follow_the_version(member: Asker) -> None:
    oldest = member.at("1.1")("POST /kites", {"kite": {"name": "red"}})
    assert (oldest.code, oldest.body["kite"]["name"], oldest.body["kite"]["string"]) == (200, "RED", "string of red")
    newest = member.at("latest")("POST /kites", {"kite": {"name": "red"}})
    assert (newest.code, newest.body["kite"]["name"], "string" in newest.body["kite"]) == (201, "red", False)
