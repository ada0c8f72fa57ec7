"""Resource providers: made, found, renamed, moved and struck, at the oldest and the newest version."""

from __future__ import annotations

from tests.asking import Asker
from tests.placement.asked import A, B, C, D, aggregate, error_of, hold, provider, stock, trait


def names(admin: Asker, query: str) -> list[str]:
    heard = admin(f"GET /resource_providers?{query}")
    assert heard.code == 200, heard.body
    return [one["name"] for one in heard.body["resource_providers"]]


def test_a_provider_that_was_made_is_shown_at_once(admin: Asker) -> None:
    heard = admin("POST /resource_providers", {"name": "web", "uuid": A})
    assert heard.code == 200
    assert heard.headers["location"] == f"http://cloud/placement/resource_providers/{A}"
    assert heard.body["uuid"] == A
    assert (heard.body["name"], heard.body["generation"]) == ("web", 0)
    assert (heard.body["root_provider_uuid"], heard.body["parent_provider_uuid"]) == (A, None)
    links = {one["rel"]: one["href"] for one in heard.body["links"]}
    assert links["self"] == f"/placement/resource_providers/{A}"
    assert set(links) == {"self", "inventories", "usages", "aggregates", "traits", "allocations"}


def test_the_oldest_version_is_answered_as_ever(admin: Asker) -> None:
    old = admin.at("1.0")
    heard = old("POST /resource_providers", {"name": "web", "uuid": A})
    assert (heard.code, heard.content) == (201, b"")
    shown = old(f"GET /resource_providers/{A}")
    assert set(shown.body) == {"uuid", "name", "generation", "links"}
    assert {one["rel"] for one in shown.body["links"]} == {"self", "inventories", "usages"}
    assert shown.headers["openstack-api-version"] == "placement 1.0"
    assert "last-modified" not in shown.headers
    assert "last-modified" in admin(f"GET /resource_providers/{A}").headers


def test_a_double_name_or_identifier_is_a_conflict(admin: Asker) -> None:
    provider(admin, A)
    assert error_of(admin("POST /resource_providers", {"name": "host-a"})) == (409, "duplicate_name")
    assert error_of(admin("POST /resource_providers", {"name": "other", "uuid": A}))[0] == 409
    provider(admin, B)
    assert error_of(admin(f"PUT /resource_providers/{B}", {"name": "host-a"})) == (409, "duplicate_name")
    assert admin(f"PUT /resource_providers/{B}", {"name": "other"}).body["name"] == "other"


def test_a_bad_body_is_refused(admin: Asker) -> None:
    bad: list[object] = [
        {},
        {"name": "x" * 201},
        {"name": 1},
        {"name": "x", "uuid": "no"},
        {"name": "x", "more": 1},
        [],
        b"{",
    ]
    for body in bad:
        assert error_of(admin("POST /resource_providers", body)) == (400, "undefined_code")


def test_what_does_not_exist_is_not_found(admin: Asker) -> None:
    for line in ("GET /resource_providers/{0}", "DELETE /resource_providers/{0}", "GET /resource_providers/{0}/usages"):
        heard = admin(line.format(D))
        assert error_of(heard) == (404, "undefined_code")
        assert D in heard.body["errors"][0]["detail"]


def test_only_administrators_and_services_may_look(reader: Asker, service: Asker, admin: Asker) -> None:
    provider(admin, A)
    assert error_of(reader("GET /resource_providers"))[0] == 403
    assert error_of(reader(f"GET /resource_providers/{A}"))[0] == 403
    assert error_of(reader(f"GET /resource_providers/{D}"))[0] == 403
    assert service("GET /resource_providers").code == 200


def test_providers_form_trees(admin: Asker) -> None:
    provider(admin, A)
    provider(admin, B, parent=A)
    provider(admin, C, parent=B)
    provider(admin, D)
    assert admin(f"GET /resource_providers/{C}").body["root_provider_uuid"] == A
    assert names(admin, f"in_tree={C}") == ["host-a", "host-b", "host-c"]
    assert error_of(admin(f"DELETE /resource_providers/{B}")) == (409, "resource_provider.cannot_delete_parent")


def test_a_provider_may_move_with_all_below_it_but_not_below_itself(admin: Asker) -> None:
    provider(admin, A)
    provider(admin, B, parent=A)
    provider(admin, C, parent=B)
    provider(admin, D)
    body = {"name": "host-b", "parent_provider_uuid": C}
    assert error_of(admin(f"PUT /resource_providers/{B}", body))[0] == 400
    body["parent_provider_uuid"] = D
    assert error_of(admin.at("1.36")(f"PUT /resource_providers/{B}", body))[0] == 400
    assert admin(f"PUT /resource_providers/{B}", body).code == 200
    assert admin(f"GET /resource_providers/{C}").body["root_provider_uuid"] == D
    assert admin(f"PUT /resource_providers/{B}", {"name": "host-b", "parent_provider_uuid": None}).code == 200
    assert admin(f"GET /resource_providers/{C}").body["root_provider_uuid"] == B


