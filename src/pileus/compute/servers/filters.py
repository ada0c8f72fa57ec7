"""What the filters of a list of servers mean, who has them and since when; what a caller has not is ignored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, false, func, or_, true, type_coerce

from pileus import network
from pileus.compute.changes import HOSTNAMES_GIVEN, MORE_FILTERS, STATUSES_CHECKED
from pileus.compute.servers.shape import ServerQuery
from pileus.compute.servers.show import PROGRESSING, ROOT_DEVICE
from pileus.compute.servers.states import STATUSES
from pileus.compute.servers.table import servers
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.values import truth

ALL = "os_compute_api:servers:allow_all_filters"

Condition = ColumnElement[bool]
Given = Mapping[str, Any]
"""Filters by name, as far as the caller gave them and has them."""

_USUAL = frozenset(
    "changes_since changes_before flavor image ip ip6 name display_name not_tags not_tags_any reservation_id status"
    " tags tags_any locked".split()
)
_MORE = frozenset(
    "availability_zone config_drive key_name created_at launched_at terminated_at power_state task_state vm_state"
    " progress user_id".split()
)
"""Those that owners have as well since 2.83."""


def given_by(who: Caller, asked: ServerQuery) -> Given:
    """The filters that narrow this caller's list."""
    names = _USUAL | (_MORE if who.can(MORE_FILTERS) else set()) | ({"hostname"} if who.can(HOSTNAMES_GIVEN) else set())
    every = [one.name for one in ServerQuery.declared.fields]
    known = every if who.may(ALL) else [name for name in every if name in names]
    return {name: value for name in known if (value := getattr(asked, name)) is not UNSET}


def conditions(who: Caller, given: Given) -> list[Condition]:
    """What holds of the servers sought; raises Invalid, and Forbidden for what only administrators see."""
    found = [_equal(column, given[name]) for name, column in _EQUAL.items() if name in given]
    found += [matches(column, given[name]) for name, column in _LIKE.items() if name in given]
    found += [_at(column, given[name]) for name, column in _MOMENTS.items() if name in given]
    found += [means(given[name]) for name, means in _MEANT.items() if name in given]
    return found + _standing(who, given) + _times(given) + _tags(given)


_EQUAL = {
    "image": servers.c.image_id,
    "image_ref": servers.c.image_id,
    "flavor": servers.c.flavor_id,
    "uuid": servers.c.id,
    "user_id": servers.c.user_id,
    "host": servers.c.host_name,
    "vm_state": servers.c.vm_state,
    "task_state": servers.c.task_state,
}
_LIKE = {
    "name": servers.c.name,
    "display_name": servers.c.name,
    "hostname": servers.c.hostname,
    "description": servers.c.description,
    "display_description": servers.c.description,
    "node": servers.c.host_name,
    "key_name": servers.c.key_name,
    "reservation_id": servers.c.reservation_id,
    "availability_zone": servers.c.zone,
    "locked_by": servers.c.locked_by,
    "access_ip_v4": servers.c.access_ipv4,
    "access_ip_v6": servers.c.access_ipv6,
    "kernel_id": servers.c.kernel_id,
    "ramdisk_id": servers.c.ramdisk_id,
}
_MOMENTS = {
    "created_at": servers.c.created_at,
    "launched_at": servers.c.launched_at,
    "terminated_at": servers.c.deleted_at,
}


def _equal(column: Any, value: Any) -> Condition:
    found: Condition = column.in_(value) if isinstance(value, list) else column == value
    return found


def matches(column: Any, pattern: str) -> Condition:
    """A text by a regular expression, as the reference has it; plain text is looked for as it is."""
    if re.fullmatch(r"[\w .@:/-]*", pattern):
        found: Condition = column.contains(pattern, autoescape=True)
        return found
    matched: Condition = column.regexp_match(expression(pattern))
    return matched


REPEATS = 3
"""Places where an expression may repeat something; with many, or nested ones, matching takes forever."""


def expression(pattern: str) -> str:
    """A regular expression that is soon matched, as a caller writes it; raises Invalid."""
    repeats = re.findall(r"(?<!\\)[*+?{]", pattern)
    if len(pattern) > 255 or len(repeats) > REPEATS or re.search(r"\)[*+?{]", pattern):
        raise Invalid(f"'{pattern[:255]}' is too long or too intricate a regular expression.")
    try:
        re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise Invalid(f"'{pattern}' is not a regular expression.") from error
    return pattern


