"""Tokens over the wire: issued, validated, revoked; and what their owner may ask about itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pileus.identity.api import about, address, identity
from pileus.identity.assignments.reach import domains_reached, is_reached
from pileus.identity.assignments.table import roles_of
from pileus.identity.auth.callers import Known, good_token
from pileus.identity.auth.documents import document
from pileus.identity.auth.events import tell_ended
from pileus.identity.auth.issue import SUBJECT, VARY, issued
from pileus.identity.auth.methods import Proof, prove
from pileus.identity.auth.receipts import with_receipt
from pileus.identity.auth.sessions import end_session
from pileus.identity.auth.shape import Authentication, Scope, SignedClaim
from pileus.identity.catalog.catalogue import catalogue
from pileus.identity.domains.domains import Domain, shown_domains
from pileus.identity.projects.rules import shown_projects
from pileus.identity.projects.shape import Project
from pileus.identity.projects.table import projects
from pileus.identity.revision import changed
from pileus.identity.settings import IdentitySettings
from pileus.identity.trusts.table import is_counted, use_trust
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Missing
from pileus.kernel.resource import UNSET
from pileus.kernel.routes import Answer, Pool
from pileus.kernel.store import Page, Store, Tx
from pileus.kernel.versions import Version

JSON = ("content-type", "application/json")

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


_SLOW = (b"password", b"application_credential", b"totp", b"oauth1")
"""Methods that take a while, or write."""


def _with_secret(body: bytes, at: Version) -> Pool:
    return "secrets" if any(b'"%s"' % name in body for name in _SLOW) else "reads"


def _prove(store: Store, who: Caller, asked: Authentication) -> Proof:
    asked.identity.oauth1 = SignedClaim(asked.authorization, asked.host)
    proof = prove(store, asked.identity)
    if asked.receipt:
        proof = with_receipt(store, asked.receipt, proof)
    if isinstance(asked.scope, Scope) and asked.scope.trust and store.look(is_counted, asked.scope.trust.id):
        store.write(_use_trust, proof, asked.scope.trust.id, asked.scope)
    return proof


def _use_trust(tx: Tx, proof: Proof, trust_id: str, scope: Scope) -> None:
    """Count one use of a trust, if there will be a token for it; raises what that raises."""
    if issued(tx, proof, scope, with_catalogue=False).code is None:
        use_trust(tx, trust_id)


def _knows_rules(told: str) -> bool:
    """Whether a service that asks about a token says that it will mind access rules (their version is 1.0)."""
    return told.replace(".", "", 1).isdecimal() and float(told) >= 1


def subject_of(tx: Tx, who: Caller, path: Mapping[str, str], asked: Authentication) -> Mapping[str, Any]:
    """The token that is asked about; raises Missing where it is none, or no longer good."""
    late = tx.part(IdentitySettings).allow_expired_seconds if asked.allow_expired not in (UNSET, "0") else 0
    known = good_token(tx, asked.subject, late)
    if asked.knows_rules is not UNSET and known.session.access_rules and not _knows_rules(asked.knows_rules):
        raise Missing("Could not find token.", "it is bound to access rules, which the asking service does not know")
    return about(token={"user_id": known.session.token.user_id}) | {"known": known}


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route(
    "POST /auth/tokens",
    Authentication,
    "issue",
    public=True,
    code=201,
    also=(401,),
    pool=_with_secret,
    prepare=_prove,
    writes=False,
)
def issue(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Authentication) -> Answer:
    """A token for who has proved to be somebody, in the scope it asks for."""
    return issued(tx, asked.prepared, asked.scope, with_catalogue=asked.nocatalog is UNSET)


@identity.route(
    "GET /auth/tokens", Authentication, "validate", rule="identity:validate_token", of=subject_of, quiet=False
)
def validate(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Authentication) -> Answer:
    """What a token is worth; what was answered once is answered again as long as nothing changes."""
    known: Known = target["known"]
    headers = [JSON, VARY, (SUBJECT, asked.subject)]
    if asked.nocatalog is not UNSET:
        return Answer(msgspec.json.encode(document(tx, known.session, with_catalogue=False)), headers, raw=True)
    if known.document is None:
        known.document = msgspec.json.encode(document(tx, known.session))
    return Answer(known.document, headers, raw=True)


@identity.route(
    "HEAD /auth/tokens", Authentication, "validate", rule="identity:check_token", of=subject_of, quiet=False
)
def check(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Authentication) -> Answer:
    """Whether a token is good."""
    return Answer(headers=[VARY, (SUBJECT, asked.subject)])


@identity.route(
    "DELETE /auth/tokens", Authentication, "revoke", rule="identity:revoke_token", of=subject_of, quiet=False, code=204
)
def revoke(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Authentication) -> None:
    """End a token, for every process at once."""
    token = target["known"].session.token
    end_session(tx, token)
    changed(tx)
    tell_ended(tx, audit_id=token.audit_ids[0])


@identity.route("GET /auth/catalog", rule="identity:get_auth_catalog")
def show_catalogue(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Answer:
    """The catalogue for the caller's scope."""
    found = catalogue(tx, user_id=who.user_id, project_id=who.project_id)
    return Answer({"catalog": found, "links": {"self": address(tx, "auth", "catalog")}}, raw=True)


@identity.route("GET /OS-FEDERATION/projects", Project, "list", rule="identity:get_auth_projects")
@identity.route("GET /auth/projects", Project, "list", rule="identity:get_auth_projects")
def list_projects(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Project) -> Page:
    """The projects the caller could have a token for."""
    return shown_projects(tx, asked, is_reached(tx, who.user_id), projects.c.enabled.is_(True))


@identity.route("GET /OS-FEDERATION/domains", Domain, "list", rule="identity:get_auth_domains")
@identity.route("GET /auth/domains", Domain, "list", rule="identity:get_auth_domains")
def list_domains(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Domain) -> Page:
    """The domains the caller could have a token for."""
    return shown_domains(tx, asked, domains_reached(tx, who.user_id), projects.c.enabled.is_(True))


@identity.route("GET /auth/system", rule="identity:get_auth_system")
def list_systems(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Answer:
    """Whether the caller could have a token for the system."""
    found = [{"all": True}] if roles_of(tx, who.user_id, "system", None) else []
    return Answer({"system": found, "links": {"self": address(tx, "auth", "system")}}, raw=True)
