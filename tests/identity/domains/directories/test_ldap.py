"""What only LDAP has: its options, its failures; against a real slapd."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.identity.domains.directories.ldap import LdapDirectory
from pileus.kernel.errors import Unavailable
from tests.identity.domains.directories.slapd import PEOPLE, TEAMS, Slapd


def with_options(slapd: Slapd, **options: Any) -> LdapDirectory:
    return LdapDirectory("acme", {**slapd.options, **options})


def test_who_is_enabled_may_be_told_by_a_group(slapd: Slapd):
    slapd.put_person("a1", "ann", "ann's")
    slapd.put_person("b2", "bob", "bob's")
    slapd.put_team("enabled", ["a1"])
    options = {"user_enabled_emulation": True, "user_enabled_emulation_dn": f"cn=enabled,{TEAMS}"}
    assert {one.name: one.enabled for one in with_options(slapd, **options).people()} == {"ann": True, "bob": False}
    options["user_enabled_emulation_dn"] = f"cn=none,{TEAMS}"
    assert not any(one.enabled for one in with_options(slapd, **options).people())


def test_members_may_be_named_by_their_ids(slapd: Slapd):
    slapd.put_person("a1", "ann", "ann's")
    slapd.link.add(f"cn=posix,{TEAMS}", ["groupOfNames"], {"member": "cn=x", "description": "a1"})
    directory = with_options(slapd, group_member_attribute="description", group_members_are_ids=True)
    ann = directory.named("ann")
    assert ann is not None
    assert [one.local_id for one in directory.teams_of(ann)] == ["posix"]
    assert directory.teams()[0].members == {"a1"}


def test_more_people_than_a_page_are_all_told(slapd: Slapd):
    for number in range(7):
        slapd.put_person(f"p{number}", f"person {number}", "x")
    assert len(with_options(slapd, page_size=3).people()) == 7


def test_filters_and_scopes_bound_what_is_seen(slapd: Slapd):
    slapd.put_person("a1", "ann", "x")
    slapd.put_person("b2", "bob", "x", email="bob@acme.test")
    assert [one.name for one in with_options(slapd, user_filter="(mail=*)").people()] == ["bob"]
    assert with_options(slapd, user_tree_dn=PEOPLE.partition(",")[2]).people() == []
    whole = with_options(slapd, user_tree_dn=PEOPLE.partition(",")[2], query_scope="sub")
    assert len(whole.people()) == 2


@pytest.mark.parametrize(
    "options",
    [
        {"url": "ldap://127.0.0.1:9"},
        {"password": "wrong"},
        {"user_tree_dn": "ou=None,dc=acme,dc=test"},
        {"user_filter": "(nonsense"},
        {"use_tls": True},
        {"url": "nonsense://"},
    ],
)
def test_a_directory_that_does_not_answer_is_unavailable(slapd: Slapd, options: dict[str, Any]):
    slapd.put_person("a1", "ann", "x")
    directory = with_options(slapd, **options)
    if options.get("user_tree_dn"):
        assert directory.people() == []
        return
    with pytest.raises(Unavailable):
        directory.people()


def test_the_second_address_is_tried_where_the_first_is_dead(slapd: Slapd):
    slapd.put_person("a1", "ann", "x")
    assert len(with_options(slapd, url=f"ldap://127.0.0.1:9,{slapd.url}").people()) == 1