def moment(text: str) -> datetime:
    """An ISO 8601 moment as a caller writes it; raises Invalid."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"'{text}' is not a 'date-time'") from error
    return read if read.tzinfo is None else read.astimezone(UTC).replace(tzinfo=None)


def _at(column: Any, text: str) -> Condition:
    """Moments are shown in whole seconds, and so they are sought."""
    begun = moment(text).replace(microsecond=0)
    found: Condition = (column >= begun) & (column < begun + timedelta(seconds=1))
    return found


# ── filters that are not a column's value ────────────────────────────────────────────────────────────────


def _progress(text: str) -> Condition:
    """As it is shown: none or all of it, while the server's status has any."""
    launched = servers.c.launched_at
    is_so = {"0": launched.is_(None), "100": launched.is_not(None)}.get(expression(text))
    return false() if is_so is None else is_so & servers.c.status.in_(sorted(PROGRESSING))


def _config_drive(text: str) -> Condition:
    return servers.c.config_drive.is_(is_on(text))


def _disk_config(text: str) -> Condition:
    return servers.c.disk_config == text.upper()


def _launch_index(text: str) -> Condition:
    return cast(servers.c.launch_index, String) == text


def _power_state(text: str) -> Condition:
    return cast(servers.c.power_state, String) == text


def _root_device(text: str) -> Condition:
    return true() if re.search(expression(text), ROOT_DEVICE) else false()


def _locked(on: bool) -> Condition:
    return servers.c.locked_by.is_not(None) if on else servers.c.locked_by.is_(None)


_MEANT: dict[str, Callable[[Any], Condition]] = {
    "progress": _progress,
    "config_drive": _config_drive,
    "auto_disk_config": _disk_config,
    "launch_index": _launch_index,
    "power_state": _power_state,
    "root_device_name": _root_device,
    "locked": _locked,
    "ip": lambda pattern: servers.c.id.in_(network.servers_with_address(expression(pattern), 4)),
    "ip6": lambda pattern: servers.c.id.in_(network.servers_with_address(expression(pattern), 6)),
}


def is_on(text: str) -> bool:
    """A switch in a query: given without a value it is on; raises Invalid."""
    if text is UNSET:
        return False
    try:
        return text == "" or truth(text)
    except ValueError as error:
        raise Invalid(f"Invalid input for query parameter. Value: {text}. {error}") from error


def _standing(who: Caller, given: Given) -> list[Condition]:
    """Statuses, and whether servers that are no more are sought: all that changed since a moment, they too."""
    asked = [one.upper() for one in given.get("status", ())]
    known = [one for one in asked if one in STATUSES]
    if asked and not known and who.can(STATUSES_CHECKED):
        raise Invalid(f"Invalid filter status(es): {', '.join(asked)[:255]}")
    gone = known == ["DELETED"] or given.get("vm_state") == ["deleted"]
    if gone and not who.may(ALL):
        raise Forbidden("Only administrators may list deleted instances")
    found: list[Condition] = [servers.c.status.in_(known)] if asked else []
    if gone or _is_true(given.get("deleted", "")):
        return [*found, servers.c.deleted_at.is_not(None)]
    both = "deleted" not in given and given.keys() & {"changes_since", "changes_before"}
    return found if both else [*found, servers.c.deleted_at.is_(None)]


def _is_true(text: str) -> bool:
    """Anything else than a word for yes is a no here."""
    return text.strip().lower() in ("1", "t", "true", "on", "y", "yes")


def _times(given: Given) -> list[Condition]:
    changed = func.coalesce(servers.c.updated_at, servers.c.created_at)
    since = [changed >= moment(given["changes_since"])] if "changes_since" in given else []
    before = [changed <= moment(given["changes_before"])] if "changes_before" in given else []
    if since and before and moment(given["changes_since"]) > moment(given["changes_before"]):
        raise Invalid("The value of changes-since must be less than or equal to changes-before.")
    return [*since, *before]


def _tags(given: Given) -> list[Condition]:
    def has(tag: str) -> Condition:
        """`LIKE` would not tell `a` from `A` on both databases."""
        quoted = tag.replace("\\", "\\\\").replace('"', '\\"')
        text = type_coerce(servers.c.tags, String)
        return func.replace(text, f'"{quoted}"', "") != text

    tags = {name: given[name].split(",") for name in _TAGS if name in given}
    found = [has(tag) for tag in tags.get("tags", ())]
    found += [or_(*(has(tag) for tag in tags[name])) for name in ("tags_any",) if name in tags]
    found += [or_(*(~has(tag) for tag in tags[name])) for name in ("not_tags",) if name in tags]
    return found + [~has(tag) for tag in tags.get("not_tags_any", ())]


_TAGS = ("tags", "tags_any", "not_tags", "not_tags_any")
