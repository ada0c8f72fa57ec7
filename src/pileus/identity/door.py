"""Identity: who people are and what they may do where, as the Identity API (Keystone v3) speaks of them.

The other services ask here who a caller is (`authenticate`), whether a project or user exists, and put what
the cloud begins with into the database (`seed`).
"""

from __future__ import annotations

from pathlib import Path

from pileus.identity import groups
from pileus.identity.api import DEFAULT_DOMAIN, identity
from pileus.identity.application_credentials import access
from pileus.identity.application_credentials import rules as application_credentials
from pileus.identity.assignments import grants, listing, reach
from pileus.identity.auth import events, routes
from pileus.identity.auth.callers import Callers, authenticate
from pileus.identity.auth.endings import ENDINGS
from pileus.identity.auth.keys import CredentialKeys, TokenKeys, rotate
from pileus.identity.auth.passwords import Passwords
from pileus.identity.catalog import associations, endpoints, filters, policies, regions, services
from pileus.identity.catalog import groups as endpoint_groups
from pileus.identity.credentials import credentials, ec2, signed
from pileus.identity.credentials.rotation import Sealed, rotate_stored
from pileus.identity.domains import configs as domain_configs
from pileus.identity.domains import domains
from pileus.identity.domains.configs import CHANGED as DOMAIN_CONFIGS
from pileus.identity.domains.directories.directory import Directories, Directory, Options
from pileus.identity.domains.directories.mirror import MIRROR
from pileus.identity.federation import arrival, mappings, protocols, providers, service_providers, websso
from pileus.identity.federation.openid import OpenIds
from pileus.identity.limits import limits, model, registered
from pileus.identity.limits.model import effective_limits, tree_limits
from pileus.identity.oauth import access_tokens, client_credentials, consumers, request_tokens
from pileus.identity.projects import rules as projects
from pileus.identity.projects import tags, tree
from pileus.identity.projects.table import projects as project_table
from pileus.identity.roles import implied, roles
from pileus.identity.seeding import Offer, Person, Seed, seed, settle
from pileus.identity.settings import IdentitySettings
from pileus.identity.trusts import rules as trusts
from pileus.identity.users import passwords
from pileus.identity.users import rules as users
from pileus.identity.users.table import users as user_table
from pileus.kernel.store import Row, Store, Tx

__all__ = [
    "DEFAULT_DOMAIN",
    "DOMAIN_CONFIGS",
    "ENDINGS",
    "MIRROR",
    "IdentitySettings",
    "Offer",
    "Person",
    "Seed",
    "authenticate",
    "endpoint",
    "identity",
    "limit",
    "limits_of",
    "parts",
    "project",
    "rotate_credential_keys",
    "rotate_token_keys",
    "seed",
    "settle",
    "tree_limits",
    "user",
]

ROOMS = (
    *(
        access,
        application_credentials,
        associations,
        consumers,
        credentials,
        domain_configs,
        domains,
        ec2,
        endpoint_groups,
    ),
    *(endpoints, events, filters, grants, groups, implied, limits, listing, model, passwords, policies, projects),
    *(access_tokens, client_credentials, request_tokens),
    *(arrival, mappings, protocols, providers, service_providers, websso),
    *(reach, regions, registered, roles, routes, services, signed, tags, tree, trusts, users),
)
"""The modules whose routes are this service's."""


def parts(settings: IdentitySettings, directory: Path) -> list[object]:
    """What identity needs among the cloud's parts; its keys are in `directory`, made there where there are none."""
    token_keys, credential_keys = TokenKeys(directory / "tokens"), CredentialKeys(directory / "credentials")
    return [
        settings,
        Passwords(settings),
        token_keys,
        credential_keys,
        Callers(),
        OpenIds(settings),
        Directories({"ldap": _ldap}),
    ]


def _ldap(domain_id: str, options: Options) -> Directory:
    """Imported when a domain has such a directory: the library is large."""
    from pileus.identity.domains.directories.ldap import LdapDirectory

    return LdapDirectory(domain_id, options)


def endpoint(tx: Tx, service_type: str, region: str, interface: str) -> str | None:
    """Where the catalogue says that a service is; None where it says nothing."""
    return endpoints.url_of(tx, service_type, region, interface)


def rotate_token_keys(directory: Path) -> None:
    """Seal tokens with a new key from now on; those sealed before stay good as long as their key is kept."""
    rotate(directory / "tokens")


def rotate_credential_keys(store: Store, directory: Path) -> Sealed:
    """Seal what is stored with a new key, and all that is there anew."""
    return rotate_stored(store, directory / "credentials")


def limit(tx: Tx, service_type: str, resource_name: str, project_id: str, region: str | None = None) -> int | None:
    """How much of a service's resource a project may have; -1 is any amount, None is that nobody has said."""
    return effective_limits(tx, service_type, project_id, region).get(resource_name)


def limits_of(tx: Tx, service_type: str, project_id: str | None, region: str | None = None) -> dict[str, int]:
    """The same of all resources that something was said of; without a project, what is said for all."""
    return effective_limits(tx, service_type, project_id, region)


def project(tx: Tx, project_id: str) -> Row | None:
    """A project (or domain) by its id."""
    return tx.find(project_table, project_id)


def user(tx: Tx, user_id: str) -> Row | None:
    """A user by its id."""
    return tx.find(user_table, user_id)
