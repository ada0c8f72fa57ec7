"""Entries of LDAP as people and groups."""

from __future__ import annotations

from typing import Any

import pytest

from pileus.identity.domains.directories.entries import Entry, Layout


def entry(place: str = "uid=a,ou=x", **attributes: str | list[str]) -> Entry:
    raw = {
        name: [one.encode() for one in ([told] if isinstance(told, str) else told)] for name, told in attributes.items()
    }
    return Entry.of({"dn": place, "raw_attributes": raw})


@pytest.mark.parametrize(
    ("value", "options", "enabled"),
    [
        ("TRUE", {}, True),
        ("false", {}, False),
        (None, {}, True),
        (None, {"user_enabled_default": "False"}, False),
        ("TRUE", {"user_enabled_invert": True}, False),
        ("512", {"user_enabled_mask": 2}, True),
        ("514", {"user_enabled_mask": 2}, False),
        (None, {"user_enabled_mask": 2, "user_enabled_default": "512"}, True),
        ("nonsense", {"user_enabled_mask": 2}, True),
    ],
)
def test_who_is_enabled_is_told_by_a_word_or_by_a_bit(value: str | None, options: dict[str, Any], enabled: bool):
    assert Layout.of(options).is_enabled(value) == enabled


def test_attributes_are_found_whatever_their_case_and_bytes_are_text():
    found = entry(CN=["ann", "anna"], mail=[])
    assert (found.first("cn"), found.all("Cn"), found.first("mail"), found.first(None)) == (
        "ann",
        ["ann", "anna"],
        None,
        None,
    )
    assert Entry.of({"dn": "x", "raw_attributes": {"cn": [b"\xff"]}}).first("cn") == "\ufffd"


def test_further_attributes_are_shown_and_some_ignored():
    options = {"user_additional_attribute_mapping": ["telephoneNumber:phone"], "user_attribute_ignore": ["email"]}
    found = Layout.of(options).person(entry(cn="1", sn="ann", mail="x", telephonenumber="5"), None)
    assert (found.local_id, found.name, dict(found.more)) == ("1", "ann", {"phone": "5"})
    assert "telephoneNumber" in Layout.of(options).attributes("user")


def test_trees_have_their_usual_places():
    layout = Layout.of({"suffix": "dc=x"})
    assert (layout.tree("user"), layout.tree("group")) == ("ou=Users,dc=x", "ou=UserGroups,dc=x")
    assert layout.emulation_place == "cn=enabled_users,ou=Users,dc=x"
