"""Lists of images: who sees which, filters, order and pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.image.gallery import NOWHERE, Gallery


@pytest.fixture
def hung(either: Gallery) -> Gallery:
    """A gallery with some images in it, made a second apart."""
    for name, more in (
        ("one", {"disk_format": "raw", "tags": ["x", "both"], "colour": "red", "content": b"1"}),
        ("two, or so", {"disk_format": "qcow2", "tags": ["X,y", "both"], "colour": "Red", "min_ram": 64}),
        ("three", {"disk_format": "raw", "container_format": "ami", "protected": True, "content": b"333"}),
    ):
        either.make(name=name, **more)
        either.store.clock.forward(1.5)  # type: ignore[attr-defined]
    either.make(name="hidden", os_hidden=True)
    return either


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["three", "two, or so", "one"]),
        ({"name": "one"}, ["one"]),
        ({"name": "ONE"}, []),
        ({"name": 'in:"two, or so",one'}, ["two, or so", "one"]),
        ({"disk_format": "raw"}, ["three", "one"]),
        ({"disk_format": "in:qcow2,iso"}, ["two, or so"]),
        ({"container_format": "ami"}, ["three"]),
        ({"status": "in:active,saving"}, ["three", "one"]),
        ({"status": "queued"}, ["two, or so"]),
        ({"protected": "True"}, ["three"]),
        ({"os_hidden": "true"}, ["hidden"]),
        ({"owner": "blue", "limit": 1}, ["three"]),
        ({"owner": "red"}, []),
        ({"tag": "both"}, ["two, or so", "one"]),
        ({"tag": ["both", "x"]}, ["one"]),
        ({"tag": "x,y"}, []),
        ({"tag": "X,y"}, ["two, or so"]),
        ({"tag": "bot"}, []),
        ({"colour": "red"}, ["one"]),
        ({"colour": "Red"}, ["two, or so"]),
        ({"colour": "re"}, []),
        ({"colour": "100%"}, []),
        ({"smell": 'x"\\'}, []),
        ({"size_min": 2}, ["three"]),
        ({"size_max": 2}, ["one"]),
        ({"size": 3}, ["three"]),
        ({"min_ram": 64}, ["two, or so"]),
        ({"checksum": "c4ca4238a0b923820dcc509a6f75849b"}, ["one"]),
        ({"sort": "name:asc"}, ["one", "three", "two, or so"]),
        ({"sort": "disk_format:asc,name:desc"}, ["two, or so", "three", "one"]),
        ({"sort_key": ["disk_format", "name"], "sort_dir": ["desc", "asc"]}, ["one", "three", "two, or so"]),
        ({"sort_key": ["disk_format", "name"], "sort_dir": "asc"}, ["two, or so", "one", "three"]),
        ({"sort_key": "size", "sort_dir": "asc"}, ["two, or so", "one", "three"]),
        ({"sort_dir": "asc"}, ["one", "two, or so", "three"]),
        ({"limit": 0}, []),
    ],
)
def test_a_list_shows_what_was_asked_for(hung: Gallery, query: dict[str, Any], names: list[str]) -> None:
    assert hung.names(hung.alice, **query) == names


@pytest.mark.parametrize(
    "query",
    [
        {"limit": -1},
        {"limit": "many"},
        {"marker": "nope"},
        {"marker": NOWHERE},
        {"sort_key": "nope"},
        {"sort_key": "owner"},
        {"sort_dir": "up"},
        {"sort": "name:up"},
        {"sort": "name", "sort_key": "id"},
        {"sort_key": ["name", "id", "size"], "sort_dir": ["asc", "desc"]},
        {"visibility": "secret"},
        {"member_status": "happy"},
        {"protected": "perhaps"},
        {"os_hidden": "perhaps"},
        {"size_min": "-1"},
        {"size_max": "much"},
        {"name": 'in:"open'},
        {"name": "in:a,,b"},
        {"created_at": "yesterday"},
        {"created_at": "about:2026-01-01T00:00:00Z"},
        {"updated_at": "gt:9999-12-31T23:59:59Z"},
    ],
)
def test_a_list_that_cannot_be_is_refused(gallery: Gallery, query: dict[str, Any]) -> None:
    assert gallery.alice("GET /images", **query).code == 400


def test_moments_are_compared_as_they_are_shown(hung: Gallery) -> None:
    at = hung.alice("GET /images", name="two, or so").body["images"][0]["created_at"]
    found = {word: hung.names(hung.alice, created_at=f"{word}:{at}") for word in ("gt", "gte", "eq", "lt", "lte")}
    assert found == {
        "gt": ["three"],
        "gte": ["three", "two, or so"],
        "eq": ["two, or so"],
        "lt": ["one"],
        "lte": ["two, or so", "one"],
    }
    assert hung.names(hung.alice, created_at=f"neq:{at}") == ["three", "one"]
    assert hung.names(hung.alice, created_at=at) == ["two, or so"]


def test_pages_follow_each_other_to_the_end(hung: Gallery) -> None:
    heard = hung.alice("GET /images", limit=2, sort="name:asc", colour="red,")
    assert heard.body == {"images": [], "first": heard.body["first"], "schema": "/v2/schemas/images"}
    heard = hung.alice("GET /images", limit=2, sort="name:asc")
    assert heard.body["first"] == "/v2/images?limit=2&sort=name%3Aasc"
    seen, follows = heard.body["images"], heard.body["next"]
    heard = hung.alice(f"GET {follows.removeprefix('/v2')}")
    assert [one["name"] for one in (*seen, *heard.body["images"])] == ["one", "three", "two, or so"]
    assert "next" not in heard.body


def test_a_list_is_of_25_images_unless_more_are_asked_for(gallery: Gallery) -> None:
    for number in range(27):
        gallery.make(name=str(number))
    assert len(gallery.names(gallery.alice)) == 25
    assert len(gallery.names(gallery.alice, limit=100)) == 27


def test_another_tenants_image_is_no_marker(gallery: Gallery) -> None:
    made = gallery.make()
    assert gallery.bob("GET /images", marker=made).code == 400
    assert gallery.alice("GET /images", marker=made).code == 200


def test_who_sees_which_images_in_a_list(either: Gallery) -> None:
    made = {
        visibility: either.make(either.admin, name=visibility, owner="blue", visibility=visibility)
        for visibility in ("private", "shared", "community", "public")
    }
    either.make(either.bob, name="bob's")
    assert sorted(either.names(either.alice)) == ["community", "private", "public", "shared"]
    assert sorted(either.names(either.bob)) == ["bob's", "public"]
    assert sorted(either.names(either.admin)) == ["bob's", "private", "public", "shared"]
    assert sorted(either.names(either.bob, visibility="all")) == ["bob's", "community", "public"]
    assert sorted(either.names(either.admin, visibility="all")) == ["bob's", *sorted(made)]
    assert either.names(either.bob, visibility="community") == ["community"]
    assert either.names(either.bob, visibility="private") == []
    assert either.names(either.rita, visibility="private") == ["private"]
    assert either.names(either.admin, visibility="shared") == ["bob's", "shared"]
    assert either.stranger("GET /images").code == 401


def test_a_shared_image_is_listed_once_it_is_accepted(either: Gallery) -> None:
    made = either.make(name="shared")
    either.alice(f"POST /images/{made}/members", {"member": "red"})
    assert either.names(either.bob) == []
    assert either.names(either.bob, member_status="pending", visibility="shared") == ["shared"]
    either.bob(f"PUT /images/{made}/members/red", {"status": "accepted"})
    assert either.names(either.bob) == ["shared"]
    assert either.names(either.bob, member_status="rejected") == []
    assert either.names(either.bob, member_status="all", visibility="shared") == ["shared"]
