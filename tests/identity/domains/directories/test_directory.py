"""What every directory does, the fake and the real one."""

from __future__ import annotations

import pytest

from pileus.identity.domains.directories.directory import Person
from tests.identity.domains.directories.conftest import Filled


@pytest.fixture
def two(filled: Filled) -> Filled:
    """A directory with two people, in different groups."""
    filled.put_person("a1", "Ann Ash", "ann's", email="ann@acme.test")
    filled.put_person("b2", "Bob (Ben) Birch*", "bob's", enabled=False)
    filled.put_team("staff", ["a1", "b2"], "who works here")
    filled.put_team("board", ["a1"])
    filled.put_team("empty", [])
    return filled


def told(person: Person | None) -> tuple[object, ...]:
    assert person is not None
    return person.local_id, person.name, person.enabled, dict(person.more)


def test_people_are_told_with_what_is_known_of_them(two: Filled):
    assert sorted(told(one) for one in two.directory.people()) == [
        ("a1", "Ann Ash", True, {"email": "ann@acme.test"}),
        ("b2", "Bob (Ben) Birch*", False, {}),
    ]


def test_groups_are_told_with_their_members(two: Filled):
    assert sorted((one.local_id, one.name, one.description, sorted(one.members)) for one in two.directory.teams()) == [
        ("board", "board", "", ["a1"]),
        ("empty", "empty", "", []),
        ("staff", "staff", "who works here", ["a1", "b2"]),
    ]


def test_somebody_is_found_by_name_and_by_id(two: Filled):
    for person in two.directory.people():
        assert told(two.directory.named(person.name)) == told(person)
        assert told(two.directory.known_as(person.local_id)) == told(person)


@pytest.mark.parametrize("name", ["", "*", "Ann*", "Ann Ash)(uid=*", "nobody", "\\", "\0", "é" * 300])
def test_no_name_finds_anybody_else(two: Filled, name: str):
    assert two.directory.named(name) is None
    assert two.directory.known_as(name) is None


def test_somebodys_groups_are_told(two: Filled):
    for name, teams in (("Ann Ash", ["board", "staff"]), ("Bob (Ben) Birch*", ["staff"])):
        person = two.directory.named(name)
        assert person is not None
        assert sorted(one.local_id for one in two.directory.teams_of(person)) == teams


def test_only_the_right_password_is_right(two: Filled):
    ann = two.directory.named("Ann Ash")
    assert two.directory.is_password(ann, "ann's")
    for wrong in ("", "bob's", "ann's ", "\0", "x" * 5000):
        assert not two.directory.is_password(ann, wrong)
    assert not two.directory.is_password(None, "ann's")


def test_what_was_removed_is_gone(two: Filled):
    two.take_person("b2")
    two.take_team("board")
    assert [one.local_id for one in two.directory.people()] == ["a1"]
    assert "board" not in {one.local_id for one in two.directory.teams()}
    assert two.directory.known_as("b2") is None
