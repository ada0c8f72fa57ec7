"""From entries of LDAP to people and groups: which attributes hold what, and who is enabled; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pileus.identity.domains.directories.directory import Options, Person, Team
from pileus.identity.domains.options import DEFAULTS


@dataclass(frozen=True)
class Entry:
    """One entry: its place, and its attributes by lower-case name."""

    place: str
    attributes: Mapping[str, list[str]]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """An entry as the library tells it; what is no text is left out."""
        raw = told.get("raw_attributes", {})
        return cls(told["dn"], {name.lower(): [_text(one) for one in values] for name, values in raw.items()})

    def all(self, name: str) -> list[str]:
        """All values of an attribute."""
        return self.attributes.get(name.lower(), [])

    def first(self, name: str | None) -> str | None:
        """The first value of an attribute, if there is one."""
        values = self.all(name) if name else []
        return values[0] if values else None


@dataclass(frozen=True)
class Layout:
    """What is where in a directory, by a domain's options."""

    options: dict[str, Any]

    @classmethod
    def of(cls, options: Options) -> Self:
        """A layout by the options that are set; the others have their defaults."""
        return cls({**DEFAULTS["ldap"], **options})

    def tree(self, kind: str) -> str:
        """Where users or groups are."""
        usual = {"user": "ou=Users", "group": "ou=UserGroups"}[kind]
        return str(self.options[f"{kind}_tree_dn"] or f"{usual},{self.options['suffix']}")

    @property
    def emulation_place(self) -> str:
        """The group that names who is enabled, where an attribute does not."""
        return str(self.options["user_enabled_emulation_dn"] or f"cn=enabled_users,{self.tree('user')}")

    def attributes(self, kind: str) -> list[str]:
        """The attributes that are asked for."""
        names = {
            "user": ("user_id", "user_name", "user_mail", "user_description", "user_enabled"),
            "group": ("group_id", "group_name", "group_desc", "group_member"),
        }[kind]
        asked = [self.options[f"{name}_attribute"] for name in names]
        return [name for name in [*asked, *(self._additional(kind))] if name]

    def person(self, entry: Entry, enabled_places: frozenset[str] | None) -> Person:
        """An entry as a person; where places are given, those are enabled."""
        if enabled_places is not None:
            enabled = entry.place.lower() in enabled_places
        else:
            enabled = self.is_enabled(entry.first(self.options["user_enabled_attribute"]))
        told = {
            "email": entry.first(self.options["user_mail_attribute"]),
            "description": entry.first(self.options["user_description_attribute"]),
            **{field: entry.first(name) for name, field in self._additional("user").items()},
        }
        ignored = self.options["user_attribute_ignore"] or ()
        more = {name: value for name, value in told.items() if value is not None and name not in ignored}
        name = entry.first(self.options["user_name_attribute"]) or ""
        return Person(entry.first(self.options["user_id_attribute"]) or "", name, enabled, more, entry.place)

    def team(self, entry: Entry, local_ids: Mapping[str, str] | None) -> Team:
        """An entry as a group; `local_ids` are people's by place, None where members are named by their local ids."""
        values = entry.all(self.options["group_member_attribute"])
        known = values if local_ids is None else [local_ids.get(value.lower()) for value in values]
        return Team(
            entry.first(self.options["group_id_attribute"]) or "",
            entry.first(self.options["group_name_attribute"]) or "",
            entry.first(self.options["group_desc_attribute"]) or "",
            frozenset(one for one in known if one),
        )

    def is_enabled(self, value: str | None) -> bool:
        """What the attribute that tells who is enabled says: a word, or with a mask a bit that disables."""
        told = str(self.options["user_enabled_default"]) if value is None else value
        mask = int(self.options["user_enabled_mask"] or 0)
        if mask:
            return not (int(told) if told.lstrip("-").isdigit() else 0) & mask
        said = told.strip().lower() in ("true", "1", "yes", "on", "enabled")
        return said != bool(self.options["user_enabled_invert"])

    def _additional(self, kind: str) -> dict[str, str]:
        """Further attributes and the fields they are shown as: `["telephoneNumber:phone"]`."""
        told = self.options[f"{kind}_additional_attribute_mapping"] or ()
        pairs = (one.partition(":") for one in told if isinstance(one, str))
        return {name: field for name, _, field in pairs if name and field}


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value
