"""Moments as callers of this API write them."""

from __future__ import annotations

from datetime import UTC, datetime

from pileus.kernel.errors import Invalid


def read_moment(text: str | None, name: str, now: datetime) -> datetime | None:
    """A moment that is still to come, in any of ISO 8601's forms; raises Invalid."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"Invalid input for field/attribute {name}. Value: {text}. It is not a moment.") from error
    if found.tzinfo is not None:
        found = found.astimezone(UTC).replace(tzinfo=None)
    if found <= now:
        raise Invalid(f"Invalid input for field/attribute {name}. Value: {text}. It is in the past.")
    return found
