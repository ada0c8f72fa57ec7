"""How the door for hosts words what it says."""

from __future__ import annotations

from datetime import datetime

from pileus.fleet import fleet
from pileus.fleet.manner import FleetManner
from pileus.kernel.errors import Missing
from tests.fleet.conftest import Fleet


def test_an_error_has_its_code_and_a_sentence(fleet_cloud: Fleet) -> None:
    heard = fleet_cloud.host("h1").ask("GET /nothing")
    assert (heard.code, heard.body["error"]["code"]) == (404, 404)
    manner = FleetManner()
    assert manner.refused(404, Missing("There is none."), "r") == {"error": {"code": 404, "message": "There is none."}}


def test_a_moment_is_written_as_iso_8601() -> None:
    assert fleet.manner.moment(datetime(2026, 1, 2, 3, 4, 5)) == "2026-01-02T03:04:05"
