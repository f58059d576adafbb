"""A party's token that an app got on the device, without our pages (contract 2.1).

Apple's and Google's are ID tokens, or a code that yields one; Facebook's is an access
token that only Facebook can tell about. Each must have been given to one of *our* apps:
a token that another app got for the same person proves nothing here.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlencode, urljoin

import msgspec

from gatelodge.base.errors import UpstreamRefusal
from gatelodge.base.text import printable
from gatelodge.connections.exchange import Asking, signed_secret
from gatelodge.connections.provider import Party
from gatelodge.model.client import NativeProvider
from gatelodge.model.profile import Profile

Kind: TypeAlias = Literal["code", "id_token", "session"]
_TYPES: Final = "http://auth0.com/oauth/token-type/"
_LONGEST_NAME: Final = 150


class Subject(msgspec.Struct, frozen=True):
    """What kind of token it is, and whose."""

    provider: NativeProvider
    kind: Kind


SUBJECTS: Final[Mapping[str, Subject]] = {
    f"{_TYPES}apple-authz-code": Subject("apple", "code"),
    f"{_TYPES}apple-id-token": Subject("apple", "id_token"),
    f"{_TYPES}google-id-token": Subject("google", "id_token"),
    f"{_TYPES}facebook-info-session-access-token": Subject("facebook", "session"),
}
"""By ``subject_token_type`` (RFC 8693 §2.1)."""
STRATEGIES: Final[Mapping[NativeProvider, str]] = {
    "apple": "apple",
    "google": "google-oauth2",
    "facebook": "facebook",
}


def as_app(party: Party, app_id: str) -> Party:
    """The party as the app on the device sees it: under the app's own name there."""
    upstream = msgspec.structs.replace(party.upstream, client_id=app_id)
    return msgspec.structs.replace(party, upstream=upstream)


def app_of(party: Party, bundle_id: str | None) -> str:
    """Under which name the app asked for its code.

    Raises:
        UpstreamRefusal: the connection does not list the app.
    """
    ours = party.upstream.native_ids
    if bundle_id is not None and bundle_id in ours:
        return bundle_id
    if bundle_id is None and len(ours) == 1:
        return ours[0]
    raise refused("the connection does not list this app's name (allowed_audiences)")


def code_request(party: Party, code: str, *, secret: str | None, now: int) -> Asking:
    """The form that redeems Apple's code; there is no redirect URI on a device.

    Raises:
        UpstreamRefusal: the connection has no key to sign with.
    """
    if secret is None:
        raise refused("the connection has no private key")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": party.upstream.client_id,
        "client_secret": signed_secret(party, secret, now=now),
    }
    headers = {
        "accept": "application/json",
        "content-type": "application/x-www-form-urlencoded",
    }
    return Asking(body=urlencode(form).encode(), headers=headers)


def debug_url(userinfo: str, token: str) -> str:
    """Where Facebook tells about a token: beside its document about the person."""
    return f"{urljoin(userinfo, 'debug_token')}?{urlencode({'input_token': token})}"


def proven_url(userinfo: str, token: str, secret: str) -> str:
    """The document about the person, asked for by whoever knows the app's secret."""
    proof = hmac.digest(secret.encode(), token.encode(), "sha256").hex()
    separator = "&" if "?" in userinfo else "?"
    return f"{userinfo}{separator}{urlencode({'appsecret_proof': proof})}"


def session_user(said: Any, party: Party, *, now: int) -> str:
    """Whose session Facebook says it is, in our app; ``now`` in milliseconds.

    Raises:
        UpstreamRefusal: it is none, it has ended, or another app got it.
    """
    data = said.get("data") if isinstance(said, dict) else None
    if not isinstance(data, dict) or data.get("is_valid") is not True:
        raise refused("the party does not know the token")
    apps = {party.upstream.client_id, *party.upstream.native_ids}
    if str(data.get("app_id")) not in apps:
        raise refused("given to another app")
    if data.get("type") not in ("USER", None):
        raise refused("no person's token")
    ends = data.get("expires_at") or 0
    if not isinstance(ends, int) or 0 < ends <= now // 1000:
        raise refused("it has ended")
    user = data.get("user_id")
    if not isinstance(user, (str, int)) or isinstance(user, bool) or not str(user):
        raise refused("it names nobody")
    return str(user)


def with_names(profile: Profile, user_profile: str | None) -> Profile:
    """What the app was told of the name, where the party says none itself.

    Apple tells it once, to the app. No address is taken from there: the app may say
    whatever it likes, and an address is how people are found.
    """
    said = _object(user_profile)
    name = said.get("name")
    parts = name if isinstance(name, dict) else said
    given = _name(parts, "firstName", "first_name", "given_name")
    family = _name(parts, "lastName", "last_name", "family_name")
    full = _name(said, "name")
    return msgspec.structs.replace(
        profile,
        given_name=profile.given_name or given,
        family_name=profile.family_name or family,
        name=profile.name or full,
    )


def refused(because: str) -> UpstreamRefusal:
    """The token proves nothing; why stands in the log."""
    return UpstreamRefusal(
        "error.upstream_failed", rule="House-native-token", because=because
    )


def _name(said: Mapping[str, Any], *fields: str) -> str | None:
    for field in fields:
        found = said.get(field)
        text = printable(found, _LONGEST_NAME).strip() if isinstance(found, str) else ""
        if text:
            return text
    return None


def _object(text: str | None) -> dict[str, Any]:
    try:
        return msgspec.json.decode((text or "{}").encode(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return {}
