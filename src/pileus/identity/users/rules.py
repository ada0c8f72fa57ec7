"""Users: what may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pileus.identity.api import about, identity, linked
from pileus.identity.application_credentials.table import remove_credentials
from pileus.identity.auth.events import tell_ended
from pileus.identity.auth.lockout import forgive
from pileus.identity.auth.passwords import Passwords
from pileus.identity.domains.directories.directory import refuse_outside
from pileus.identity.listing import chosen, given_of, listed, of_own_domain
from pileus.identity.options import merged
from pileus.identity.projects.rules import listed_domain, new_in_domain
from pileus.identity.projects.table import domain_of_id, projects
from pileus.identity.revision import changed
from pileus.identity.settings import IdentitySettings
from pileus.identity.users.compliance import expiring, is_inactive, with_password
from pileus.identity.users.federated import keep_links, links_of, standing_for
from pileus.identity.users.passwords import keep_former
from pileus.identity.users.shape import User
from pileus.identity.users.table import claim_name, existing_user, make_user, users
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Invalid
from pileus.kernel.resource import UNSET
from pileus.kernel.routes import Pool
from pileus.kernel.store import Page, Row, Store, Tx
from pileus.kernel.versions import Version

# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def one_user(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The user a path names."""
    return {**about(user=existing_user(tx, path["user_id"])), "user_id": path["user_id"]}


def _new_user(tx: Tx, who: Caller, path: Mapping[str, str], asked: User) -> Mapping[str, Any]:
    return new_in_domain("user", who, asked)


def _with_password(body: bytes, at: Version) -> Pool:
    return "secrets" if b'"password"' in body else "writes"


def _hashed(store: Store, who: Caller, asked: User) -> str | None:
    """The hash of a new password, made before the transaction."""
    return store.part(Passwords).hashed(asked.password) if isinstance(asked.password, str) else None


def _told(tx: Tx, row: Row, links: Mapping[str, Any] | None = None) -> dict[str, Any]:
    comes = not is_inactive(tx.part(IdentitySettings), row, tx.now)
    found = linked(tx, "users", row, enabled=row["enabled"] and comes)
    if found["default_project_id"] is None:
        del found["default_project_id"]
    federated = (links_of(tx, [row["id"]]) if links is None else links).get(row["id"])
    if federated:
        found["federated"] = federated
    return found


def shown_users(tx: Tx, found: Page) -> Page:
    """A page of users as callers see them."""
    links = links_of(tx, [row["id"] for row in found.rows])
    return found._replace(rows=[_told(tx, row, links) for row in found.rows])


def _check_default_project(tx: Tx, asked: User) -> None:
    found = tx.find(projects, asked.default_project_id) if isinstance(asked.default_project_id, str) else None
    if found is not None and found["is_domain"]:
        raise Invalid("User's default project ID cannot be a domain ID.")


def _extras(asked: User, before: Mapping[str, Any]) -> dict[str, Any]:
    return {**before, **given_of(asked, "description"), **asked.extras}


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────


@identity.route("GET /users", User, "list", rule="identity:list_users", of=listed_domain)
def list_users(tx: Tx, who: Caller, target: Mapping[str, Any], asked: User) -> Page:
    """Users; a domain's caller sees its own only."""
    filters = [*chosen(users, asked, "domain_id", "name", "enabled"), *expiring(asked), *standing_for(asked)]
    return shown_users(tx, listed(tx, users, asked, *of_own_domain(who, users), *filters))


@identity.route(
    "POST /users",
    User,
    "create",
    rule="identity:create_user",
    of=_new_user,
    code=201,
    pool=_with_password,
    prepare=_hashed,
)
def create(tx: Tx, who: Caller, target: Mapping[str, Any], asked: User) -> Row:
    """A user; without a password it cannot log in by one."""
    domain_of_id(tx, target["place"])
    refuse_outside(tx, target["place"])
    _check_default_project(tx, asked)
    options = merged({}, asked.options) if asked.options is not UNSET else {}
    row = make_user(
        tx,
        domain_id=target["place"],
        name=asked.name,
        enabled=asked.enabled,
        **with_password(tx, options, asked.prepared, own=False),
        last_active_at=tx.now,
        default_project_id=None if asked.default_project_id is UNSET else asked.default_project_id,
        options=options,
        extras=_extras(asked, {}),
    )
    if asked.federated is not UNSET:
        keep_links(tx, who, row["id"], asked.federated)
    return _told(tx, row)


@identity.route("GET /users/{user_id}", User, "show", rule="identity:get_user", of=one_user)
def show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: User) -> Row:
    """One user."""
    return _told(tx, target["user"])


@identity.route(
    "PATCH /users/{user_id}",
    User,
    "update",
    rule="identity:update_user",
    of=one_user,
    pool=_with_password,
    prepare=_hashed,
)
def update(tx: Tx, who: Caller, target: Mapping[str, Any], asked: User) -> Row:
    """Rename, describe, enable or disable, or set a new password, which ends the user's tokens.

    Who is disabled loses its application credentials.
    """
    user = target["user"]
    refuse_outside(tx, user["domain_id"])
    if asked.domain_id not in (UNSET, user["domain_id"]):
        raise Invalid("Cannot change Domain ID.")
    _check_default_project(tx, asked)
    new = given_of(asked, "name enabled default_project_id")
    new["extras"] = _extras(asked, user["extras"])
    if asked.options is not UNSET:
        new["options"] = merged(user["options"], asked.options)
    if asked.password is not UNSET:
        new |= with_password(tx, new.get("options", user["options"]), asked.prepared, own=False)
        new["generation"] = user["generation"] + 1
        keep_former(tx, user)
    if asked.enabled is True:
        new["last_active_at"] = tx.now
        forgive(tx, user["id"])
    if asked.federated is not UNSET:
        keep_links(tx, who, user["id"], asked.federated)
    claim_name(tx, {**user, **new})
    if any(new.get(name, user[name]) != user[name] for name in ("name", "enabled", "generation")):
        changed(tx)
    is_disabled = user["enabled"] and new.get("enabled") is False
    if is_disabled:
        remove_credentials(tx, user["id"])
    if "generation" in new or is_disabled:
        tell_ended(tx, user_id=user["id"])
    return _told(tx, tx.change(users, user, **new))


@identity.route("DELETE /users/{user_id}", User, "delete", rule="identity:delete_user", of=one_user, code=204)
def delete(tx: Tx, who: Caller, target: Mapping[str, Any], asked: User) -> None:
    """Remove a user with its memberships, assignments and credentials; its tokens end."""
    refuse_outside(tx, target["user"]["domain_id"])
    tx.remove(users, target["user"])
    changed(tx)
    tell_ended(tx, user_id=target["user"]["id"])


@identity.route("DELETE /users/{user_id}/tokens", rule="identity:revoke_tokens_for_user", of=one_user, code=204)
def end_tokens(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    """End every token the user has."""
    tx.change(users, target["user"], generation=target["user"]["generation"] + 1)
    changed(tx)
    tell_ended(tx, user_id=target["user"]["id"])
