"""Options of a role, project or domain: so far that it must not be changed or removed by mistake."""

from __future__ import annotations

from typing import Any

import msgspec

from pileus.kernel.errors import Forbidden
from pileus.kernel.resource import UNSET
from pileus.kernel.store import Row


class Options(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What may be set; null takes an option back."""

    immutable: bool | msgspec.UnsetType | None = UNSET


def merged(present: dict[str, Any], given: msgspec.Struct) -> dict[str, Any]:
    """Options after an update."""
    told = msgspec.structs.asdict(given)
    found = {**present, **{name: value for name, value in told.items() if value is not UNSET}}
    return {name: value for name, value in found.items() if value is not None}


def refuse_immutable(kind: str, row: Row, options: Options | msgspec.UnsetType = UNSET) -> None:
    """Refuse to change or remove what is immutable, unless the change takes just that back; raises Forbidden."""
    freed = isinstance(options, Options) and options.immutable in (None, False)
    if row["options"].get("immutable") and not freed:
        raise Forbidden(f"Cannot modify resource immutable {kind}: {row['id']}.")