def test_a_provider_is_struck_with_what_it_has_unless_that_is_held(admin: Asker) -> None:
    provider(admin, A, VCPU=4)
    assert hold(admin, C, of=A, VCPU=1).code == 204
    assert error_of(admin(f"DELETE /resource_providers/{A}")) == (409, "resource_provider.inuse")
    assert hold(admin, C, 1).code == 204
    assert admin(f"DELETE /resource_providers/{A}").code == 204
    assert names(admin, "") == []


def test_providers_are_found_by_what_is_asked_of_them(admin: Asker) -> None:
    provider(admin, A, VCPU=4, MEMORY_MB=512)
    provider(admin, B, VCPU=2)
    provider(admin, C)
    trait(admin, A, "STORAGE_DISK_SSD", "HW_CPU_X86_AVX")
    trait(admin, B, "STORAGE_DISK_SSD")
    aggregate(admin, A, D)
    aggregate(admin, B, D, C)
    assert names(admin, "name=host-b") == ["host-b"]
    assert names(admin, f"uuid={C}") == ["host-c"]
    assert names(admin, "resources=VCPU:2") == ["host-a", "host-b"]
    assert names(admin, "resources=VCPU:2,MEMORY_MB:512") == ["host-a"]
    assert names(admin, "required=STORAGE_DISK_SSD") == ["host-a", "host-b"]
    assert names(admin, "required=STORAGE_DISK_SSD,!HW_CPU_X86_AVX") == ["host-b"]
    assert names(admin, "required=in:HW_CPU_X86_AVX,HW_CPU_X86_SSE&required=STORAGE_DISK_SSD") == ["host-a"]
    assert names(admin, f"member_of={D}") == ["host-a", "host-b"]
    assert names(admin, f"member_of=in:{C},{D}&member_of=!{C}") == ["host-a"]
    assert hold(admin, D, of=A, VCPU=3).code == 204
    assert names(admin, "resources=VCPU:2") == ["host-b"]


REFUSED = [
    ("resources=VCPU", "1.39"),
    ("resources=VCPU:0", "1.39"),
    ("resources=NOTHING:1", "1.39"),
    ("resources=VCPU:99999999999", "1.39"),
    ("required=NO_SUCH_TRAIT", "1.39"),
    ("required=", "1.39"),
    ("required=STORAGE_DISK_SSD,!STORAGE_DISK_SSD", "1.39"),
    ("required=in:STORAGE_DISK_SSD", "1.38"),
    ("required=!STORAGE_DISK_SSD", "1.21"),
    ("required=STORAGE_DISK_SSD&required=STORAGE_DISK_HDD", "1.38"),
    ("required=STORAGE_DISK_SSD", "1.17"),
    (f"member_of={A}&member_of={B}", "1.23"),
    (f"member_of=!{A}", "1.31"),
    ("member_of=nonsense", "1.39"),
    ("in_tree=nonsense", "1.39"),
    ("uuid=nonsense", "1.39"),
    ("nonsense=1", "1.0"),
    ("name=%00", "1.39"),
]


def test_a_query_that_says_nothing_is_refused(admin: Asker) -> None:
    for query, version in REFUSED:
        assert admin.at(version)(f"GET /resource_providers?{query}").code == 400, query


FILTERS = [
    (f"member_of=in:{A},{D}", "1.3"),
    ("resources=VCPU:4", "1.4"),
    (f"in_tree={A}", "1.14"),
    ("required=STORAGE_DISK_SSD", "1.18"),
    ("required=!STORAGE_DISK_HDD&resources=VCPU:4", "1.22"),
    (f"member_of={D}&member_of={D}", "1.24"),
    (f"member_of=!{C}&resources=VCPU:1", "1.32"),
    ("required=in:STORAGE_DISK_SSD,STORAGE_DISK_HDD", "1.39"),
]


def test_filters_came_with_their_versions(admin: Asker) -> None:
    provider(admin, A, VCPU=4)
    trait(admin, A, "STORAGE_DISK_SSD")
    aggregate(admin, A, D)
    for query, since in FILTERS:
        assert names(admin.at(since), query) == ["host-a"], query
        before = f"1.{int(since.partition('.')[2]) - 1}"
        assert admin.at(before)(f"GET /resource_providers?{query}").code == 400, query


def test_a_provider_with_less_than_is_held_is_kept(admin: Asker) -> None:
    provider(admin, A, VCPU=4)
    hold(admin, C, of=A, VCPU=3)
    assert stock(admin, A, VCPU=2).code == 200
    assert admin(f"GET /resource_providers/{A}/usages").body["usages"] == {"VCPU": 3}
    assert names(admin, "resources=VCPU:1") == []
