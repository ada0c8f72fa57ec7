"""A token is made: for whom, how long, and what is answered with it."""

from __future__ import annotations

from pileus.identity.auth.documents import document
from pileus.identity.auth.keys import TokenKeys
from pileus.identity.auth.methods import Proof
from pileus.identity.auth.proof import REFUSED, may_enter
from pileus.identity.auth.receipts import is_enough, receipted
from pileus.identity.auth.scopes import Chosen, choose
from pileus.identity.auth.sessions import session
from pileus.identity.auth.shape import Scope
from pileus.identity.auth.tokens import Token, audit_id, seal, seconds_of
from pileus.identity.settings import IdentitySettings
from pileus.identity.users.table import existing_user, user_of_id
from pileus.kernel.errors import Unauthorized
from pileus.kernel.routes import Answer
from pileus.kernel.store import Row, Tx

SUBJECT = "x-subject-token"
VARY = ("vary", "X-Auth-Token")


def issued(tx: Tx, proof: Proof, scope: Scope | str | None, *, with_catalogue: bool = True) -> Answer:
    """A token for who has proved to be somebody, in the scope it asks for, or a receipt where that is not enough.

    Raises Unauthorized.
    """
    user = _still_proved(tx, proof)
    if not is_enough(user, proof.methods):
        return receipted(tx, user, proof)
    return granted(tx, proof, choose(tx, proof, scope), with_catalogue=with_catalogue)


def granted(tx: Tx, proof: Proof, chosen: Chosen, *, with_catalogue: bool = True) -> Answer:
    """A token in a scope that is chosen already, for who needs prove no more; raises Unauthorized."""
    found = session(tx, new_token(tx, proof, chosen))
    text = seal(tx.part(TokenKeys), found.token)
    body = document(tx, found, with_catalogue=with_catalogue)
    return Answer(body, headers=[(SUBJECT, text), VARY], raw=True)


def new_token(tx: Tx, proof: Proof, chosen: Chosen) -> Token:
    """A token's content: as long as the settings say, or as the token it is made from."""
    settings, now = tx.part(IdentitySettings), seconds_of(tx.now)
    former = proof.former
    return Token(
        user_id=chosen.user_id,
        scope=chosen.scope,
        scope_id=chosen.scope_id,
        methods=proof.methods,
        issued=now,
        expires=former.expires if former else now + settings.token_seconds,
        audit_ids=(audit_id(), former.audit_ids[-1]) if former else (audit_id(),),
        generation=existing_user(tx, chosen.user_id)["generation"],
        credential_id=proof.credential["id"] if proof.credential else None,
        trust_id=chosen.trust["id"] if chosen.trust else None,
        federation=proof.federation,
        access_token_id=proof.access_token["id"] if proof.access_token else None,
    )


def _still_proved(tx: Tx, proof: Proof) -> Row:
    """The user; refuses a proof that something has voided since.  Raises Unauthorized."""
    user = user_of_id(tx, proof.user_id)
    good = user is not None and may_enter(tx.part(IdentitySettings), user, tx.now)
    if not good or user is None or user["generation"] != proof.generation:
        raise Unauthorized(REFUSED, "the user was changed while it was authenticating")
    return user
