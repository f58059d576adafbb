"""Signing in with a password: what the answer to right and wrong is.

The hash is checked outside, in the pool; here stands what follows from it. Unknown
person and wrong password get one text and cost one hash (security defaults 26, 30).
"""

from __future__ import annotations

import msgspec

from gatelodge.base.change import Write
from gatelodge.login.linking import held
from gatelodge.model.connection import Connection
from gatelodge.model.reads import Account
from gatelodge.model.writes import HoldPassword, RehashPassword, UserSignedIn
from gatelodge.oauth.log import Witness

WRONG = "Wrong email or password."


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the person is who they say; the writes hold either way.

    ``forgiven`` gives back the tries of a right password, whatever follows from it.
    """

    account: Account | None
    writes: tuple[Write, ...]
    forgiven: tuple[Write, ...] = ()


def judge(
    account: Account | None,
    *,
    fits: bool,
    new_phc: str | None,
    connection: Connection,
    client_id: str,
    identifier: str,
    witness: Witness,
    log: str | None = None,
) -> Verdict:
    """Turn a checked password into a verdict.

    ``log``: the type of a failure's line where it is not the sign-in page's.

    Somebody blocked changes nothing here: the hub refuses them and says so in the log.
    ``new_phc`` renews an outdated hash now that the password is at hand; imported
    bcrypt becomes Argon2id here.
    """
    if account is None or not fits:
        return _refused(account, connection, client_id, identifier, witness, log)
    user = account.person.user
    if user.blocked_at is not None:
        return Verdict(account=account, writes=())
    proven = (*held(account.named.user_id, user), *_proven(account, new_phc))
    signed_in = UserSignedIn(user_id=user.user_id, at=witness.at, ip=witness.ip)
    return Verdict(account=account, writes=(*proven, signed_in))


def _proven(account: Account, new_phc: str | None) -> tuple[Write, ...]:
    """A sign-in loses against a password change that was faster, never wins by it."""
    known = account.password
    if known is None:
        return ()
    held = HoldPassword(user_id=known.user_id, seen_changed_at=known.changed_at)
    if new_phc is None:
        return (held,)
    renewed = RehashPassword(user_id=known.user_id, phc=new_phc, seen_phc=known.phc)
    return (held, renewed)


def _refused(
    account: Account | None,
    connection: Connection,
    client_id: str,
    identifier: str,
    witness: Witness,
    log: str | None,
) -> Verdict:
    known = account.person.user if account else None
    line = witness.line(
        log or ("fp" if known else "fu"),
        client_id=client_id,
        user_id=known.user_id if known else None,
        connection_id=connection.id,
        description=WRONG,
        user_name=None if known else identifier[:254],
    )
    return Verdict(account=None, writes=(line,))
