"""Fresh tokens, renewed by one at a time across threads and processes.

Whoever gets the lock looks into the vault again: if another process has renewed in
the meantime, its tokens are the answer and the provider is not asked. So each
generation of a rotating refresh token is presented by one flight only (RFC 9700
§4.14.2), and a lost answer is asked for again with the same token.
"""

from __future__ import annotations

from dataclasses import replace

from .errors import Refused, SignedOut, TokenTooShort, VaultBusy
from .id_token import believe_renewed
from .kit import Kit
from .lock import Lock
from .metadata import Provider
from .steps import Flow, Pause, do
from .token_endpoint import refresh
from .tokens import Issued, TokenSet, settle

_LOCK_PAUSE = 0.02
_LOCK_TRIES = 9_000  # three minutes: longer than one renewal with all its tries


def fresh(kit: Kit, *, min_ttl: float, rejected: str | None = None) -> Flow[TokenSet]:
    """Tokens good for ``min_ttl`` seconds, renewed without the person if needed.

    ``rejected`` is an access token that an API has just refused: any other that
    lives is better. Raises ``SignedOut``, ``TokenTooShort``, ``Unreachable``,
    ``Refused``, ``BadIdToken`` or a ``VaultError``.
    """
    held = kit.memory.tokens or (yield from kit.load())
    if held is None:
        raise SignedOut("Nobody is signed in.")
    if _serves(held, kit, min_ttl, rejected):
        return held
    lock = yield from take_lock(kit)
    try:
        return (yield from _renew(kit, min_ttl=min_ttl, rejected=rejected))
    finally:
        lock.release()


def take_lock(kit: Kit) -> Flow[Lock]:
    """Wait for this entry's lock, at most three minutes. Raises ``VaultBusy``."""
    key = kit.settings.vault_key
    lock = yield from do(lambda: kit.vault.lock(key))
    for _ in range(_LOCK_TRIES):
        if lock.acquire():
            return lock
        yield Pause(_LOCK_PAUSE)
    raise VaultBusy("The tokens are locked by another process.")


def check_vault(kit: Kit) -> Flow[None]:
    """Is there a place for tokens? Told before a person is asked for anything."""
    key = kit.settings.vault_key
    lock = yield from do(lambda: kit.vault.lock(key))
    if lock.acquire():
        lock.release()


def keep(kit: Kit, tokens: TokenSet) -> Flow[None]:
    """Save a new sign-in; a renewal of the old one that is under way ends first."""
    lock = yield from take_lock(kit)
    try:
        yield from kit.save(tokens)
    finally:
        lock.release()


def _renew(kit: Kit, *, min_ttl: float, rejected: str | None) -> Flow[TokenSet]:
    """With the lock held: look again, and only then ask the provider."""
    held = yield from kit.load()
    if held is None:
        raise SignedOut("Another window has signed out.")
    if _serves(held, kit, min_ttl, rejected):
        return held
    if held.refresh_token is None:
        raise SignedOut("The access token has ended and there is no refresh token.")
    renewed = yield from _ask(kit, held, refresh_token=held.refresh_token)
    if not renewed.lives(kit.clock(), seconds=min_ttl):
        raise TokenTooShort(f"New access tokens live less than {min_ttl:g} s.")
    return renewed


def _ask(kit: Kit, held: TokenSet, *, refresh_token: str) -> Flow[TokenSet]:
    provider = yield from kit.provider()
    try:
        issued = yield from refresh(kit, provider, refresh_token=refresh_token)
    except Refused as refused:
        if refused.error != "invalid_grant":
            raise
        yield from _forget(kit, refresh_token)
        raise SignedOut("The provider has ended this sign-in.") from None
    return (yield from _keep(kit, provider, held=held, issued=issued))


def _keep(
    kit: Kit, provider: Provider, *, held: TokenSet, issued: Issued
) -> Flow[TokenSet]:
    """Keep the successor before anything else can fail, then check the ID token."""
    successor = issued.refresh_token or held.refresh_token
    if successor != held.refresh_token:
        held = replace(held, refresh_token=successor)
        yield from kit.save(held)
    believed = (held.user, held.id_token)
    if issued.id_token is not None:
        user = yield from believe_renewed(
            kit, provider, issued=issued, id_token=issued.id_token, known=held.user
        )
        believed = (user, issued.id_token)
    renewed = settle(issued, believed, scope=held.scope, refresh_token=successor)
    yield from kit.save(renewed)
    return renewed


def _forget(kit: Kit, refused: str) -> Flow[None]:
    """Clear the vault only if it still holds the very token that was refused."""
    held = yield from kit.load()
    if held is not None and held.refresh_token == refused:
        yield from kit.clear()


def _serves(held: TokenSet, kit: Kit, min_ttl: float, rejected: str | None) -> bool:
    return held.access_token != rejected and held.lives(kit.clock(), seconds=min_ttl)
