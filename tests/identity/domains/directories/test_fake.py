"""The fake fails as the real one does."""

from __future__ import annotations

import pytest

from pileus.identity.domains.directories.directory import Person
from pileus.identity.domains.directories.fake import FakeDirectory
from pileus.kernel.errors import Unavailable


def test_a_fake_that_is_down_answers_nothing():
    fake = FakeDirectory(is_down=True)
    ann = Person("1", "ann")
    for ask in (
        fake.people,
        fake.teams,
        lambda: fake.named("ann"),
        lambda: fake.known_as("1"),
        lambda: fake.teams_of(ann),
        lambda: fake.is_password(ann, "x"),
    ):
        with pytest.raises(Unavailable):
            ask()
