"""Asking other parties: their documents, their tokens, and who the person is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gatelodge.base.clock import Clock
from gatelodge.base.errors import UpstreamRefusal
from gatelodge.connections import exchange, id_token, profile
from gatelodge.connections.answer import Came
from gatelodge.connections.documents import Documents
from gatelodge.connections.exchange import Asking, Tokens
from gatelodge.connections.metadata import Endpoints, discovery_url, endpoints
from gatelodge.connections.provider import Party
from gatelodge.connections.trip import Trip
from gatelodge.model.profile import Profile
from gatelodge.outbound import Answer, FetchRefused, Outbound
from gatelodge_guard import jws
from gatelodge_guard.errors import BadKeySet, InvalidToken, UnknownKey

_LARGEST: Final = 262_144
_OK: Final = 200


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """Who a party says it is, and the tokens it gave for that."""

    profile: Profile
    tokens: Tokens


class Gate:
    """Speaks with other parties through the one way out."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock
        self._documents = Documents(outbound, clock)

    async def endpoints(self, party: Party) -> Endpoints:
        """Where the party's endpoints are.

        Raises:
            UpstreamRefusal: it does not say, or not in a way to be believed.
        """
        url = discovery_url(party)
        document = await self._document(url) if url else {}
        return endpoints(party, document)

    async def metadata(self, url: str) -> bytes:
        """A SAML provider's metadata.

        Raises:
            UpstreamRefusal: it cannot be had.
        """
        headers = {"accept": "application/samlmetadata+xml, application/xml, */*"}
        try:
            answer = await self._outbound.call(
                "GET", url, headers=headers, largest=_LARGEST
            )
        except FetchRefused as error:
            raise _away(error) from error
        if answer.status != _OK:
            raise _away(f"metadata: status {answer.status}")
        return answer.body

    async def vouch(
        self,
        party: Party,
        places: Endpoints,
        came: Came,
        *,
        trip: Trip,
        issuer: str,
        secret: str | None,
    ) -> Vouched:
        """Redeem the code and learn who the person is.

        Raises:
            UpstreamRefusal: the party refuses, fails, or must not be believed.
        """
        tokens = await self._redeem(party, places, came, trip, issuer, secret)
        said: dict[str, Any] = {}
        if party.provider.kind == "oidc":
            said |= await self._believed(party, places, tokens, trip)
        said |= await self._told(party, places, tokens, said)
        if came.user is not None:
            said["user"] = _object(came.user.encode())
        return Vouched(profile=profile.read(said, party), tokens=tokens)

    async def revoke(
        self, party: Party, place: str, token: str, *, kind: str, secret: str | None
    ) -> None:
        """Give a token back (RFC 7009 §2.1); ``kind`` is its ``token_type_hint``.

        ``place`` is the party's ``Endpoints.revocation``.

        Raises:
            UpstreamRefusal: the party does not answer, or not with a success.
        """
        asking = exchange.revocation_request(
            party, token, kind=kind, secret=secret, now=self._clock.now()
        )
        answer = await self.post(place, asking)
        if answer.status != _OK:
            raise _away(f"revocation answered with status {answer.status}")

    async def _redeem(
        self,
        party: Party,
        places: Endpoints,
        came: Came,
        trip: Trip,
        issuer: str,
        secret: str | None,
    ) -> Tokens:
        asking = exchange.token_request(
            party,
            code=came.code,
            trip=trip,
            issuer=issuer,
            secret=secret,
            now=self._clock.now(),
        )
        answer = await self.post(places.token, asking)
        return exchange.read(answer.status, answer.body, party)

    async def post(self, url: str, asking: Asking) -> Answer:
        """Post a form to a party.

        Raises:
            UpstreamRefusal: nobody answers.
        """
        try:
            return await self._outbound.call(
                "POST",
                url,
                headers=asking.headers,
                body=asking.body,
                largest=_LARGEST,
            )
        except FetchRefused as error:
            raise _away(error) from error

    async def verified(self, token: str, places: Endpoints) -> dict[str, Any]:
        """Claims of an ID token whose signature holds (OIDC Core §3.1.3.7).

        Raises:
            UpstreamRefusal: it does not, or the party's keys cannot be had.
        """
        try:
            return await self._verified(token, places.jwks or "")
        except (InvalidToken, BadKeySet) as error:
            raise UpstreamRefusal(
                "error.upstream_failed", rule="OIDC-3.1.3.7", because=str(error)
            ) from error

    def now(self) -> int:
        """Milliseconds, by the clock that checks what parties say."""
        return self._clock.now()

    async def _believed(
        self, party: Party, places: Endpoints, tokens: Tokens, trip: Trip
    ) -> dict[str, Any]:
        """Claims of the ID token, signature and all (OIDC Core §3.1.3.7)."""
        claims = await self.verified(tokens.id_token or "", places)
        id_token.check(
            claims,
            party,
            issuer=places.issuer or "",
            nonce=trip.nonce,
            now=self._clock.now(),
        )
        return claims

    async def _verified(self, token: str, jwks: str) -> dict[str, Any]:
        """A key that is not known is asked for once more: parties rotate theirs."""
        keys = jws.load_keys(dict(await self._document(jwks)))
        try:
            return jws.verify(token, keys).payload
        except UnknownKey:
            keys = jws.load_keys(dict(await self._document(jwks, anew=True)))
        return jws.verify(token, keys).payload

    async def _told(
        self, party: Party, places: Endpoints, tokens: Tokens, known: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The party's documents about the person; claims of the ID token stand."""
        if tokens.access_token is None:
            return {}
        said: dict[str, Any] = {}
        if places.userinfo and not {"email", "name"} <= known.keys():
            said = await self._asked(places.userinfo, tokens.access_token)
            if known and said.get("sub") != known.get("sub"):
                raise UpstreamRefusal(
                    "error.upstream_failed",
                    rule="OIDC-5.3.2",
                    because="userinfo speaks of somebody else",
                )
        for name, url in party.provider.documents.items():
            if name != "userinfo":
                said[name] = await self.told(url, tokens.access_token)
        return {name: said[name] for name in said if name not in known}

    async def _asked(self, url: str, access_token: str) -> dict[str, Any]:
        found = await self.told(url, access_token)
        if not isinstance(found, dict):
            raise _away("a document about the person is no object")
        return found

    async def told(self, url: str, access_token: str) -> Any:
        """A document that a party shows to whoever holds this token.

        Raises:
            UpstreamRefusal: it shows none.
        """
        headers = {
            "accept": "application/json",
            "authorization": f"Bearer {access_token}",
            "user-agent": "gatelodge",  # GitHub refuses who does not say a name
        }
        try:
            answer = await self._outbound.call(
                "GET", url, headers=headers, largest=_LARGEST
            )
        except FetchRefused as error:
            raise _away(error) from error
        if answer.status != _OK:
            raise _away(f"a document about the person: status {answer.status}")
        try:
            return msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise _away("a document about the person is no JSON") from error

    async def _document(self, url: str, *, anew: bool = False) -> Mapping[str, Any]:
        try:
            return await self._documents.get(url, anew=anew)
        except FetchRefused as error:
            raise _away(error) from error


def _object(text: bytes) -> dict[str, Any]:
    """Apple's ``user``; what cannot be read says nothing."""
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return {}


def _away(why: object) -> UpstreamRefusal:
    return UpstreamRefusal(
        "error.upstream_away", rule="House-upstream-away", because=str(why)
    )
