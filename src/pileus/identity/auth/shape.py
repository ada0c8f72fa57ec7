"""What is asked for a token: how one proves who one is, and what the token shall be good for."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from pileus.kernel.resource import UNSET, Resource, given


class DomainName(Struct):
    """A domain, by id or by name."""

    id: str | None = None
    name: str | None = None


class UserName(Struct):
    """A user, by id or by name in a domain, and perhaps its password or passcode."""

    id: str | None = None
    name: str | None = None
    domain: DomainName | None = None
    password: str | None = None
    passcode: str | None = None


class UserClaim(Struct):
    """Who one is, with the password or passcode."""

    user: UserName


class TokenClaim(Struct):
    """An earlier token."""

    id: str


class CredentialClaim(Struct):
    """An application credential, by id or by its user and name."""

    secret: str
    id: str | None = None
    name: str | None = None
    user: UserName | None = None


class SignedClaim(Struct):
    """A consumer's signature, which stands in a header of the request."""

    header: str = ""
    host: str = ""
    """The address the request was sent to."""


class Claims(Struct):
    """The methods to use, and what each of them asks for."""

    methods: list[str]
    password: UserClaim | None = None
    totp: UserClaim | None = None
    token: TokenClaim | None = None
    application_credential: CredentialClaim | None = None
    oauth1: SignedClaim | None = None


class ProjectName(Struct):
    """A project, by id or by name in a domain."""

    id: str | None = None
    name: str | None = None
    domain: DomainName | None = None


class SystemName(Struct):
    """The whole system."""

    all: bool | None = None


class TrustName(Struct):
    """A trust."""

    id: str


class Scope(Struct):
    """One of these."""

    project: ProjectName | None = None
    domain: DomainName | None = None
    system: SystemName | None = None
    trust: TrustName | None = field(default=None, name="OS-TRUST:trust")


class Authentication(Resource, one="auth", extras=object):
    """A request for a token, and questions about tokens."""

    identity: Claims = given("issue")
    authorization: str = given("issue", default="", header=True)
    host: str = given("issue", default="", header=True)
    scope: Scope | Literal["unscoped"] | None = given("issue", default=None)
    nocatalog: str = given("issue", default=UNSET, query=True) | given("validate", default=UNSET)
    receipt: str = given("issue", default="", header=True, wire="openstack-auth-receipt")
    subject: str = given("validate revoke", default="", header=True, wire="x-subject-token")
    allow_expired: str = given("validate", default=UNSET)
    knows_rules: str = given("validate", default="", header=True, wire="openstack-identity-access-rules")
