"""How one proves who one is: each method is a function, all are in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pileus.identity.api import no_such
from pileus.identity.application_credentials.table import application_credentials, credential_of_name
from pileus.identity.auth.callers import good_token
from pileus.identity.auth.lockout import stranger
from pileus.identity.auth.passcodes import take_passcode
from pileus.identity.auth.passwords import Passwords
from pileus.identity.auth.proof import REFUSED, check_password, may_enter
from pileus.identity.auth.shape import Claims, DomainName, SignedClaim, UserName
from pileus.identity.auth.tokens import Token
from pileus.identity.domains.directories.login import doorway, log_in
from pileus.identity.oauth.proof import access_proved
from pileus.identity.settings import IdentitySettings
from pileus.identity.users.compliance import note_active
from pileus.identity.users.table import user_of_id, user_of_name
from pileus.kernel.errors import Invalid, Unauthorized
from pileus.kernel.store import Row, Store, Tx


@dataclass(frozen=True)
class Proof:
    """Who somebody has proved to be, before it is decided what for."""

    user_id: str
    generation: int
    """The user's when it was proved: if it has grown since, the proof is void."""
    methods: tuple[str, ...]
    former: Token | None = None
    """The token it was proved by: it bounds the new one."""
    credential: Row | None = None
    """The application credential it was proved by: it decides the scope."""
    federation: tuple[str, str] | None = None
    """The identity provider and the protocol by which the user came."""
    access_token: Row | None = None
    """The access token (OAuth 1) a consumer has proved to hold: it decides scope and roles."""


Method = Callable[[Store, Claims], Proof]


def by_password(store: Store, claims: Claims) -> Proof:
    """A user and its password."""
    if claims.password is None or claims.password.user.password is None:
        raise Invalid("Expecting to find password in identity.password.user.")
    name = claims.password.user
    door = store.read(doorway, name)
    if door is not None:
        user = log_in(store, door, name, claims.password.user.password)
    else:
        known, subject = _claimed(store, name)
        user = check_password(store, known, subject, claims.password.user.password)
    return Proof(user["id"], user["generation"], ("password",))


def by_token(store: Store, claims: Claims) -> Proof:
    """An earlier token, for another scope."""
    if claims.token is None:
        raise Invalid("Expecting to find token in identity.")
    token = store.read(good_token, claims.token.id).session.token
    methods = token.methods if "token" in token.methods else (*token.methods, "token")
    return Proof(token.user_id, token.generation, methods, former=token, federation=token.federation)


def by_application_credential(store: Store, claims: Claims) -> Proof:
    """One of a user's own secrets; raises Missing for an id that none has, which (unlike a name) nobody can guess."""
    claim = claims.application_credential
    if claim is None:
        raise Invalid("Expecting to find application_credential in identity.")
    owner, _ = _claimed(store, claim.user) if claim.user else (None, "")
    row = store.read(_credential, claim.id, claim.name, owner)
    right = store.part(Passwords).matches(row["secret_hash"] if row else None, claim.secret)
    if row is None and claim.id is not None:
        raise no_such("Application Credential", claim.id)
    user = store.look(user_of_id, row["user_id"]) if row else None
    if not right or row is None or user is None:
        raise Unauthorized(REFUSED, "no such application credential, or not its secret")
    return Proof(user["id"], user["generation"], ("application_credential",), credential=row)


def by_totp(store: Store, claims: Claims) -> Proof:
    """A passcode, which is taken once."""
    if claims.totp is None or claims.totp.user.passcode is None:
        raise Invalid("Expecting to find passcode in identity.totp.user.")
    user, subject = _claimed(store, claims.totp.user)
    able = user is not None and may_enter(store.part(IdentitySettings), user, store.clock.now())
    right = store.write(take_passcode, user["id"] if user else None, subject, claims.totp.user.passcode)
    if not (able and right) or user is None:
        raise Unauthorized(REFUSED, "not the user's passcode, or one that was used")
    return Proof(user["id"], user["generation"], ("totp",))


def by_oauth1(store: Store, claims: Claims) -> Proof:
    """A consumer's signature, made with an access token that somebody gave it."""
    claim = claims.oauth1 or SignedClaim()
    row, user = store.write(access_proved, claim.header, claim.host)
    return Proof(user["id"], user["generation"], ("oauth1",), access_token=row)


METHODS: dict[str, Method] = {
    "password": by_password,
    "token": by_token,
    "application_credential": by_application_credential,
    "totp": by_totp,
    "oauth1": by_oauth1,
}


def prove(store: Store, claims: Claims) -> Proof:
    """All methods that are named, each of which must succeed and mean the same user; raises Unauthorized, Invalid."""
    unknown = [name for name in claims.methods if name not in METHODS]
    if unknown or not claims.methods:
        raise Unauthorized("Attempted to authenticate with an unsupported method.")
    proofs = [METHODS[name](store, claims) for name in dict.fromkeys(claims.methods)]
    if len({(proof.user_id, proof.generation) for proof in proofs}) > 1:
        raise Unauthorized(REFUSED, "the methods prove different users")
    if store.part(IdentitySettings).inactive_days and not any(proof.former for proof in proofs):
        store.write(note_active, proofs[0].user_id)
    return Proof(
        proofs[0].user_id,
        proofs[0].generation,
        tuple(dict.fromkeys(name for proof in proofs for name in proof.methods)),
        former=next((proof.former for proof in proofs if proof.former), None),
        credential=next((proof.credential for proof in proofs if proof.credential), None),
        federation=next((proof.federation for proof in proofs if proof.federation), None),
        access_token=next((proof.access_token for proof in proofs if proof.access_token), None),
    )


def _claimed(store: Store, name: UserName) -> tuple[Row | None, str]:
    """The user that is named, if there is one, and the subject that its wrong passwords are counted for."""
    domain = name.domain or DomainName()
    if name.id is None and (name.name is None or (domain.id is None and domain.name is None)):
        raise Invalid("Expecting to find a user's id, or its name and domain, in identity.")
    if name.id is not None:
        found = store.look(user_of_id, name.id)
    else:
        found = store.look(user_of_name, str(name.name), domain_id=domain.id, domain=domain.name)
    return found, found["id"] if found else stranger(name.id, name.name, domain.id, domain.name)


def _credential(tx: Tx, credential_id: str | None, name: str | None, owner: Row | None) -> Row | None:
    if credential_id is not None:
        return tx.find(application_credentials, credential_id)
    return credential_of_name(tx, owner["id"], name) if owner and name else None
