"""What a token is worth at this moment: its user, scope, roles, and what bounds them.

One read tells it of a plain token; one that is bound to a credential or a trust takes a few more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Table, bindparam

from pileus.identity.application_credentials.table import allows, application_credentials, rules_of
from pileus.identity.application_credentials.table import role_ids_of as roles_of_credential
from pileus.identity.assignments.table import named_roles, roles_of
from pileus.identity.auth.proof import REFUSED
from pileus.identity.auth.standing import Standing, revocations, standing
from pileus.identity.auth.tokens import Token
from pileus.identity.federation.standing import stands
from pileus.identity.oauth.table import access_tokens
from pileus.identity.settings import IdentitySettings
from pileus.identity.trusts.table import role_ids_of as roles_of_trust
from pileus.identity.trusts.table import trusts
from pileus.identity.users.table import user_of_id
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Unauthorized
from pileus.kernel.store import Row, Tx

_FORGET = revocations.delete().where(revocations.c.until < bindparam("before"))


@dataclass(frozen=True)
class Session:
    """A token and all that was worked out from it."""

    token: Token
    revision: int
    """Of identity, when that was done."""
    user: Row
    """With its domain's name."""
    place: Row | None
    """The project's or domain's row."""
    domain: Row | None
    """The project's domain's row."""
    roles: Sequence[Row]
    credential: Row | None
    """The application credential."""
    access_rules: Sequence[Row]
    """The only requests it may make; none is any."""
    trust: Row | None
    access_token: Row | None
    """Of OAuth 1."""
    lent_until: datetime | None = None
    """When the first membership of a group ends that its user has for a while."""

    def caller(self) -> Caller:
        """The session as every service sees it."""
        of_project = self.token.scope == "project"
        of_domain = self.token.scope == "domain"
        return Caller(
            user_id=self.user["id"],
            user_name=self.user["name"],
            user_domain_id=self.user["domain_id"],
            user_domain_name=self.user["domain_name"],
            project_id=self.place["id"] if self.place and of_project else None,
            project_name=self.place["name"] if self.place and of_project else None,
            project_domain_id=self.domain["id"] if self.domain else None,
            project_domain_name=self.domain["name"] if self.domain else None,
            domain_id=self.place["id"] if self.place and of_domain else None,
            domain_name=self.place["name"] if self.place and of_domain else None,
            system=self.token.scope == "system",
            roles=frozenset(role["name"].lower() for role in self.roles),
            expires_at=self.token.expires_at,
            issued_at=self.token.issued_at,
            bounds=partial(allows, self.access_rules) if self.access_rules else None,
            more=self,
        )


def session(tx: Tx, token: Token) -> Session:
    """Work a token out; raises Unauthorized where it, or what it stands on, is no longer good."""
    found = _good(token, standing(tx, token))
    if token.federation is not None and not stands(tx, *token.federation):
        raise Unauthorized(REFUSED, f"identity provider {token.federation} is gone or disabled")
    place, roles = found.place, found.roles
    credential = _bound(tx, application_credentials, token.credential_id)
    trust = _bound(tx, trusts, token.trust_id)
    access_token = _bound(tx, access_tokens, token.access_token_id)
    if trust is not None:
        given = entrusted(tx, trust, token.scope, place)
        if given is None:
            raise Unauthorized(REFUSED, f"trust {trust['id']} hands on what its trustor does not have")
        roles = given
    if credential is not None:
        roles = _among(tx, roles, roles_of_credential(tx, credential["id"]))
    if access_token is not None:
        roles = _among(tx, roles, access_token["role_ids"])
    if token.scope and not roles:
        raise Unauthorized(REFUSED, f"user {token.user_id} has no role in {token.scope} {token.scope_id}")
    rules = rules_of(tx, credential["id"]) if credential else ()
    domain = found.domain if token.scope == "project" else None
    return Session(
        token=token,
        revision=found.revision,
        user=found.user,
        place=place,
        domain=domain,
        roles=roles,
        credential=credential,
        access_rules=rules,
        trust=trust,
        access_token=access_token,
        lent_until=found.lent_until,
    )


def _among(tx: Tx, roles: Sequence[Row], role_ids: list[str]) -> list[Row]:
    """Those roles that were handed on, or are implied by one that was."""
    allowed = {role["id"] for role in named_roles(tx, role_ids)}
    return [role for role in roles if role["id"] in allowed]


def end_session(tx: Tx, token: Token) -> None:
    """Let a token be good no longer."""
    tx.run(_FORGET, before=tx.now)
    if tx.find(revocations, token.audit_ids[0]) is None:
        tx.insert(revocations, audit_id=token.audit_ids[0], until=_last_use(tx, token))


def _last_use(tx: Tx, token: Token) -> datetime:
    """Services that vouch for a request may use a token a while after its end."""
    return token.expires_at + timedelta(seconds=tx.part(IdentitySettings).allow_expired_seconds)


def _good(token: Token, found: Standing | None) -> Standing:
    """What the token stands on; raises Unauthorized where something of it is gone, disabled or was ended."""
    user = found.user if found else None
    if not user or user["generation"] != token.generation or not (user["enabled"] and user["domain_enabled"]):
        raise Unauthorized(REFUSED, f"user {token.user_id} is gone, disabled, or has ended its tokens")
    if found is None or found.is_revoked:
        raise Unauthorized(REFUSED, "the token was revoked")
    wanted = {"project": (found.place, found.domain), "domain": (found.place,)}.get(token.scope, ())
    if not all(row is not None and row["enabled"] for row in wanted):
        raise Unauthorized(REFUSED, f"{token.scope} {token.scope_id} is gone or disabled")
    return found


def _bound(tx: Tx, table: Table, key: str | None) -> Row | None:
    """The credential or trust a token was made with; raises Unauthorized where it is gone or has expired."""
    if key is None:
        return None
    row = tx.find(table, key)
    if row is None or (row["expires_at"] is not None and row["expires_at"] <= tx.now):
        raise Unauthorized(REFUSED, f"{table.info['kind']} {key} is gone or has expired")
    return row


def entrusted(tx: Tx, trust: Row, scope: str, place: Row | None) -> list[Row] | None:
    """The roles a trust hands on; None where the trustor has lost one, or one of the two cannot act itself."""
    given = named_roles(tx, roles_of_trust(tx, trust["id"]))
    held = {role["id"] for role in roles_of(tx, trust["trustor_user_id"], scope, place)}
    parties = [user_of_id(tx, trust[name]) for name in ("trustor_user_id", "trustee_user_id")]
    able = all(one is not None and one["enabled"] and one["domain_enabled"] for one in parties)
    return given if able and all(role["id"] in held for role in given) else None
