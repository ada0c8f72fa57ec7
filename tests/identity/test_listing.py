"""Every list is filtered, sorted and cut into pages in the same way."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.asking import Asker

NAMES = ["Anna", "ann", "bert", "berta", "carl_1", "carlX1"]


@pytest.fixture
def crowd(admin: Asker) -> Asker:
    """An administrator of a cloud with more people in it."""
    for name in NAMES:
        assert admin("POST /users", {"user": {"name": name}}).code == 201
    return admin


def _names(asker: Asker, query: str) -> list[str]:
    heard = asker(f"GET /users?{query}")
    assert heard.code == 200, heard.content
    return [one["name"] for one in heard.body["users"] if one["name"] in NAMES]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=ann", {"ann"}),
        ("name__contains=nn", {"Anna", "ann"}),
        ("name__contains=NN", set()),
        ("name__contains=", set(NAMES)),
        ("name__startswith=ber", {"bert", "berta"}),
        ("name__startswith=A", {"Anna"}),
        ("name__startswith=", set(NAMES)),
        ("name__endswith=a", {"Anna", "berta"}),
        ("name__istartswith=AN", {"Anna", "ann"}),
        ("name__icontains=RT", {"bert", "berta"}),
        ("name__iendswith=NA", {"Anna"}),
        ("name__contains=l_1", {"carl_1"}),
        ("name__contains=%25", set()),
        ("enabled__contains=1&name=ann", {"ann"}),
        ("name=ann&enabled=false", set()),
        ("name=ann&unknown=1", {"ann"}),
    ],
)
def test_filters_choose(crowd: Asker, query: str, names: set[str]):
    assert set(_names(crowd, query)) == names


def test_sorting_goes_both_ways(crowd: Asker):
    rising = _names(crowd, "sort_key=name")
    assert rising == sorted(NAMES)
    assert _names(crowd, "sort_key=name&sort_dir=desc") == rising[::-1]


def test_what_begins_the_same_comes_in_order_of_names(crowd: Asker):
    assert _names(crowd, "name__startswith=ber&limit=1") == ["bert"]
    marker = crowd("GET /users?name=bert").body["users"][0]["id"]
    assert _names(crowd, f"name__startswith=ber&marker={marker}") == ["berta"]
    assert _names(crowd, "name__startswith=ber&sort_key=name&sort_dir=desc") == ["berta", "bert"]


def test_what_is_secret_puts_nothing_in_order(crowd: Asker):
    plain = _names(crowd, "")
    for key in ("password_hash", "generation", "id"):
        assert _names(crowd, f"{key}__startswith=a") == plain


def test_pages_follow_each_other_to_the_end(crowd: Asker):
    everybody = [one["id"] for one in crowd("GET /users").body["users"]]
    found: list[str] = []
    query = "limit=5"
    while query:
        body = crowd(f"GET /users?{query}").body
        assert len(body["users"]) <= 5
        found += [one["id"] for one in body["users"]]
        query = urlsplit(body["links"]["next"] or "").query
    assert found == everybody


def test_a_list_tells_where_it_is(crowd: Asker):
    links = crowd("GET /users?name=ann").body["links"]
    assert links == {"self": "http://cloud.test/identity/v3/users?name=ann", "previous": None, "next": None}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=many",
        "marker=nobody",
        "sort_key=password_hash",
        "sort_key=nothing",
        "sort_dir=sideways",
        "enabled=perhaps",
        "name=%00",
        "name=%ff",
    ],
)
def test_a_bad_query_is_refused(crowd: Asker, query: str):
    assert crowd(f"GET /users?{query}").code == 400
