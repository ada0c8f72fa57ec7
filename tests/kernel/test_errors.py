"""The ways to say no."""

from __future__ import annotations

import pytest

from pileus.kernel.errors import Missing, NoCapacity, Refusal

CODES = {
    "Invalid": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "OverQuota": 403,
    "Missing": 404,
    "BadMethod": 405,
    "Unacceptable": 406,
    "Conflict": 409,
    "NoCapacity": 409,
    "NotNow": 409,
    "Gone": 410,
    "Precondition": 412,
    "TooLarge": 413,
    "Unsupported": 415,
    "Broken": 500,
    "Unavailable": 503,
}


def test_every_meaning_has_its_code() -> None:
    assert {kind.__name__: kind.code for kind in Refusal.__subclasses__()} == CODES


def test_a_refusal_has_a_sentence_for_the_caller_and_one_for_the_operator() -> None:
    refusal = Missing("No such server.", "server 7 belongs to another project")
    assert (str(refusal), refusal.said, refusal.logged) == (
        "No such server.",
        "No such server.",
        "server 7 belongs to another project",
    )


def test_the_operator_reads_what_the_caller_reads_unless_told_more() -> None:
    assert Missing("No such server.").logged == "No such server."


def test_what_a_service_needs_beside_the_sentence_travels_along() -> None:
    with pytest.raises(NoCapacity) as met:
        raise NoCapacity("No host fits.", extra={"lacking": {"MEMORY_MB": 2}})
    assert met.value.extra == {"lacking": {"MEMORY_MB": 2}}
