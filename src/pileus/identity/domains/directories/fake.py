"""A directory in memory, for tests: people and groups as somebody has put them there."""

from __future__ import annotations

from dataclasses import dataclass, field

from pileus.identity.domains.directories.directory import Person, Team
from pileus.kernel.errors import Unavailable


@dataclass
class FakeDirectory:
    """People by local id, their passwords, groups by local id."""

    persons: dict[str, Person] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    groups: dict[str, Team] = field(default_factory=dict)
    is_down: bool = False

    def people(self) -> list[Person]:
        """Everybody."""
        self._reach()
        return list(self.persons.values())

    def teams(self) -> list[Team]:
        """Every group."""
        self._reach()
        return list(self.groups.values())

    def named(self, name: str) -> Person | None:
        """The person of that name."""
        self._reach()
        return next((one for one in self.persons.values() if one.name == name), None)

    def known_as(self, local_id: str) -> Person | None:
        """The person of that local id."""
        self._reach()
        return self.persons.get(local_id)

    def teams_of(self, person: Person) -> list[Team]:
        """The groups a person is in."""
        self._reach()
        return [team for team in self.groups.values() if person.local_id in team.members]

    def is_password(self, person: Person | None, password: str) -> bool:
        """Whether that is the person's password."""
        self._reach()
        return person is not None and bool(password) and self.passwords.get(person.local_id) == password

    def _reach(self) -> None:
        if self.is_down:
            raise Unavailable("The directory of the domain cannot be reached.")
