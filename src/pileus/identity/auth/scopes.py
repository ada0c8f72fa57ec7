"""What a new token is to be good for: a project, a domain, the system, a trust, or nothing yet."""

from __future__ import annotations

from typing import NamedTuple

from pileus.identity.assignments.table import roles_of
from pileus.identity.auth.methods import Proof
from pileus.identity.auth.proof import REFUSED
from pileus.identity.auth.sessions import entrusted
from pileus.identity.auth.shape import DomainName, ProjectName, Scope, TrustName
from pileus.identity.projects.table import project_of_name, projects
from pileus.identity.trusts.table import has_ended, speaker_of, trusts
from pileus.identity.users.table import existing_user
from pileus.kernel.errors import Forbidden, Invalid, Unauthorized
from pileus.kernel.store import Row, Tx


class Chosen(NamedTuple):
    """A scope, and the user the token will speak for."""

    scope: str
    scope_id: str
    user_id: str
    trust: Row | None = None


def choose(tx: Tx, proof: Proof, asked: Scope | str | None) -> Chosen:
    """The scope of a new token; raises Invalid, Unauthorized, Forbidden."""
    bond = proof.credential or proof.access_token
    if bond is not None:
        return _of_bond(tx, proof, bond, asked)
    former = proof.former
    if former is not None and (former.trust_id or former.credential_id or former.access_token_id):
        raise Forbidden("A token that was made with a trust, a credential or an access token cannot be exchanged.")
    if isinstance(asked, str):
        return Chosen("", "", proof.user_id)
    if asked is None:
        return _default(tx, proof)
    named = [one for one in (asked.project, asked.domain, asked.system, asked.trust) if one is not None]
    if len(named) != 1:
        raise Invalid("A scope is one of project, domain, system and OS-TRUST:trust.")
    if asked.project is not None:
        return Chosen("project", _project(tx, asked.project)["id"], proof.user_id)
    if asked.domain is not None:
        return Chosen("domain", _domain(tx, asked.domain)["id"], proof.user_id)
    if asked.trust is not None:
        return _of_trust(tx, proof, asked.trust)
    return _of_system(asked, proof)


def _default(tx: Tx, proof: Proof) -> Chosen:
    """Where no scope is asked for: the user's default project if it may act there, else none."""
    if proof.former is not None:
        return Chosen("", "", proof.user_id)
    project_id = existing_user(tx, proof.user_id)["default_project_id"]
    place = tx.find(projects, project_id) if project_id else None
    if place is None or place["is_domain"] or not place["enabled"] or not _domain_of(tx, place)["enabled"]:
        return Chosen("", "", proof.user_id)
    if not roles_of(tx, proof.user_id, "project", place):
        return Chosen("", "", proof.user_id)
    return Chosen("project", place["id"], proof.user_id)


def _of_system(asked: Scope, proof: Proof) -> Chosen:
    if asked.system is None or not asked.system.all:
        raise Invalid("The scope system takes nothing but all.")
    return Chosen("system", "all", proof.user_id)


def _of_bond(tx: Tx, proof: Proof, bond: Row, asked: Scope | str | None) -> Chosen:
    """An application credential or access token is for its project only; raises Unauthorized for another."""
    chosen = Chosen("project", bond["project_id"], proof.user_id)
    if asked is None:
        return chosen
    wanted = _project(tx, asked.project)["id"] if isinstance(asked, Scope) and asked.project else None
    if wanted != chosen.scope_id:
        raise Unauthorized(REFUSED, "a credential or access token was used for another scope than its own")
    return chosen


def _of_trust(tx: Tx, proof: Proof, name: TrustName) -> Chosen:
    """The trust's project, as the trustor where the trust says so.

    Raises Unauthorized for a trust that is no more, Forbidden for all but the trustee, and where the trustor itself
    could no longer act as the trust says.
    """
    trust = tx.find(trusts, name.id)
    if trust is None or has_ended(trust, tx.now):
        raise Unauthorized(REFUSED, f"trust {name.id} is gone or has expired")
    if trust["trustee_user_id"] != proof.user_id:
        raise Forbidden("You are not the trustee of this trust.", f"trust {name.id}")
    scope, scope_id = "project" if trust["project_id"] else "", trust["project_id"] or ""
    if entrusted(tx, trust, scope, tx.find(projects, scope_id) if scope_id else None) is None:
        raise Forbidden("The trustor is disabled, or has no longer the roles of this trust.", f"trust {name.id}")
    return Chosen(scope, scope_id, speaker_of(trust), trust)


def _project(tx: Tx, name: ProjectName) -> Row:
    if name.id is not None:
        found = tx.find(projects, name.id)
    elif name.name is None or name.domain is None:
        raise Invalid("Expecting to find a project's id, or its name and domain, in scope.")
    else:
        found = project_of_name(tx, _domain(tx, name.domain)["id"], name.name)
    if found is None:
        raise Unauthorized(REFUSED, f"no project {name.id or name.name}")
    return found


def _domain(tx: Tx, name: DomainName) -> Row:
    if name.id is None and name.name is None:
        raise Invalid("Expecting to find a domain's id or name.")
    found = tx.find(projects, name.id) if name.id is not None else project_of_name(tx, None, str(name.name))
    if found is None or not found["is_domain"]:
        raise Unauthorized(REFUSED, f"no domain {name.id or name.name}")
    return found


def _domain_of(tx: Tx, place: Row) -> Row:
    return tx.find(projects, place["domain_id"]) or {"enabled": False}
