"""The ways to say no: each a meaning with a status code, a sentence for the caller and one for the operator.

Rules raise meanings; how a refusal looks on the wire (envelope, and in places another code) is the service's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class Refusal(Exception):
    """A request that is not done, with its reason; never a programming mistake."""

    code: ClassVar[int] = 500

    def __init__(self, said: str, logged: str | None = None, *, extra: Mapping[str, Any] | None = None) -> None:
        """`said` is shown to the caller, `logged` to the operator (the same unless given), `extra` to the service."""
        super().__init__(said)
        self.said = said
        self.logged = said if logged is None else logged
        self.extra: dict[str, Any] = dict(extra or {})


class Invalid(Refusal):
    """What was asked cannot be understood or is not allowed by its own terms."""

    code = 400


class Unauthorized(Refusal):
    """Nobody we know asks."""

    code = 401


class Forbidden(Refusal):
    """We know who asks, and the policy says no."""

    code = 403


class OverQuota(Refusal):
    """It would exceed what the project may have."""

    code = 403


class Missing(Refusal):
    """There is no such thing, or none that the caller may know of."""

    code = 404


class BadMethod(Refusal):
    """The path exists, the verb does not; `extra["allow"]` names those that do."""

    code = 405


class Unacceptable(Refusal):
    """No form of answer that the caller accepts (a version, a media type)."""

    code = 406


class Conflict(Refusal):
    """It contradicts what is there."""

    code = 409


class NoCapacity(Refusal):
    """There is no room for it; the sentence says what would fit."""

    code = 409


class NotNow(Refusal):
    """The state or the running work of the thing forbids it for the moment."""

    code = 409


class Gone(Refusal):
    """It was there and will not come back."""

    code = 410


class Precondition(Refusal):
    """The caller's condition about the present state does not hold."""

    code = 412


class TooLarge(Refusal):
    """The body, or what it asks for, is larger than we take."""

    code = 413


class Unsupported(Refusal):
    """The body's media type is none that we read."""

    code = 415


class Unavailable(Refusal):
    """We cannot answer at present; asking again later may help."""

    code = 503


class Broken(Refusal):
    """A mistake of ours: logged whole, told without its inside."""

    code = 500

    def __init__(self) -> None:
        super().__init__("An unexpected error occurred while the request was handled.")
