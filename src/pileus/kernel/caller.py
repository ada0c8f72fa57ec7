"""Who asks: the person, the scope, the roles, the version, the request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pileus.kernel.versions import NONE, Capability, Version


class Rules(Protocol):
    """Rules by name, as `kernel/policy.py` compiles them."""

    def permits(self, rule: str, who: Caller, target: Mapping[str, Any]) -> bool:
        """Whether `who` may do `rule` to `target`."""

    def is_of_callers(self, rule: str) -> bool:
        """Whether a rule looks at the caller alone."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A request's maker, worked out once from its token and handed to every rule."""

    user_id: str = ""
    user_name: str = ""
    user_domain_id: str | None = None
    user_domain_name: str | None = None
    project_id: str | None = None
    project_name: str | None = None
    project_domain_id: str | None = None
    project_domain_name: str | None = None
    domain_id: str | None = None
    domain_name: str | None = None
    system: bool = False
    roles: frozenset[str] = frozenset()
    """Names, lower case."""
    service_roles: frozenset[str] = frozenset()
    """Roles of the service token that came beside the user's."""
    at: Version = NONE
    request_id: str = ""
    address: str = ""
    media: str = ""
    """The body's media type, as the request says it."""
    token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    issued_at: datetime | None = None
    more: Any = None
    """What the identity service keeps with a token (methods, audit ids, trust …)."""
    bounds: Callable[[Sequence[str], str, str], bool] | None = field(default=None, repr=False)
    """Which requests, by service types, method and path, the token is good for; None is all."""
    policy: Rules | None = field(default=None, repr=False)
    """The rules of the service that is asked."""

    @property
    def is_admin(self) -> bool:
        """Whether the caller has the admin role in its scope."""
        return "admin" in self.roles

    def may(self, rule: str, target: Mapping[str, Any] | None = None) -> bool:
        """Whether a rule of the asked service permits this; without a target, on the caller's own."""
        return self.policy is not None and self.policy.permits(rule, self, self.own if target is None else target)

    def answers(self, rules: Iterable[str]) -> dict[str, bool]:
        """What holds of those among the rules that are the same for every target."""
        policy = self.policy
        return {} if policy is None else {rule: self.may(rule, {}) for rule in rules if policy.is_of_callers(rule)}

    @property
    def own(self) -> dict[str, Any]:
        """The target of a row that does not exist yet: it would belong to the caller."""
        return {"project_id": self.project_id, "tenant_id": self.project_id, "user_id": self.user_id}

    def can(self, capability: Capability) -> bool:
        """Whether the version the caller speaks has a named behaviour."""
        return capability.holds(self.at)


NOBODY = Caller()
