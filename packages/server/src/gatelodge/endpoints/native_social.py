"""Token exchange for Sign in with Apple, Google and Facebook on a device (RFC 8693).

The app brings what the party gave it; who that is, is looked up under the connection
that the party's button leads to, so both ways in lead to one account.
"""

from __future__ import annotations

from gatelodge.base.errors import (
    InvalidRequest,
    ProtocolRefusal,
    TemporarilyUnavailable,
    TooManyRequests,
    UnauthorizedClient,
    UpstreamRefusal,
)
from gatelodge.base.text import echo
from gatelodge.connections import native, native_gate
from gatelodge.connections.native import SUBJECTS, Subject
from gatelodge.connections.native_gate import Brought
from gatelodge.connections.provider import Party, party_of
from gatelodge.connections.secret import opened
from gatelodge.endpoints import direct, joining
from gatelodge.endpoints.calling import Calling
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import throttle
from gatelodge.login.upstream import Welcome, welcome
from gatelodge.model.profile import Profile
from gatelodge.model.reads import FindIdentity
from gatelodge.oauth.direct import Proof, asked
from gatelodge.oauth.issuance import Issuance

INVALID = "Invalid subject_token."
_AWAY = "error.upstream_away"


async def by_token(house: House, calling: Calling) -> Issuance:
    """Tokens for the person whom the party's token names.

    Raises:
        InvalidRequest: a parameter is missing, or the token proves nothing
            (RFC 8693 §2.2.2).
        UnauthorizedClient: this client may not, or no connection serves it.
        TooManyRequests: too many were brought from this address.
        TemporarilyUnavailable: the party does not answer.
    """
    params = calling.params
    subject = _subject(calling)
    party = _party(calling, subject)
    asked(params, calling.snapshot.catalogue, calling.exchange.issuer)
    await _bounded(house, calling)
    ios = calling.client.options.ios
    brought = Brought(
        subject=subject,
        token=params["subject_token"],
        bundle_id=ios.bundle_id if ios else None,
        nonce=params.get("nonce"),
    )
    try:
        secret = opened(party.upstream, house.sealer)
        profile = await native_gate.vouch(house.gate, party, brought, secret=secret)
        known = await _welcome(house, calling, party, profile)
    except UpstreamRefusal as refusal:
        raise _told(refusal) from refusal
    proof = Proof(amr=(), log="sens", says=INVALID)
    return await direct.give_to(house, calling, known, proof)


def _subject(calling: Calling) -> Subject:
    params, client = calling.params, calling.client
    for name in ("subject_token", "subject_token_type"):
        if name not in params:
            raise InvalidRequest(
                f"Missing required parameter: {name}", rule="RFC8693-2.1"
            )
    subject = SUBJECTS.get(params["subject_token_type"])
    if subject is None:
        said = echo(params["subject_token_type"], 80)
        raise InvalidRequest(
            f"Unsupported subject_token_type: {said}", rule="RFC8693-2.1"
        )
    if subject.provider not in client.options.native_social:
        raise _closed(subject)
    return subject


def _party(calling: Calling, subject: Subject) -> Party:
    """The first connection of this provider that serves the client."""
    strategy = native.STRATEGIES[subject.provider]
    for connection in calling.snapshot.catalogue.connections:
        fits = connection.strategy == strategy
        party = party_of(connection) if fits else None
        if party is not None and connection.serves(calling.client.client_id):
            return party
    raise _closed(subject)


async def _bounded(house: House, calling: Calling) -> None:
    """Each costs a call to the party; the count is taken first."""
    who = calling.witness
    taken = throttle.take(throttle.NATIVE, throttle.network_of(who.ip), now=who.at)
    if not await house.store.commit((taken,)):
        raise TooManyRequests(
            "Too many requests. Please try again later.",
            rule="Auth0-native-limit",
            headers={"Retry-After": "60"},
        )


async def _welcome(
    house: House, calling: Calling, party: Party, profile: Profile
) -> Welcome:
    """The account, found or made; names that the app tells are for a new one."""
    known = await house.store.read(
        FindIdentity(connection_id=party.connection.id, external_id=profile.external_id)
    )
    client_id = calling.client.client_id
    owner = None
    if known is None:
        profile = native.with_names(profile, calling.params.get("user_profile"))
        owner = await joining.owner_of(house, party.connection, profile, client_id)
    return welcome(
        known,
        profile,
        connection=party.connection,
        client_id=client_id,
        sealed=known.identity.sealed if known else None,
        witness=witness(house, calling.exchange),  # its lines are not the grant's
        owner=owner,
    )


def _told(refusal: UpstreamRefusal) -> ProtocolRefusal:
    """One text for every token that proves nothing; the reason is for the log."""
    if refusal.says == _AWAY:
        return TemporarilyUnavailable(
            "The identity provider does not answer. Please try again.",
            rule=refusal.rule,
            because=refusal.because,
            headers={"Retry-After": "5"},
        )
    return InvalidRequest(INVALID, rule=refusal.rule, because=refusal.because)


def _closed(subject: Subject) -> UnauthorizedClient:
    return UnauthorizedClient(
        f"Native sign-in with {subject.provider} is not enabled for the client.",
        rule="Auth0-native-social",
    )
