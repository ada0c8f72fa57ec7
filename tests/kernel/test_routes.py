"""The trie of paths, and what a route may declare."""

from __future__ import annotations

import pytest

from pileus.app import SERVICES
from pileus.kernel.errors import BadMethod, Missing
from pileus.kernel.routes import Routes, Service
from pileus.kernel.versions import Versions
from tests.asking import Asker
from tests.kernel.wire import Manner


def service(*lines: str, former_root: str | None = None) -> Service:
    """A service whose rules answer nothing."""
    made = Service(
        "s", ["s"], "/v2", policy={}, manner=Manner(), former_root=former_root, versions=Versions("s", "1.1", "1.4")
    )
    for line in lines:
        made.route(line)(lambda tx, who, target, asked: None)
    return made


ROUTES = Routes([service("GET /a/{id}", "GET /a/special", "POST /a/{id}", "GET /a/{id}/b/{other}", "GET /", "GET /a/")])


@pytest.mark.parametrize(
    ("path", "line", "values"),
    [("/s/v2/a/1", "/a/{id}", ["1"]), ("/s/v2/a/special", "/a/special", []), ("/s/v2/", "/", []),
     ("/s/v2/a/", "/a/", []), ("/s/v2/a/1%2F2", "/a/{id}", ["1%2F2"]),
     ("/s/v2/a/special/b/2", "/a/{id}/b/{other}", ["special", "2"])],
)  # fmt: skip
def test_a_path_finds_its_operation_and_variables(path: str, line: str, values: list[str]) -> None:
    (found,), got = ROUTES.find("GET", path)
    assert (found.path, got) == (line, values)


@pytest.mark.parametrize("path", ["/", "", "/s", "/s/v2/a", "/s/v2/a/1/", "/s/v2/a//b/2", "/s/v2//a/1", "/x"])
def test_any_other_path_is_missing(path: str) -> None:
    with pytest.raises(Missing):
        ROUTES.find("GET", path)


def test_another_method_is_told_which_there_are() -> None:
    with pytest.raises(BadMethod) as caught:
        ROUTES.find("DELETE", "/s/v2/a/special")
    assert caught.value.extra == {"allow": ["GET", "POST"]}


def test_a_fixed_segment_without_the_method_gives_way_to_a_variable() -> None:
    assert ROUTES.find("POST", "/s/v2/a/special")[1] == ["special"]


def test_a_quoted_slash_stays_in_its_segment_and_reaches_the_rule_unquoted(member: Asker) -> None:
    assert member("POST /kites/a%2Fb/wind", {"wind": {"force": 1}}).body[3] == "prepared a/b"


def test_the_same_place_has_the_same_variables() -> None:
    with pytest.raises(ValueError, match="elsewhere"):
        Routes([service("GET /a/{id}", "GET /a/{name}")])


def test_a_rule_nobody_declared_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="no policy rule nothing"):
        service().route("GET /x", rule="nothing")


def test_a_former_root_speaks_the_oldest_version() -> None:
    old = service("GET /a/{id}", former_root="/v1")
    assert Routes([old]).find("GET", "/s/v1/a/1")[1] == ["1"]
    headers = {"openstack-api-version": "s 1.4"}
    assert str(old.asked_version(headers, "/s/v1/a/1")) == "1.1"
    assert str(old.asked_version(headers, "/s/v2/a/1")) == "1.4"


def test_all_services_stand_beside_each_other() -> None:
    found = Routes(SERVICES)
    for one in SERVICES:
        for operation in one.operations:
            assert (
                operation
                in found.find(operation.method, one.root + operation.path if operation.path != "/" else one.root)[0]
            )
