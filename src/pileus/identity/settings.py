"""What an operator may set about identity."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Seconds = Annotated[int, Meta(ge=1)]
Days = Annotated[int, Meta(ge=1)]
OrNever = Annotated[int, Meta(ge=0)]
"""A count whose zero turns the thing off."""


class OpenIdClient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What this cloud is to an OpenID provider, for one protocol of one identity provider of the API."""

    provider: str
    """The identity provider's id in the API."""
    protocol: str = "openid"
    issuer: str
    """The provider's address; its description is under `/.well-known/openid-configuration` there."""
    client_id: str
    client_secret_file: str = ""
    """Where our secret is; empty for a public client."""
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    """What is asked for when a browser logs in."""
    access_tokens: Literal["introspection", "jwt", "userinfo"] = "introspection"
    """How an access token is checked: the provider is asked about it, or it is a signed one that tells all itself.
    With `userinfo` any token is taken that the provider tells claims for, whatever program it was made for."""
    audiences: tuple[str, ...] = ()
    """Whom else than `client_id` access tokens may be for."""


class IdentitySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Defaults are the reference's where it has one."""

    token_seconds: Seconds = 3600
    """How long a token is good for."""
    allow_expired_seconds: OrNever = 172800
    """How long after its end a token is still taken from a service that vouches for its request."""
    receipt_seconds: Seconds = 300
    """How long who has proved itself by some methods has for the others that are wanted of it."""
    signature_seconds: Seconds = 900
    """How long before or after now a request may say it was signed (EC2)."""
    hash_memory: Annotated[int, Meta(ge=8)] = 19456
    """KiB one password hash fills; with `hash_passes` of 2 it is OWASP's minimum for argon2id."""
    hash_passes: Annotated[int, Meta(ge=1)] = 2
    lockout_attempts: OrNever = 0
    """Wrong passwords in a row that lock a user out; 0 is never."""
    lockout_seconds: OrNever = 1800
    """How long a user stays locked out; 0 is until it is enabled anew."""
    password_history: OrNever = 0
    """How many of a user's latest passwords, the present one among them, it may not choose again."""
    password_expires_days: OrNever = 0
    """How long a password lasts; 0 is for ever.  A change of this is for passwords that are set later."""
    password_least_days: OrNever = 0
    """How long a password that a user chose itself has to stay."""
    password_first_use: bool = False
    """Whether a password that an administrator sets is good for nothing but to be changed by its user."""
    inactive_days: OrNever = 0
    """After how long without a login a user counts as disabled; 0 is never."""
    password_regex: str | None = None
    """What a password must match, from its beginning."""
    password_regex_description: str | None = None
    """The same for people, told with the refusal."""
    deepest_projects: Annotated[int, Meta(ge=1)] = 5
    """How many levels of projects a domain may have."""
    openid: tuple[OpenIdClient, ...] = ()
    """The OpenID providers whose people may come, and what we are to each."""
    trusted_dashboards: tuple[str, ...] = ()
    """The addresses that a browser's login may bring a token to, each whole: `https://…/auth/websso/`."""
    oauth_access_seconds: OrNever = 86400
    """How long a consumer may act by what somebody gave it (OAuth 1); 0 is until it is taken back."""
    keep_ended_days: Days = 90
    """How long application credentials, trusts and access tokens are kept that have expired or are used up."""
    never_implied: tuple[str, ...] = ("admin",)
    """Roles that no other may imply: whoever could grant the other would grant these."""
    limit_model: Literal["flat", "strict_two_level"] = "flat"
    """Whether limits of projects are bound by those of their domain, which then has one level of projects only."""

    @property
    def project_levels(self) -> int:
        """How many levels of projects a domain may have, by all that is set."""
        return 1 if self.limit_model == "strict_two_level" else self.deepest_projects
